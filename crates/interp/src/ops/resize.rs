//! What RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR share while they prepare.

use super::types::Types;
use crate::{Cause, Prepare, PrepareError};
use bantam_kernels::ParamsError;
use bantam_kernels::resize::{ResizeOptions, ResizeParams};
use bantam_schema::TensorType;

pub(super) const INPUT: usize = 0;
const SIZE: usize = 1;
pub(super) const OUTPUT: usize = 0;

/// Checks the operands. The size is that of the output, which also says so itself.
pub(super) fn prepare<K: Types>(
    node: &Prepare<'_, '_>,
    types: &[TensorType],
    options: ResizeOptions,
) -> Result<ResizeParams, PrepareError> {
    node.expect_operands(2..=2, 1)?;
    let (input, size, output) = (node.input(INPUT)?, node.input(SIZE)?, node.output(OUTPUT)?);
    K::of(&input)?;
    input.expect_type(types)?;
    output.expect_type(&[input.tensor_type()])?;
    let rank = size.shape()?.rank();
    if rank != 1 {
        return Err(size.error(ParamsError::Rank { actual: rank }));
    }
    let (from, to) = (input.shape()?, output.shape()?);
    if !size.constant_i32s()?.eq([to.dim(1) as i32, to.dim(2) as i32]) {
        return Err(size.error(Cause::Shape));
    }
    ResizeParams::new(&from, &to, options).map_err(|e| output.error(e))
}
