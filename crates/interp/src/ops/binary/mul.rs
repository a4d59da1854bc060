//! MUL: the product of two tensors.
//!
//! * Types: `i8`, `i16`, `i32`, `f32`
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: beyond six dimensions, only shapes that broadcast with six nested loops; zero points of `i16` are 0
//! * Conformance: float32, int16, int32, int8

use crate::ops::common::activation;
use crate::ops::elementwise::{Binary, Typed, arithmetic, binary_overlaps};
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::binary::arithmetic::{ArithmeticF32Params, ArithmeticI32Params};
use bantam_kernels::binary::mul::{MulParams, mul_f32, mul_i8, mul_i16, mul_i32};
use bantam_schema::TensorType as T;
use core::marker::PhantomData;

pub(crate) struct Mul<K>(PhantomData<K>);

const TYPES: &[T] = &[T::INT8, T::INT16, T::INT32, T::FLOAT32];

impl<K: Types> Operator for Mul<K> {
    type Data = Typed<10>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        let operands = Binary::new::<K>(node)?;
        let options = node.operator().mul_options().unwrap_or_default();
        let activation = activation(options.fused_activation_function);
        let (types, broadcast) = (operands.types::<K>(), operands.broadcast);
        match types {
            [T::INT8, T::INT8] => {
                let (inputs, output) = operands.quantizations()?;
                let params = MulParams::new::<i8>(broadcast, inputs, output, activation);
                Ok(Typed::new(&node.check(params)?))
            }
            [T::INT16, T::INT16] => {
                let (inputs, output) = operands.quantizations()?;
                let params = MulParams::new::<i16>(broadcast, inputs, output, activation);
                Ok(Typed::new(&node.check(params)?))
            }
            [T::INT32, T::INT32] => {
                Ok(Typed::new(&ArithmeticI32Params::new(broadcast, activation)))
            }
            [T::FLOAT32, T::FLOAT32] => {
                Ok(Typed::new(&ArithmeticF32Params::new(broadcast, activation)))
            }
            _ => Err(operands.type_error(TYPES)),
        }
    }

    fn overlaps(data: &Self::Data, _: T) -> Overlaps {
        binary_overlaps(data)
    }

    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        arithmetic::<K, _, _, _>(data, io, mul_i8, mul_i16, mul_i32, mul_f32)
    }
}
