//! The same outputs from an image that was prepared before, in an arena for activations and
//! variables only.

use std::path::Path;

use bantam_interp::host::{Effort, Lean, Prepared, Search, lean, operators_of, prepare};
use bantam_interp::{Error, Interpreter, Op, Sharing};
use bantam_schema::Model;
use bantam_signal_ops::LISTS;
use bantam_testkit::Memory;

use super::outputs;

/// An image at a multiple of 16.
fn aligned(image: &[u8]) -> Memory {
    let mut memory = Memory::new(image.len());
    memory.bytes().copy_from_slice(image);
    memory
}

/// Prepares the model with the operators that link least and runs it in an exact arena at an odd
/// address; the outputs must be `expected`.
pub(crate) fn check(
    model: &Model<'_>,
    expected: &[Vec<u8>],
    folder: &Path,
    steps: usize,
) -> Result<(), String> {
    let choices = operators_of(model, &LISTS).map_err(|e| e.to_string())?;
    let ops: Vec<Op> = choices.iter().map(|choice| choice.op).collect();
    let effort = Effort::Exact(Search { nodes: 100_000, threads: 1 });
    let made = prepare(model, &ops, Sharing::Overlap, effort, &mut |_| {});
    let prepared = made.map_err(|e| e.to_string())?;
    let lean = lean(model, &prepared, &ops).map_err(|e| e.to_string())?;
    let mut image = aligned(&prepared.image);
    let image: &[u8] = image.bytes();
    let ops: Vec<Op> = ops.into_iter().map(Op::prepared).collect();

    let Prepared { alignment, .. } = prepared;
    let (needed, offset) = (prepared.arena_bytes() as usize, alignment as usize);
    let mut memory = Memory::new(offset + needed);
    let arena = &mut memory.bytes()[offset..];
    if let Some(less) = needed.checked_sub(1) {
        let short = Interpreter::from_prepared(model, image, &ops, &mut arena[..less]).err();
        assert_eq!(short, Some(Error::OutOfMemory { needed, available: less }), "one byte less");
    }
    let interpreter =
        Interpreter::from_prepared(model, image, &ops, arena).map_err(|e| e.to_string())?;
    assert_eq!(interpreter.arena_used_bytes(), needed);
    if outputs(interpreter, folder, steps)? != expected {
        return Err("other outputs from a prepared image".to_owned());
    }
    let Some(Lean { file, prepared, .. }) = lean else { return Ok(()) };
    let (mut file, mut image) = (aligned(&file), aligned(&prepared.image));
    let model = Model::parse(file.bytes()).map_err(|e| e.to_string())?;
    let arena = &mut memory.bytes()[offset..];
    let interpreter = Interpreter::from_prepared(&model, image.bytes(), &ops, arena);
    if outputs(interpreter.map_err(|e| e.to_string())?, folder, steps)? != expected {
        return Err("other outputs from a lean file".to_owned());
    }
    Ok(())
}
