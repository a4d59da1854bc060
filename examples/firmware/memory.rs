//! Puts a board's memory map where the linker looks for it, and names the linker script of the
//! runtime. `BANTAM_FIRMWARE_MEMORY` names another file than `memory.x`, for a program that runs on
//! several boards.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let map = env::var("BANTAM_FIRMWARE_MEMORY").unwrap_or_else(|_| "memory.x".to_owned());
    fs::copy(&map, out.join("memory.x"))?;
    println!("cargo::rerun-if-changed={map}");
    println!("cargo::rerun-if-env-changed=BANTAM_FIRMWARE_MEMORY");
    println!("cargo::rustc-link-search={}", out.display());
    if env::var("CARGO_CFG_TARGET_ARCH")? == "riscv32" {
        // riscv-rt's script does not name the memory map.
        println!("cargo::rustc-link-arg-bins=-Tmemory.x");
    }
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    Ok(())
}
