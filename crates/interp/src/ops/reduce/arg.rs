//! Nodes that tell where along an axis an element is.

use crate::ops::common;
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Prepare, cast_mut};
use bantam_kernels::reduce::arg::{ArgOp, ArgParams, arg};
use bantam_kernels::{Le, Load};
use bantam_schema::TensorType;
use bytemuck::AnyBitPattern;
use core::marker::PhantomData;

const INPUT: usize = 0;
const AXIS: usize = 1;
const OUTPUT: usize = 0;

/// A node of `O` for the types `K`.
pub(crate) struct ArgNode<K, O>(PhantomData<(K, O)>);

impl<K: Types, O: ArgOp + 'static> Operator for ArgNode<K, O> {
    type Data = ArgParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<ArgParams, Failed> {
        node.require_operands(2..=2, 1)?;
        let (input, axis, output) = (node.input(INPUT)?, node.input(AXIS)?, node.output(OUTPUT)?);
        K::among(&input, &[TensorType::FLOAT32, TensorType::INT8])?;
        axis.require(TensorType::INT32)?;
        output.require(TensorType::INT32)?;
        let axis = common::axis(&axis)?;
        output.check(ArgParams::new(&input.shape()?, axis, &output.shape()?))
    }

    fn eval(params: &ArgParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            TensorType::INT8 => run::<O, i8, i8>(params, io),
            TensorType::FLOAT32 => run::<O, f32, Le<4>>(params, io),
            _ => Err(EvalError::Type),
        }
    }
}

fn run<O: ArgOp, T: PartialOrd + Copy, I: Load<T> + AnyBitPattern>(
    params: &ArgParams,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let (output, reader) = io.output::<u8>(OUTPUT)?;
    Ok(arg::<O, T, I>(params, reader.input(INPUT)?, cast_mut(output)?)?)
}
