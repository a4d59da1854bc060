//! CIRCULAR_BUFFER: the last few inputs; it ends the inference until so many have come
//! (`ops::CIRCULAR_BUFFER`).
//!
//! * Types: `i8`
//! * Limits: the output is a variable tensor; `cycles_max` is at least 1. Before as many inferences
//!   the invoke ends at this node with `Outcome::NeedMoreInput`
//! * Conformance: int8
//!
//! Source: TFLM 90b983c2b, `lite/micro/kernels/circular_buffer.cc`, which guesses `cycles_max` from
//! the shape if it is less than 1.

use crate::{Cause, EvalError, Extra, Failed, Io, Operator, Prepare, Slot, cast_mut};
use bantam_kernels::recurrent::ring;
use bantam_schema::TensorType;
use bantam_schema::flexbuffer::Reader;
use bytemuck::{Pod, Zeroable};

const INPUT: usize = 0;
const OUTPUT: usize = 0;

/// CIRCULAR_BUFFER.
#[derive(Debug)]
pub(crate) struct CircularBuffer;

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    /// Inputs of a cycle.
    cycle: u32,
    /// Inputs since the last one ended, in four bytes.
    count: Extra,
}

impl Operator for CircularBuffer {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        node.require_operands(1..=1, 1)?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        input.require(TensorType::INT8)?;
        output.require(TensorType::INT8)?;
        let (from, to) = (input.shape()?, output.shape()?);
        let fits = match (from.dims(), to.dims()) {
            ([1, 1, height, depth], [1, _, rows, columns]) => (height, depth) == (rows, columns),
            _ => false,
        };
        if !fits {
            return Err(output.error(Cause::Shape));
        }
        if !output.tensor().is_variable() {
            return Err(output.error(Cause::Unsupported("an output that is no variable tensor")));
        }
        let operator = node.operator();
        let options = Reader::root(operator.custom_options());
        let cycle = options.and_then(|root| root.as_vector()?.get(0)?.as_i32());
        match cycle.and_then(|cycle| u32::try_from(cycle).ok()) {
            Some(cycle @ 1..) => Ok(Data { cycle, count: node.state(size_of::<u32>())? }),
            _ => Err(node.error(Cause::Unsupported("a `cycles_max` below 1"))),
        }
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let slots = [Slot::Output(OUTPUT), Slot::Extra(data.count)];
        let ([output, count], reader) = io.split(slots)?;
        ring::push(cast_mut(output)?, reader.input(INPUT)?)?;
        let count = cast_mut::<u32>(count)?.first_mut().ok_or(EvalError::Memory)?;
        *count = count.saturating_add(1);
        if *count < data.cycle {
            io.stop();
        } else {
            *count = 0;
        }
        Ok(())
    }
}
