//! The nodes of operators that map each element by itself.

use crate::ops::common::in_place;
use crate::ops::elementwise::{Stored, Unary, quantization, unary};
use crate::ops::types::{Any, Types};
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::number::element::Quantized;
use bantam_kernels::unary::op::{self, FloatOp, QuantizedOp, Results};
use bantam_kernels::{Le, Load};
use bantam_schema::TensorType as T;
use bytemuck::{AnyBitPattern, Pod};
use core::marker::PhantomData;

/// An operator on `i8`, `i16` and `f32`, and what a node of it keeps.
pub(crate) trait UnaryBinding:
    FloatOp + QuantizedOp<i8, Params: Pod> + QuantizedOp<i16, Params: Pod>
{
    /// The larger of both parameters.
    type Data: Pod;
}

/// A node of `O` for elements of `K`.
pub(crate) struct UnaryNode<K, O>(PhantomData<(K, O)>);

impl<K: Types, O: UnaryBinding> Operator for UnaryNode<K, O> {
    type Data = Stored<O::Data>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        let operands = Unary::new::<K>(node)?;
        let types = operands.types::<K>();
        match types {
            [T::INT8, T::INT8] => Ok(Stored::new(&params::<O, i8>(node, &operands)?)),
            [T::INT16, T::INT16] => Ok(Stored::new(&params::<O, i16>(node, &operands)?)),
            [T::FLOAT32, T::FLOAT32] => Ok(Stored::new(&())),
            _ => Err(operands.type_error(&[T::INT8, T::INT16, T::FLOAT32])),
        }
    }

    fn overlaps(_data: &Self::Data, _: T) -> Overlaps {
        [in_place(0), None]
    }

    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            T::INT8 => bytes::<O>(data.params()?, io),
            T::INT16 => quantized::<O, i16, Le<2>>(data.params()?, io),
            _ => unary(io, &|input: &[Le<4>], output| Ok(op::f32::<O, _>(input, output)?)),
        }
    }
}

/// The kernel's parameters for quantized operands of `E`.
pub(super) fn params<O: QuantizedOp<E>, E: Quantized>(
    node: &Prepare<'_, '_>,
    operands: &Unary<'_>,
) -> Result<O::Params, Failed> {
    if let Some(params) = O::unquantized()
        && operands.input.optional_affine()?.is_none()
    {
        return Ok(params);
    }
    let input = quantization(&operands.input)?;
    let output = if O::READS_OUTPUT { quantization(&operands.output)? } else { input };
    node.check(O::params(input, output))
}

/// Runs the kernel on quantized elements `E`, which it reads as `I`.
pub(super) fn quantized<
    O: QuantizedOp<E>,
    E: Quantized + Pod + Default,
    I: Load<E> + AnyBitPattern,
>(
    params: &O::Params,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    unary(io, &|input: &[I], output: &mut [E]| {
        if op::accepts::<O, E, I>(params, input) {
            Ok(op::quantized::<O, E, I>(params, input, output)?)
        } else {
            Err(EvalError::Value)
        }
    })
}

/// As [`quantized`], of `i8`: a value that comes again is looked up.
pub(super) fn bytes<O: QuantizedOp<i8>>(
    params: &O::Params,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let results = Results::new();
    unary(io, &|input: &[i8], output: &mut [i8]| {
        if op::accepts::<O, i8, i8>(params, input) {
            Ok(results.quantized::<O>(params, input, output)?)
        } else {
            Err(EvalError::Value)
        }
    })
}

/// A node of an operator on `f32` alone.
pub(crate) struct FloatNode<O>(PhantomData<O>);

impl<O: FloatOp> Operator for FloatNode<O> {
    type Data = ();

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        one_type(node, T::FLOAT32)
    }

    fn overlaps(_data: &(), _: T) -> Overlaps {
        [in_place(0), None]
    }

    fn eval(_data: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        unary(io, &|input: &[Le<4>], output| Ok(op::f32::<O, _>(input, output)?))
    }
}

/// `Ok` if input and output are of this type and length.
pub(super) fn one_type(node: &Prepare<'_, '_>, only: T) -> Result<(), Failed> {
    let operands = Unary::new::<Any>(node)?;
    operands.input.require_type(&[only])?;
    operands.output.require_type(&[only])
}
