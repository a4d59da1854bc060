//! What SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND share while they prepare.

use crate::ops::common::integers;
use crate::ops::types::Types;
use crate::ops::widths;
use crate::{Failed, Prepare, TensorInfo};
use bantam_kernels::movement::batch_space::BatchSpaceParams;
use bantam_kernels::{ParamsError, Shape};
use bantam_schema::TensorType;

const BLOCK: usize = 1;
const BORDERS: usize = 2;

pub(crate) const TYPES: [TensorType; 2] = [TensorType::FLOAT32, TensorType::INT8];

/// The parameters for `shapes`: that of the images and that of the batches. As in TFLM, borders
/// behind the images are not read.
pub(crate) fn prepare<K: Types>(
    node: &Prepare<'_, '_>,
    shapes: impl FnOnce(Shape, Shape) -> [Shape; 2],
) -> Result<BatchSpaceParams, Failed> {
    widths::prepare::<K>(node, 3, &TYPES)?;
    let (input, output) = (node.input(0)?, node.output(0)?);
    let spatial = match input.rank()? {
        rank @ 3..=4 => rank - 2,
        actual => return Err(input.error(ParamsError::Rank { actual })),
    };
    let actual = output.rank()?;
    if actual != spatial + 2 {
        return Err(output.error(ParamsError::Rank { actual }));
    }
    let list = |info: &TensorInfo<'_>, len| integers::<4>(info, &[TensorType::INT32], len);
    let [down, right, ..] = list(&node.input(BLOCK)?, spatial)?;
    let [top, _, left, _] = list(&node.input(BORDERS)?, 2 * spatial)?;
    let right = if spatial == 2 { right } else { 1 };
    let [space, batches] = shapes(input.shape()?, output.shape()?);
    output.check(BatchSpaceParams::new(&space, &batches, [down, right], [top, left]))
}
