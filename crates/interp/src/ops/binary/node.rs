//! The node of an arithmetic operator.

use crate::ops::common::activation;
use crate::ops::elementwise::{Binary, Stored, binary, binary_overlaps};
use crate::ops::types::Types;
use crate::{EvalError, Io, Operator, Overlaps, Prepare, Refused};
use bantam_kernels::binary::op::{
    self, ArithmeticF32Params, ArithmeticI32Params, BinaryOp, QuantizedParams,
};
use bantam_kernels::walk::broadcast::BinaryParams;
use bantam_kernels::{Activation, Le};
use bantam_schema::{ActivationFunction, TensorType as T};
use bytemuck::Pod;
use core::marker::PhantomData;

/// What a model says of an arithmetic operator beside its operands.
pub(crate) trait BinaryBinding: BinaryOp<Quantized: Pod> {
    /// The fused activation.
    fn activation(node: &bantam_schema::Operator<'_>) -> ActivationFunction;

    /// Checks operands of `i32`.
    fn check_i32(_operands: &Binary<'_>) -> Result<(), Refused> {
        Ok(())
    }
}

/// A node of `O` for elements of `K`: `i8`, `i16`, `i32` or `f32`.
pub(crate) struct BinaryNode<K, O>(PhantomData<(K, O)>);

impl<K: Types, O: BinaryBinding> Operator for BinaryNode<K, O> {
    type Data = Stored<O::Quantized>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Refused> {
        let activation = activation(O::activation(&node.operator()));
        prepare::<K, _>(node, activation, O::check_i32)
    }

    fn overlaps(data: &Self::Data) -> Overlaps {
        binary_overlaps(data.params())
    }

    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let [element_type, _] = data.types::<K>();
        match element_type {
            T::INT8 => {
                let params: &O::Quantized = data.params()?;
                binary(io, params.plan(), |plan, a: &[i8], b: &[i8], output: &mut [i8]| {
                    op::quantized::<O, _, _>(params, plan, a, b, output)
                })
            }
            T::INT16 => {
                let params: &O::Quantized = data.params()?;
                binary(io, params.plan(), |plan, a: &[Le<2>], b: &[Le<2>], output: &mut [i16]| {
                    op::quantized::<O, _, _>(params, plan, a, b, output)
                })
            }
            T::INT32 => {
                let params: &ArithmeticI32Params = data.params()?;
                binary(io, params.plan(), |plan, a: &[Le<4>], b: &[Le<4>], output: &mut [i32]| {
                    op::i32::<O, _>(params, plan, a, b, output)
                })
            }
            _ => {
                let params: &ArithmeticF32Params = data.params()?;
                binary(io, params.plan(), |plan, a: &[Le<4>], b: &[Le<4>], output: &mut [f32]| {
                    op::f32::<O, _>(params, plan, a, b, output)
                })
            }
        }
    }
}

/// Prepares a node whose quantized elements have parameters `P`: one copy for all its operators.
fn prepare<K: Types, P: QuantizedParams + Pod>(
    node: &Prepare<'_, '_>,
    activation: Activation,
    check_i32: fn(&Binary<'_>) -> Result<(), Refused>,
) -> Result<Stored<P>, Refused> {
    let operands = Binary::new::<K>(node)?;
    let (types, broadcast) = (operands.types::<K>(), operands.broadcast);
    match types {
        [T::INT8, T::INT8] => {
            let (inputs, output) = operands.quantizations()?;
            let params = P::new::<i8>(broadcast, inputs, output, activation);
            Ok(Stored::new(types, &node.check(params)?))
        }
        [T::INT16, T::INT16] => {
            let (inputs, output) = operands.quantizations()?;
            let params = P::new::<i16>(broadcast, inputs, output, activation);
            Ok(Stored::new(types, &node.check(params)?))
        }
        [T::INT32, T::INT32] => {
            check_i32(&operands)?;
            Ok(Stored::new(types, &ArithmeticI32Params::new(broadcast, activation)))
        }
        [T::FLOAT32, T::FLOAT32] => {
            Ok(Stored::new(types, &ArithmeticF32Params::new(broadcast, activation)))
        }
        _ => Err(operands.type_error(&[T::INT8, T::INT16, T::INT32, T::FLOAT32])),
    }
}
