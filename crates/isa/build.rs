//! Decides which instructions the crate uses: the compiler does not tell a library on stable Rust.

use std::env;

/// Cores of `thumbv8m.main` targets whose DSP extension is always there, or nearly so.
const DSP_CORES: [&str; 5] =
    ["cortex-m33", "cortex-m35p", "cortex-m52", "cortex-m55", "cortex-m85"];

/// Those that have MVE, or nearly always.
const MVE_CORES: [&str; 3] = ["cortex-m52", "cortex-m55", "cortex-m85"];

fn main() {
    println!(
        "cargo::rustc-check-cfg=cfg(bantam_dsp, bantam_mve, bantam_names_core, bantam_riscv, bantam_thumb1)"
    );
    if is_switched_off() {
        return;
    }
    if has_mve() {
        println!("cargo::rustc-cfg=bantam_mve");
    }
    if has_thumb1() {
        println!("cargo::rustc-cfg=bantam_thumb1");
    }
    if has_riscv() {
        println!("cargo::rustc-cfg=bantam_riscv");
    }
    if has_dsp() {
        println!("cargo::rustc-cfg=bantam_dsp");
        if !target().starts_with("thumbv7em") {
            println!("cargo::rustc-cfg=bantam_names_core");
        }
    }
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some()
}

/// Whether the functions in Rust are to be used everywhere.
fn is_switched_off() -> bool {
    is_set("CARGO_CFG_BANTAM_PORTABLE") || is_set("CARGO_CFG_BANTAM_COMPACT")
}

/// Whether the target has hardly more than Thumb-1, and somebody wants its loops.
fn has_thumb1() -> bool {
    let is_small = ["thumbv6m", "thumbv8m.base"].iter().any(|arch| target().starts_with(arch));
    is_small && is_set("CARGO_FEATURE_THUMB1")
}

/// Whether the target is RISC-V of 32 bits that multiplies, and somebody wants loops for it.
fn has_riscv() -> bool {
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let multiplies = features.split(',').any(|feature| feature == "m");
    target().starts_with("riscv32") && multiplies && is_set("CARGO_FEATURE_RISCV")
}

/// Whether the target has the DSP extension.
fn has_dsp() -> bool {
    let is_main = target().starts_with("thumbv8m.main");
    let is_there = is_set("CARGO_FEATURE_DSP") || is_core_of(&DSP_CORES);
    target().starts_with("thumbv7em") || is_main && is_there
}

/// Whether the target has MVE. Its registers are those of the floats, which the target has to have.
fn has_mve() -> bool {
    let is_there = is_set("CARGO_FEATURE_MVE") || is_core_of(&MVE_CORES);
    target() == "thumbv8m.main-none-eabihf" && is_there
}

fn target() -> String {
    env::var("TARGET").unwrap_or_default()
}

/// Whether `-Ctarget-cpu` names one of these cores.
fn is_core_of(cores: &[&str]) -> bool {
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let mut named = flags.split('\u{1f}').filter_map(|flag| flag.split("target-cpu=").nth(1));
    // The last one holds.
    let core = named.next_back();
    core.is_some_and(|core| cores.contains(&core))
}
