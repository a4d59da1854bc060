//! AVERAGE_POOL_2D: the mean of each window.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: input and output have the same quantization; an input of `f32` or `i16` is not a constant
//! * Conformance: float32, int16, int8

use super::pool2d::{self, activations};
use crate::ops::common::row_overlap;
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::pool::average_pool_2d::{average_pool_2d, average_pool_2d_f32};
use bantam_kernels::pool::pool2d::Pool2dParams;
use bantam_schema::TensorType;
use bytemuck::Zeroable;
use core::marker::PhantomData;

pub(crate) struct AveragePool2d<K>(PhantomData<K>);

const INPUT: usize = 0;

impl<K: Types> Operator for AveragePool2d<K> {
    type Data = Pool2dParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Pool2dParams, Failed> {
        let mut params = Pool2dParams::zeroed();
        pool2d::prepare::<K>(node, &mut params)?;
        Ok(params)
    }

    fn overlaps(params: &Pool2dParams, _: TensorType) -> Overlaps {
        row_overlap(INPUT, params)
    }

    fn eval(params: &Pool2dParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            TensorType::INT8 => average_pool_2d::<i8>(params, activations(io)?)?,
            TensorType::INT16 => average_pool_2d::<i16>(params, activations(io)?)?,
            TensorType::FLOAT32 => average_pool_2d_f32(params, activations(io)?)?,
            _ => return Err(EvalError::Type),
        }
        Ok(())
    }
}
