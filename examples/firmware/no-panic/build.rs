//! Names the one root of the program: code that it does not reach is not linked.

fn main() {
    let wasm = std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32");
    let arguments: &[&str] =
        if wasm { &["--no-entry", "--export=probe"] } else { &["--entry=probe"] };
    for argument in arguments {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
