//! What operators share that move elements without looking at them: one instance for each width,
//! not for each type.

use crate::ops::types::{Types, any_of_size};
use crate::{Activations, EvalError, Failed, Io, OutputReader, Prepare};
use bantam_kernels::{Le, LengthMismatch};
use bantam_schema::TensorType;
use bytemuck::Pod;

const INPUT: usize = 0;
const OUTPUT: usize = 0;

/// Parameters of a kernel that moves elements.
pub(crate) trait Movement {
    /// Fills the output.
    fn run<T: Pod + Default>(
        &self,
        reader: &OutputReader<'_>,
        activations: Activations<'_, T>,
    ) -> Result<(), EvalError>;
}

/// Parameters of a kernel that copies its first input to its output, which lies apart from it.
pub(crate) trait Copying {
    /// Fills the output.
    fn copy<T: Pod>(&self, input: &[T], output: &mut [T]) -> Result<(), LengthMismatch>;
}

impl<C: Copying> Movement for C {
    fn run<T: Pod>(
        &self,
        _reader: &OutputReader<'_>,
        activations: Activations<'_, T>,
    ) -> Result<(), EvalError> {
        let (input, output) = activations.apart()?;
        Ok(self.copy(input, output)?)
    }
}

/// Checks that a node has so many inputs, that the first is of one of `types`, and that the only
/// output is of the same type.
pub(crate) fn prepare<K: Types>(
    node: &Prepare<'_, '_>,
    inputs: usize,
    types: &[TensorType],
) -> Result<(), Failed> {
    node.require_operands(inputs..=inputs, 1)?;
    let input = node.input(INPUT)?;
    K::of(&input)?;
    input.require_type(types)?;
    node.output(OUTPUT)?.require_type_of(&input)
}

/// Runs `movement` on elements of 1, 2 or 4 bytes; or of 8, where the operator has such `sizes`.
#[inline(always)] // what the operator does not take is dropped
pub(crate) fn run<K: Types, M: Movement>(
    movement: &M,
    sizes: Sizes,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    match K::known(io.element_type()).size_bytes() {
        Some(1) => run_on::<M, u8>(movement, io),
        Some(2) if sizes.has_2 => run_on::<M, Le<2>>(movement, io),
        Some(4) => run_on::<M, Le<4>>(movement, io),
        Some(8) if sizes.has_8 => run_on::<M, Le<8>>(movement, io),
        _ => Err(EvalError::Type),
    }
}

/// Which sizes the elements of an operator may have, in bytes, besides 1 and 4.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    has_2: bool,
    has_8: bool,
}

impl Sizes {
    /// Those of `types`, in a constant.
    pub(crate) const fn of(types: &[TensorType]) -> Self {
        Self { has_2: any_of_size(types, 2), has_8: any_of_size(types, 8) }
    }
}

fn run_on<M: Movement, T: Pod + Default>(movement: &M, io: &mut Io<'_>) -> Result<(), EvalError> {
    let (activations, reader) = io.output_over(OUTPUT, INPUT)?;
    movement.run::<T>(&reader, activations)
}
