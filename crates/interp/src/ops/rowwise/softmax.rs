//! SOFTMAX: shares of the exponentials over the innermost dimension.
//!
//! * Types: `i8`, `i16`, `f32`; `i8` to `i16`
//! * Limits: the output of `i8` has scale 1/256 and zero point -128; `i16` has zero points of 0 and
//!   an output scale of 2^-15; `i8` to `i16` has an output scale of 2^-16 and zero point -32768
//! * Conformance: float32, int16, int8

use super::row::{Bytes, Operands, RowBinding, RowNode};
use crate::ops::common::quantization;
use crate::ops::elementwise::Typed;
use crate::{EvalError, Failed, Prepare};
use bantam_kernels::Le;
use bantam_kernels::rowwise::softmax::{self, SoftmaxF32Params, SoftmaxI8Params, SoftmaxI16Params};
use bantam_schema::TensorType as T;

pub(crate) type Softmax<K> = RowNode<K, softmax::Softmax, 3>;

impl RowBinding<3> for softmax::Softmax {
    const TYPES: &'static [[T; 2]] =
        &[[T::INT8, T::INT8], [T::INT8, T::INT16], [T::INT16, T::INT16], [T::FLOAT32, T::FLOAT32]];

    fn params(node: &Prepare<'_, '_>, operands: &Operands<'_>) -> Result<Typed<3>, Failed> {
        let &Operands { types, depth, .. } = operands;
        let beta = node.operator().softmax_options().unwrap_or_default().beta;
        if let [T::FLOAT32, _] = types {
            return Ok(Typed::new(&SoftmaxF32Params::new(depth, beta)));
        }
        let (input, output) = (quantization(&operands.input)?, quantization(&operands.output)?);
        let params = match types {
            [T::INT16, _] => {
                let params = SoftmaxI16Params::new(depth, beta, input, output);
                return Ok(Typed::new(&node.check(params)?));
            }
            [_, T::INT16] => SoftmaxI8Params::new::<i16>(depth, beta, input, output),
            _ => SoftmaxI8Params::new::<i8>(depth, beta, input, output),
        };
        Ok(Typed::new(&node.check(params)?))
    }

    fn run(input_type: T, params: &Typed<3>, bytes: Bytes<'_>) -> Result<(), EvalError> {
        match input_type {
            // An output of twice as many bytes is `i16`.
            T::INT8 if bytes.output.len() == bytes.input.len() => {
                bytes.run::<Self, i8, i8, _>(params)
            }
            T::INT8 => bytes.run::<Self, i8, i16, _>(params),
            T::INT16 => bytes.run::<Self, Le<2>, i16, _>(params),
            _ => bytes.run::<Self, Le<4>, f32, _>(params),
        }
    }
}
