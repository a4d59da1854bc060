//! What operators share that give the same elements another shape.

use crate::ops::common::in_place;
use crate::{Cause, EvalError, Failed, Io, Overlaps, Prepare, TensorInfo};
use bantam_kernels::movement::reshape::reshape;

const INPUT: usize = 0;
const OUTPUT: usize = 0;

/// The input and the output, which have the same type and as many elements.
pub(crate) fn operands<'a>(
    node: &Prepare<'a, '_>,
) -> Result<(TensorInfo<'a>, TensorInfo<'a>), Failed> {
    let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
    output.require_type_of(&input)?;
    if input.element_len()? == output.element_len()? {
        Ok((input, output))
    } else {
        Err(output.error(Cause::Shape))
    }
}

/// The output may be the input itself, or lie over it in any way.
pub(crate) fn overlaps() -> Overlaps {
    [in_place(INPUT), None]
}

/// The output, with the input's elements in it: for operators that then work on them where they
/// are.
pub(crate) fn moved<'s>(io: &'s mut Io<'_>) -> Result<&'s mut [u8], EvalError> {
    Ok(reshape(io.activation_bytes(OUTPUT, INPUT)?)?)
}

/// Brings the elements to the output, where they are not there already.
pub(crate) fn eval(io: &mut Io<'_>) -> Result<(), EvalError> {
    moved(io).map(drop)
}
