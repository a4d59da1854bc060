//! SOFTMAX: shares of the exponentials over the innermost dimension.
//!
//! * Types: `i8`, `i16`, `f32`; `i8` to `i16`
//! * Limits: the output of `i8` has scale 1/256 and zero point -128; `i16` has zero points of 0 and
//!   an output scale of 2^-15; `i8` to `i16` has an output scale of 2^-16 and zero point -32768
//! * Conformance: float32, int16, int8

use super::row::{Operands, RowBinding, RowNode, in_place};
use crate::ops::common::quantization;
use crate::ops::elementwise::Typed;
use crate::ops::movement::views;
use crate::{EvalError, Failed, Io, Overlaps, Prepare};
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

    /// None where the output is of a wider type.
    fn overlaps(params: &Typed<3>, input_type: T) -> Overlaps {
        if is_wide(params, input_type) { [None, None] } else { views::overlaps() }
    }

    fn run(input_type: T, params: &Typed<3>, io: &mut Io<'_>) -> Result<(), EvalError> {
        match input_type {
            T::INT8 => Ok(softmax::bytes(params.params()?, io.activation_bytes(0, 0)?)?),
            T::INT16 => in_place::<Self, i16, _>(params, io),
            _ => in_place::<Self, f32, _>(params, io),
        }
    }
}

/// Whether the output of a node with an input of this type is of a wider one.
fn is_wide(params: &Typed<3>, input_type: T) -> bool {
    let params = params.params::<SoftmaxI8Params>();
    input_type == T::INT8 && params.is_ok_and(SoftmaxI8Params::is_wide)
}
