//! LOGISTIC: `1 / (1 + exp(-x))`.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: the output of `i8` has zero point -128; `i16` has zero points of 0 and an output scale of 2^-15
//! * Conformance: float32, int16, int8

use crate::ops::common::in_place;
use crate::ops::elementwise::{Typed, Unary, unary};
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::Le;
use bantam_kernels::unary::logistic::{
    LogisticI8Params, LogisticI16Params, logistic_f32, logistic_i8, logistic_i16,
};
use bantam_schema::TensorType as T;
use core::marker::PhantomData;

pub(crate) struct Logistic<K>(PhantomData<K>);

impl<K: Types> Operator for Logistic<K> {
    type Data = Typed<2>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        let operands = Unary::new::<K>(node)?;
        let types = operands.types::<K>();
        match types {
            [T::INT8, T::INT8] => {
                let [input, output] = operands.quantizations()?;
                Ok(Typed::new(&node.check(LogisticI8Params::new(input, output))?))
            }
            [T::INT16, T::INT16] => {
                let [input, output] = operands.quantizations()?;
                Ok(Typed::new(&node.check(LogisticI16Params::new(input, output))?))
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
                unary(io, |input, output| logistic_i8(params, input, output))
            }
            T::INT16 => {
                let params = data.params()?;
                unary(io, |input: &[Le<2>], output| logistic_i16(params, input, output))
            }
            _ => unary(io, |input: &[Le<4>], output| logistic_f32(input, output)),
        }
    }
}
