//! RELU: negative values become 0.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: zero points of `i16` are 0
//! * Conformance: float32, int16, int8

use crate::ops::elementwise::{Typed, Unary, unary, unary_overlaps};
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::Le;
use bantam_kernels::unary::relu::{ReluParams, relu, relu_f32};
use bantam_schema::TensorType as T;
use core::marker::PhantomData;

pub(crate) struct Relu<K>(PhantomData<K>);

impl<K: Types> Operator for Relu<K> {
    type Data = Typed<4>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        let operands = Unary::new::<K>(node)?;
        let types = operands.types::<K>();
        match types {
            [T::INT8, T::INT8] => {
                let [input, output] = operands.quantizations()?;
                Ok(Typed::new(types, &node.check(ReluParams::new::<i8>(input, output))?))
            }
            [T::INT16, T::INT16] => {
                let [input, output] = operands.quantizations()?;
                Ok(Typed::new(types, &node.check(ReluParams::new::<i16>(input, output))?))
            }
            [T::FLOAT32, T::FLOAT32] => Ok(Typed::new(types, &())),
            _ => Err(operands.type_error(&[T::INT8, T::INT16, T::FLOAT32])),
        }
    }

    fn overlaps(data: &Self::Data) -> Overlaps {
        unary_overlaps(data)
    }

    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        match data.types::<K>() {
            [T::INT8, _] => {
                let params = data.params()?;
                unary(io, |input: &[i8], output| relu::<i8, _>(params, input, output))
            }
            [T::INT16, _] => {
                let params = data.params()?;
                unary(io, |input: &[Le<2>], output| relu::<i16, _>(params, input, output))
            }
            _ => unary(io, |input: &[Le<4>], output| relu_f32(input, output)),
        }
    }
}
