//! Nodes that tell where along an axis an element is.

use crate::io::{cast, copy};
use crate::ops::common;
use crate::ops::types::Types;
use crate::{
    Activations, EvalError, Failed, Io, Operator, OutputReader, Overlap, Overlaps, Prepare,
    cast_mut,
};
use bantam_kernels::reduce::arg::{self, ArgOp};
use bantam_kernels::walk::along_axis::AlongAxis;
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
    type Data = AlongAxis;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<AlongAxis, Failed> {
        node.require_operands(2..=2, 1)?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        K::among(&input, &[TensorType::FLOAT32, TensorType::INT8])?;
        output.require(TensorType::INT32)?;
        output.check(arg::along(&input.shape()?, axis_of(node)?, &output.shape()?))
    }

    fn overlaps(along: &AlongAxis, input: TensorType) -> Overlaps {
        let width = input.size_bytes().unwrap_or(1) as usize;
        [Some(Overlap { input: INPUT, slack: arg::slack(along, width) }), None]
    }

    fn eval(along: &AlongAxis, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            TensorType::INT8 => run::<O, i8, i8>(along, io),
            TensorType::FLOAT32 => run::<O, f32, Le<4>>(along, io),
            _ => Err(EvalError::Type),
        }
    }
}

/// The axis of a node, which input 1 names; `None` if that is not constant.
pub(super) fn axis_of(node: &Prepare<'_, '_>) -> Result<Option<i32>, Failed> {
    let axis = node.input(AXIS)?;
    axis.require(TensorType::INT32)?;
    if axis.element_len()? != 1 {
        return Err(axis.error(crate::Cause::Shape));
    }
    if axis.is_constant() { common::axis(&axis).map(Some) } else { Ok(None) }
}

/// The tensor along the axis that input 1 names, if that was not known before.
pub(super) fn resolved(
    along: &AlongAxis,
    reader: &OutputReader<'_>,
) -> Result<AlongAxis, EvalError> {
    if !along.is_open() {
        return Ok(*along);
    }
    let axis = reader.input::<Le<4>>(AXIS)?.first().ok_or(EvalError::MissingOperand)?;
    along.resolved(axis.load()).map_err(|_| EvalError::Value)
}

fn run<O: ArgOp, T: PartialOrd + Copy, I: Load<T> + AnyBitPattern>(
    along: &AlongAxis,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let input_bytes = io.input_bytes(INPUT);
    let (activations, reader) = io.output_over::<u8>(OUTPUT, INPUT)?;
    let along = resolved(along, &reader)?;
    let (memory, input, output) = match activations {
        Activations::Apart { input, output } => {
            return Ok(arg::arg::<O, T, I>(&along, cast(input)?, cast_mut(output)?)?);
        }
        Activations::Shared { memory, input, output } => (memory, input, output),
    };
    let slack = arg::slack(&along, size_of::<I>()).below.saturating_mul(size_of::<i32>());
    if input < output.saturating_add(slack) {
        return Err(EvalError::Memory);
    }
    for index in 0..along.output_len() {
        let elements = memory.get(input..).and_then(|rest| rest.get(..input_bytes));
        let place = arg::place::<O, T, I>(&along, cast(elements.unwrap_or_default())?, index);
        let at = output + index * size_of::<i32>();
        let to = memory.get_mut(at..at + size_of::<i32>()).ok_or(EvalError::Memory)?;
        copy(to, &place.to_le_bytes())?;
    }
    Ok(())
}
