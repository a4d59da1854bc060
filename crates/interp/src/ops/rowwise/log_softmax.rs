//! LOG_SOFTMAX: logarithms of the shares that SOFTMAX computes.
//!
//! * Types: `i8`, `f32`
//! * Limits: the output of `i8` has scale 1/16 and zero point 127
//! * Conformance: float32, int8

use super::row::{Operands, RowBinding, RowNode, in_place};
use crate::ops::common::quantization;
use crate::ops::elementwise::Typed;
use crate::{EvalError, Failed, Io, Prepare};
use bantam_kernels::rowwise::log_softmax::{self, LogSoftmaxParams};
use bantam_schema::TensorType as T;

pub(crate) type LogSoftmax<K> = RowNode<K, log_softmax::LogSoftmax, 5>;

impl RowBinding<5> for log_softmax::LogSoftmax {
    const TYPES: &'static [[T; 2]] = &[[T::INT8, T::INT8], [T::FLOAT32, T::FLOAT32]];

    fn params(node: &Prepare<'_, '_>, operands: &Operands<'_>) -> Result<Typed<5>, Failed> {
        let &Operands { types, depth, .. } = operands;
        if let [T::FLOAT32, _] = types {
            return Ok(Typed::new(&LogSoftmaxParams::new_f32(depth)));
        }
        let (input, output) = (quantization(&operands.input)?, quantization(&operands.output)?);
        let params = node.check(LogSoftmaxParams::new(depth, input, output))?;
        Ok(Typed::new(&params))
    }

    fn run(input_type: T, params: &Typed<5>, io: &mut Io<'_>) -> Result<(), EvalError> {
        match input_type {
            T::INT8 => in_place::<Self, i8, _>(params, io),
            _ => in_place::<Self, f32, _>(params, io),
        }
    }
}
