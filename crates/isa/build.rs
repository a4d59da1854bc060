//! Decides which instructions the crate uses: the compiler does not tell a library on stable Rust.

use std::env;

/// Cores of `thumbv8m.main` targets whose DSP extension is always there, or nearly so.
const DSP_CORES: [&str; 5] =
    ["cortex-m33", "cortex-m35p", "cortex-m52", "cortex-m55", "cortex-m85"];

fn main() {
    println!("cargo::rustc-check-cfg=cfg(bantam_dsp, bantam_names_core)");
    if has_dsp() {
        println!("cargo::rustc-cfg=bantam_dsp");
        if !target().starts_with("thumbv7em") {
            println!("cargo::rustc-cfg=bantam_names_core");
        }
    }
}

/// Whether the target has the DSP extension, and nobody has switched its use off.
fn has_dsp() -> bool {
    let is_set = |name: &str| env::var_os(name).is_some();
    if is_set("CARGO_CFG_BANTAM_PORTABLE") || is_set("CARGO_CFG_BANTAM_COMPACT") {
        return false;
    }
    let is_main = target().starts_with("thumbv8m.main");
    target().starts_with("thumbv7em") || is_main && (is_set("CARGO_FEATURE_DSP") || is_dsp_core())
}

fn target() -> String {
    env::var("TARGET").unwrap_or_default()
}

/// Whether `-Ctarget-cpu` names a core with the DSP extension.
fn is_dsp_core() -> bool {
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let mut cores = flags.split('\u{1f}').filter_map(|flag| flag.split("target-cpu=").nth(1));
    // The last one holds.
    let core = cores.next_back();
    core.is_some_and(|core| DSP_CORES.contains(&core))
}
