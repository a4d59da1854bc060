//! Puts the memory map where the linker looks for it, and names the linker scripts.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::copy("memory.x", out.join("memory.x"))?;
    println!("cargo::rerun-if-changed=memory.x");
    println!("cargo::rustc-link-search={}", out.display());
    for argument in [@ARGUMENTS@] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
    Ok(())
}
