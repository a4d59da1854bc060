//! ADD: the sum of two tensors.
//!
//! * Types: `i8`, `i16`, `i32`, `f32`
//! * Activations: RELU, RELU_N1_TO_1, RELU6; not read for `i32`
//! * Limits: beyond six dimensions, only shapes that broadcast with six nested loops
//! * Conformance: float32, int16, int32, int8

use crate::ops::common::activation;
use crate::ops::elementwise::{Binary, Typed, arithmetic, binary_overlaps, require_unquantized};
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::binary::add::{AddParams, add_f32, add_i8, add_i16, add_i32};
use bantam_kernels::binary::arithmetic::ArithmeticF32Params;
use bantam_schema::TensorType as T;
use core::marker::PhantomData;

pub(crate) struct Add<K>(PhantomData<K>);

const TYPES: &[T] = &[T::INT8, T::INT16, T::INT32, T::FLOAT32];

impl<K: Types> Operator for Add<K> {
    type Data = Typed<13>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        let operands = Binary::new::<K>(node)?;
        let options = node.operator().add_options().unwrap_or_default();
        let activation = activation(options.fused_activation_function);
        let (types, broadcast) = (operands.types::<K>(), operands.broadcast);
        match types {
            [T::INT8, T::INT8] => {
                let (inputs, output) = operands.quantizations()?;
                let params = AddParams::new::<i8>(broadcast, inputs, output, activation);
                Ok(Typed::new(&node.check(params)?))
            }
            [T::INT16, T::INT16] => {
                let (inputs, output) = operands.quantizations()?;
                let params = AddParams::new::<i16>(broadcast, inputs, output, activation);
                Ok(Typed::new(&node.check(params)?))
            }
            [T::INT32, T::INT32] => {
                operands.inputs.iter().try_for_each(require_unquantized)?;
                Ok(Typed::new(&broadcast))
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
        arithmetic::<K, _, _, _>(data, io, add_i8, add_i16, add_i32, add_f32)
    }
}
