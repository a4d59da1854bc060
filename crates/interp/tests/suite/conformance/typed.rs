//! The same records and outputs with the operators of one type, which refuse nodes of others.

use std::path::Path;

use bantam_interp::{Cause, Error, Op, ops};
use bantam_schema::Model;
use bantam_signal_ops::{self as signal, EVERY};
use bantam_testkit::Memory;

use super::corpus::Case;
use super::planners::Variant;
use super::run;

/// The lists, by the beginning of the kinds of cases that they are for.
const LISTS: &[(&str, &[Op])] = &[
    ("int8", ops::int8::ALL),
    ("int4", ops::int4::ALL),
    ("int16", ops::int16::ALL),
    ("float32", ops::float32::ALL),
];

/// Those of the signal library.
const SIGNAL_LISTS: &[(&str, &[Op])] = &[
    ("int16", signal::int16::ALL),
    ("int32", signal::int32::ALL),
    ("float32", signal::float32::ALL),
];

/// Whether the list of `kind` takes an operator's cases of `dtype`. Of conversions between types it
/// takes those from floats to its own.
fn takes(kind: &str, dtype: &str) -> bool {
    let kind = match (kind, dtype) {
        ("int8", "int8_int4") => return false,
        ("int4", _) => "int8",
        (kind, _) => kind,
    };
    match dtype.split_once("_to_") {
        Some((from, to)) => to == kind && (from == kind || from == "float32"),
        None => dtype.split('_').next() == Some(kind),
    }
}

/// Runs the model with each list that takes it; the arena must be the one of the general list, and
/// the outputs `expected`.
pub(crate) fn check(
    model: &Model<'_>,
    case: &Case,
    expected: &[Vec<u8>],
    folder: &Path,
) -> Result<(), String> {
    let needed = super::required(model, Variant::DEFAULT).map_err(|e| e.to_string())?;
    let arena = |ops| {
        let mut memory = Memory::new(needed);
        Variant::DEFAULT.with(ops).interpreter(model, memory.bytes()).map(drop)?;
        Ok(memory.bytes().to_vec())
    };
    // Records have the place of the operator in its list.
    let of_signal = case.op.starts_with("SIGNAL_");
    let (all, lists) = if of_signal { (signal::ALL, SIGNAL_LISTS) } else { (EVERY, LISTS) };
    let general = arena(all).map_err(|e: Error| e.to_string())?;
    // Graphs may be of several types.
    let single = of_signal
        || ops::ALL.iter().any(|op| match op.code() {
            bantam_interp::Code::Builtin(builtin) => builtin.to_string() == case.op,
            bantam_interp::Code::Custom(_) => false,
        });
    for &(kind, list) in lists {
        match arena(list) {
            Ok(arena) if arena != general => return Err(format!("{kind}: other records")),
            Ok(_) => {
                let steps = case.steps.max(1);
                let outputs = run(model, Variant::DEFAULT.with(list), folder, steps);
                if outputs.map_err(|e| format!("{kind}: {e}"))? != expected {
                    return Err(format!("{kind}: other outputs"));
                }
            }
            Err(Error::Prepare { error, .. }) if matches!(error.cause, Cause::TensorType(_)) => {
                if single && takes(kind, &case.dtype) {
                    return Err(format!("{kind}: {error}"));
                }
            }
            // Whole models may have operators of both libraries.
            Err(Error::MissingOperator { .. }) if !single => {}
            Err(error) => return Err(format!("{kind}: {error}")),
        }
    }
    Ok(())
}
