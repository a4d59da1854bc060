//! What RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR share while they prepare.

use crate::ops::types::Types;
use crate::{Cause, Failed, Prepare};
use bantam_kernels::ParamsError;
use bantam_kernels::resize::geometry::{ResizeOptions, ResizeParams};
use bantam_schema::TensorType;

pub(crate) const INPUT: usize = 0;
const SIZE: usize = 1;
pub(crate) const OUTPUT: usize = 0;

/// Checks the operands. The size is that of the output, which also says so itself.
pub(crate) fn prepare<K: Types>(
    node: &Prepare<'_, '_>,
    types: &[TensorType],
    options: ResizeOptions,
) -> Result<ResizeParams, Failed> {
    node.require_operands(2..=2, 1)?;
    let (input, size, output) = (node.input(INPUT)?, node.input(SIZE)?, node.output(OUTPUT)?);
    K::of(&input)?;
    input.require_type(types)?;
    output.require_type_of(&input)?;
    let rank = size.rank()?;
    if rank != 1 {
        return Err(size.error(ParamsError::Rank { actual: rank }));
    }
    let (from, to) = (input.nhwc()?, output.nhwc()?);
    if !size.constant_i32s()?.eq([to.height().into(), to.width().into()]) {
        return Err(size.error(Cause::Shape));
    }
    output.check(ResizeParams::new(from, to, options))
}
