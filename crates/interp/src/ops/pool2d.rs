//! What the pools share while they prepare.

use super::common::{activation, padding};
use super::types::Types;
use crate::{Activations, EvalError, Io, Prepare, PrepareError};
use bantam_kernels::ActivationRange;
use bantam_kernels::pool2d::{Pool2dParams, PoolWindow, check_same_quantization};
use bantam_schema::TensorType;
use bytemuck::Pod;

const INPUT: usize = 0;
const OUTPUT: usize = 0;

pub(super) fn prepare<K: Types>(node: &mut Prepare<'_, '_>) -> Result<Pool2dParams, PrepareError> {
    node.expect_operands(1..=1, 1)?;
    let options = node.options(|op| op.pool_2d_options())?;
    let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
    let kind = K::of(&input)?;
    input.expect_type(&[TensorType::FLOAT32, TensorType::INT8, TensorType::INT16])?;
    input.expect_aligned()?;
    output.expect_type(&[input.tensor_type()])?;
    let window = PoolWindow {
        filter_height: options.filter_height,
        filter_width: options.filter_width,
        stride_height: options.stride_h,
        stride_width: options.stride_w,
        padding: padding(options.padding)?,
    };
    let params = Pool2dParams::new(&input.shape()?, &output.shape()?, window)?;
    let activation = activation(options.fused_activation_function);
    if kind == TensorType::FLOAT32 {
        return Ok(params.with_activation(activation));
    }
    let (scale, zero_point) = output.optional_affine()?.unwrap_or_default();
    let from = input.optional_affine()?.unwrap_or_default();
    check_same_quantization(from, (scale, zero_point)).map_err(|e| output.error(e))?;
    let range = if kind == TensorType::INT8 {
        ActivationRange::new::<i8>(activation, scale, zero_point)?
    } else {
        ActivationRange::new::<i16>(activation, scale, zero_point)?
    };
    Ok(params.with_range(range))
}

/// The only input and the only output.
pub(super) fn activations<'s, T: Pod>(io: &'s mut Io<'_>) -> Result<Activations<'s, T>, EvalError> {
    io.output_over(OUTPUT, INPUT).map(|(activations, _)| activations)
}
