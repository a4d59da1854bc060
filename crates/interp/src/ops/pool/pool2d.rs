//! What the pools share while they prepare.

use crate::ops::common::{activation, padding};
use crate::ops::types::Types;
use crate::{Activations, EvalError, Failed, Io, Prepare};
use bantam_kernels::ActivationRange;
use bantam_kernels::pool::pool2d::{Pool2dParams, PoolWindow, check_same_quantization};
use bantam_schema::TensorType;
use bytemuck::Pod;

const INPUT: usize = 0;
const OUTPUT: usize = 0;

// One copy for both pools.
#[inline(never)]
pub(crate) fn prepare<K: Types>(
    node: &Prepare<'_, '_>,
    params: &mut Pool2dParams,
) -> Result<(), Failed> {
    node.require_operands(1..=1, 1)?;
    let options = node.options(|op| op.pool_2d_options())?;
    let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
    let kind = K::among(&input, &[TensorType::FLOAT32, TensorType::INT8, TensorType::INT16])?;
    input.require_aligned()?;
    output.require_type_of(&input)?;
    let window = PoolWindow {
        filter_height: options.filter_height,
        filter_width: options.filter_width,
        stride_height: options.stride_h,
        stride_width: options.stride_w,
        padding: padding(node, options.padding)?,
    };
    let activation = activation(options.fused_activation_function);
    let range = if kind == TensorType::FLOAT32 {
        Pool2dParams::float_range(activation)
    } else {
        let (from, to) = (input.affine_or_default()?, output.affine_or_default()?);
        output.check(check_same_quantization(from, to))?;
        let range = if kind == TensorType::INT8 {
            ActivationRange::new::<i8>
        } else {
            ActivationRange::new::<i16>
        };
        node.check(range(activation, to.0, to.1))?
    };
    node.check(params.slide([input.nhwc()?, output.nhwc()?], &window, range))
}

/// The only input and the only output.
pub(crate) fn activations<'s, T: Pod>(io: &'s mut Io<'_>) -> Result<Activations<'s, T>, EvalError> {
    io.output_over(OUTPUT, INPUT).map(|(activations, _)| activations)
}
