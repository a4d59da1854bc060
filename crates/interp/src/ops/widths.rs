//! What operators share that move elements without looking at them: one instance for each width, not for each type.

use crate::ops::types::Types;
use crate::{Activations, EvalError, Io, OutputReader};
use bantam_kernels::Le;
use bytemuck::Pod;

const INPUT: usize = 0;
const OUTPUT: usize = 0;

/// Parameters of a kernel that moves elements.
pub(crate) trait Movement {
    /// Fills the output.
    fn run<T: Pod>(
        &self,
        reader: &OutputReader<'_>,
        activations: Activations<'_, T>,
    ) -> Result<(), EvalError>;
}

/// Runs `movement` on elements of 1, 2 or 4 bytes.
#[inline(always)]
pub(crate) fn run<K: Types, M: Movement>(movement: &M, io: &mut Io<'_>) -> Result<(), EvalError> {
    match K::known(io.element_type()).size_bytes() {
        Some(1) => run_on::<M, u8>(movement, io),
        Some(2) => run_on::<M, Le<2>>(movement, io),
        Some(4) => run_on::<M, Le<4>>(movement, io),
        _ => Err(EvalError::Type),
    }
}

fn run_on<M: Movement, T: Pod>(movement: &M, io: &mut Io<'_>) -> Result<(), EvalError> {
    let (activations, reader) = io.output_over(OUTPUT, INPUT)?;
    movement.run::<T>(&reader, activations)
}
