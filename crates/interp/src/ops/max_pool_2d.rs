//! MAX_POOL_2D: the largest element of each window.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: input and output have the same quantization
//! * Conformance: float32, int16, int8

use super::movement::width;
use super::pool2d;
use crate::{EvalError, Io, Operator, Prepare, PrepareError, cast_mut};
use bantam_kernels::Le;
use bantam_kernels::max_pool_2d::{max_pool_2d, max_pool_2d_f32};
use bantam_kernels::pool2d::Pool2dParams;

pub(crate) struct MaxPool2d;

const INPUT: usize = 0;
const OUTPUT: usize = 0;

impl Operator for MaxPool2d {
    type Data = Pool2dParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Pool2dParams, PrepareError> {
        pool2d::prepare(node)
    }

    fn eval(params: &Pool2dParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        let (output, reader) = io.output::<u8>(OUTPUT)?;
        match width(output, params.output_len()) {
            1 => max_pool_2d(params, reader.input::<i8>(INPUT)?, cast_mut::<i8>(output)?)?,
            2 => max_pool_2d(params, reader.input::<Le<2>>(INPUT)?, cast_mut::<i16>(output)?)?,
            4 => max_pool_2d_f32(params, reader.input::<Le<4>>(INPUT)?, cast_mut(output)?)?,
            _ => return Err(EvalError::Type),
        }
        Ok(())
    }
}
