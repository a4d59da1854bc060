//! RELU: negative values become 0.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: zero points of `i16` are 0
//! * Conformance: float32, int16, int8

use crate::ops::common::in_place;
use crate::ops::elementwise::{Typed, Unary, unary};
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::Le;
use bantam_kernels::unary::relu::{ReluParams, relu, relu_f32};
use bantam_schema::TensorType as T;
use core::marker::PhantomData;

pub(crate) struct Relu<K>(PhantomData<K>);

impl<K: Types> Operator for Relu<K> {
    type Data = Typed<3>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        let operands = Unary::new::<K>(node)?;
        let types = operands.types::<K>();
        match types {
            [T::INT8, T::INT8] => {
                let [input, output] = operands.quantizations()?;
                Ok(Typed::new(&node.check(ReluParams::new::<i8>(input, output))?))
            }
            [T::INT16, T::INT16] => {
                let [input, output] = operands.quantizations()?;
                Ok(Typed::new(&node.check(ReluParams::new::<i16>(input, output))?))
            }
            [T::FLOAT32, T::FLOAT32] => Ok(Typed::new(&())),
            _ => Err(operands.type_error(&[T::INT8, T::INT16, T::FLOAT32])),
        }
    }

    fn overlaps(_data: &Self::Data, _: T) -> Overlaps {
        [in_place(0), None]
    }

    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            T::INT8 => {
                let params = data.params()?;
                unary(io, |input: &[i8], output| relu::<i8, _>(params, input, output))
            }
            T::INT16 => {
                let params = data.params()?;
                unary(io, |input: &[Le<2>], output| relu::<i16, _>(params, input, output))
            }
            _ => unary(io, |input: &[Le<4>], output| relu_f32(input, output)),
        }
    }
}
