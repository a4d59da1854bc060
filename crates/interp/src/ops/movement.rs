//! What operators share that move elements without looking at them: one instance for each width, not for each type.

use crate::{EvalError, Io, Reader, cast_mut};
use bantam_kernels::Le;
use bytemuck::Pod;

const OUTPUT: usize = 0;

/// Parameters of a kernel that moves elements.
pub(super) trait Movement {
    /// Elements of the output.
    fn output_len(&self) -> usize;

    /// Fills the output.
    fn run<T: Pod>(&self, reader: &Reader<'_>, output: &mut [T]) -> Result<(), EvalError>;
}

/// Runs `movement` on elements of 1, 2 or 4 bytes, as the output has them.
pub(super) fn run<M: Movement>(movement: &M, io: &mut Io<'_>) -> Result<(), EvalError> {
    let (output, reader) = io.output::<u8>(OUTPUT)?;
    match width(output, movement.output_len()) {
        1 => movement.run(&reader, output),
        2 => movement.run::<Le<2>>(&reader, cast_mut(output)?),
        4 => movement.run::<Le<4>>(&reader, cast_mut(output)?),
        _ => Err(EvalError::Type),
    }
}

/// Bytes of each of the `elements` that `output` is known to have: saves keeping the type.
pub(super) fn width(output: &[u8], elements: usize) -> usize {
    output.len().checked_div(elements).unwrap_or(0)
}
