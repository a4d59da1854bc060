//! The node of an arithmetic operator.

use crate::ops::common::activation;
use crate::ops::elementwise::{Binary, Stored, binary, binary_overlaps};
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::binary::op::{
    self, ArithmeticF32Params, ArithmeticI32Params, BinaryOp, QuantizedParams,
};
use bantam_kernels::number::element::Quantized;
use bantam_kernels::walk::broadcast::BinaryParams;
use bantam_kernels::{Activation, Le, Load};
use bantam_schema::{ActivationFunction, TensorType as T};
use bytemuck::{AnyBitPattern, Pod};
use core::marker::PhantomData;

/// What a model says of an arithmetic operator beside its operands.
pub(crate) trait BinaryBinding: BinaryOp<Quantized: Pod> {
    /// The types that the operator takes.
    const TYPES: &[T] = &[T::INT8, T::INT16, T::INT32, T::FLOAT32];

    /// The fused activation.
    fn activation(_node: &bantam_schema::Operator<'_>) -> ActivationFunction {
        ActivationFunction::NONE
    }

    /// Checks operands of `i32`.
    fn check_i32(_operands: &Binary<'_>) -> Result<(), Failed> {
        Ok(())
    }
}

/// A node of `O` for elements of `K`: `i8`, `i16`, `i32` or `f32`.
pub(crate) struct BinaryNode<K, O>(PhantomData<(K, O)>);

impl<K: Types, O: BinaryBinding> Operator for BinaryNode<K, O> {
    type Data = Stored<O::Quantized>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        let activation = activation(O::activation(&node.operator()));
        prepare::<K, _>(node, O::TYPES, activation, O::check_i32)
    }

    fn overlaps(data: &Self::Data, _: T) -> Overlaps {
        binary_overlaps(data.params())
    }

    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            T::INT8 => quantized::<O, i8, i8>(data.params()?, io),
            // In constants, so that what the operator does not take is not linked.
            T::INT16 if const { takes(O::TYPES, T::INT16) } => {
                quantized::<O, i16, Le<2>>(data.params()?, io)
            }
            T::INT32 => {
                let params: &ArithmeticI32Params = data.params()?;
                binary(io, params.plan(), &|plan, a: &[Le<4>], b: &[Le<4>], output| {
                    if b.iter().all(|b| O::accepts_i32(b.load())) {
                        Ok(op::i32::<O, _>(params, plan, a, b, output)?)
                    } else {
                        Err(EvalError::Value)
                    }
                })
            }
            _ => {
                let params: &ArithmeticF32Params = data.params()?;
                binary(io, params.plan(), &|plan, a: &[Le<4>], b: &[Le<4>], output| {
                    Ok(op::f32::<O, _>(params, plan, a, b, output)?)
                })
            }
        }
    }
}

/// Runs the kernel on quantized elements `E`, which it reads as `I`.
fn quantized<O: BinaryOp, E: Quantized + Pod + Default, I: Load<E> + AnyBitPattern>(
    params: &O::Quantized,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    binary(io, params.plan(), &|plan, a: &[I], b: &[I], output: &mut [E]| {
        if b.iter().all(|b| params.accepts(b.load())) {
            Ok(op::quantized::<O, E, I>(params, plan, a, b, output)?)
        } else {
            Err(EvalError::Value)
        }
    })
}

/// Whether an element type is among `types`.
const fn takes(types: &[T], wanted: T) -> bool {
    let mut rest = types;
    while let [first, others @ ..] = rest {
        if first.0 == wanted.0 {
            return true;
        }
        rest = others;
    }
    false
}

/// Prepares a node whose quantized elements have parameters `P`: one copy for all its operators.
fn prepare<K: Types, P: QuantizedParams + Pod>(
    node: &Prepare<'_, '_>,
    accepted: &[T],
    activation: Activation,
    check_i32: fn(&Binary<'_>) -> Result<(), Failed>,
) -> Result<Stored<P>, Failed> {
    let operands = Binary::new::<K>(node)?;
    let (types, broadcast) = (operands.types::<K>(), operands.broadcast);
    match types {
        [input, _] if !accepted.contains(&input) => Err(operands.type_error(accepted)),
        [T::INT8, T::INT8] => {
            let (inputs, output) = operands.quantizations()?;
            let params = P::new::<i8>(broadcast, inputs, output, activation);
            Ok(Stored::new(&node.check(params)?))
        }
        [T::INT16, T::INT16] => {
            let (inputs, output) = operands.quantizations()?;
            let params = P::new::<i16>(broadcast, inputs, output, activation);
            Ok(Stored::new(&node.check(params)?))
        }
        [T::INT32, T::INT32] => {
            check_i32(&operands)?;
            Ok(Stored::new(&ArithmeticI32Params::new(broadcast, activation)))
        }
        [T::FLOAT32, T::FLOAT32] => {
            Ok(Stored::new(&ArithmeticF32Params::new(broadcast, activation)))
        }
        _ => Err(operands.type_error(accepted)),
    }
}
