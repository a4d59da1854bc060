//! SOFTMAX: shares of the exponentials over the innermost dimension.
//!
//! * Types: `i8`, `i16`, `f32`; `i8` to `i16`
//! * Limits: the output of `i8` has scale 1/256 and zero point -128; `i16` has zero points of 0 and
//!   an output scale of 2^-15; `i8` to `i16` has an output scale of 2^-16 and zero point -32768
//! * Conformance: float32, int16, int8

use super::row::{Operands, RowBinding, RowNode, run};
use crate::ops::common::quantization;
use crate::ops::elementwise::Typed;
use crate::{EvalError, Failed, Io, Prepare};
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

    fn run(input_type: T, params: &Typed<3>, io: &mut Io<'_>) -> Result<(), EvalError> {
        match input_type {
            // An output of twice as many bytes is `i16`.
            T::INT8 if io.output_bytes(0) == io.input_bytes(0) => {
                run::<Self, i8, i8>(params.params()?, io)
            }
            T::INT8 => run::<Self, i8, i16>(params.params()?, io),
            T::INT16 => run::<Self, Le<2>, i16>(params.params()?, io),
            _ => run::<Self, Le<4>, f32>(params.params()?, io),
        }
    }
}
