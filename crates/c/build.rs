//! Chooses the operators: all, or those that the environment names in `BANTAM_OPERATORS`, such as
//! `CONV_2D_INT8 SOFTMAX_INT8`. A library with the operators of a program only is smaller, since
//! the compiler then knows which types and parameters there are.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

/// The endings of constants for single types.
const TYPES: [&str; 5] = ["int8", "int4", "int16", "int32", "float32"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=BANTAM_OPERATORS");
    println!("cargo::rustc-check-cfg=cfg(bantam_operators)");
    let Ok(names) = env::var("BANTAM_OPERATORS") else { return Ok(()) };
    println!("cargo::rustc-cfg=bantam_operators");
    let mut text = String::new();
    for (index, name) in names.split_whitespace().enumerate() {
        let path = path(name);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "#[unsafe(export_name = \"BANTAM_{name}\")]\n\
             static OPERATOR_{index}: crate::bantam_op = crate::bantam_op::new({path});"
        );
    }
    let folder = env::var_os("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&folder).join("operators.rs"), text)
}

/// Returns the operator of a constant: `bantam_interp::ops::int8::CONV_2D` for `CONV_2D_INT8`.
fn path(name: &str) -> String {
    let (name, prepared) = match name.strip_suffix("_PREPARED") {
        Some(name) => (name, ".prepared()"),
        None => (name, ""),
    };
    let (name, list) = match name.strip_prefix("SIGNAL_") {
        Some(name) => (name, "bantam_signal_ops"),
        None => (name, "bantam_interp::ops"),
    };
    for types in TYPES {
        if let Some(name) = name.strip_suffix(&format!("_{}", types.to_ascii_uppercase())) {
            return format!("{list}::{types}::{name}{prepared}");
        }
    }
    format!("{list}::{name}{prepared}")
}
