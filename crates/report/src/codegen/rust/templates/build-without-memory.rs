//! Names the linker scripts; the memory map comes from the crate of the chip.

fn main() {
    for argument in [@ARGUMENTS@] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
}
