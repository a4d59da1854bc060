//! CAST: numbers as numbers of another type.
//!
//! * Types: any two of `i8`, `i16`, `i32`, `u32`, `bool` and `f32`
//! * Limits: floats beyond the integers of 64 bits become the nearest of those, whose low bits are
//!   the result
//! * Conformance: bool, float32, int16, int32, int8, uint32

use crate::ops::elementwise::{Unary, converted, over_input};
use crate::ops::types::Any;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::unary::cast::{Number, cast};
use bantam_schema::TensorType as T;

pub(crate) struct Cast;

impl Operator for Cast {
    /// The type of the input; the node's own is that of the output.
    type Data = u32;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<u32, Failed> {
        let operands = Unary::new::<Any>(node)?;
        let [input, output] = operands.types::<Any>();
        node.set_element_type(output);
        if number(input).is_none() || number(output).is_none() {
            let accepted = &[T::INT8, T::INT16, T::INT32, T::UINT32, T::BOOL, T::FLOAT32];
            return Err(operands.type_error(accepted));
        }
        Ok(input.0 as u32)
    }

    fn overlaps(input: &u32, output: T) -> Overlaps {
        converted(T(*input as i8), output)
    }

    fn eval(input: &u32, io: &mut Io<'_>) -> Result<(), EvalError> {
        let types = (number(T(*input as i8)), number(io.element_type()));
        let (Some(from), Some(to)) = types else { return Err(EvalError::Record) };
        over_input(io, [from.bytes(), to.bytes()], &mut |input, output| {
            Ok(cast([from, to], input, output)?)
        })
    }
}

/// What the kernel calls a type.
fn number(tensor_type: T) -> Option<Number> {
    Some(match tensor_type {
        T::INT8 => Number::I8,
        T::BOOL => Number::Bool,
        T::INT16 => Number::I16,
        T::INT32 => Number::I32,
        T::UINT32 => Number::U32,
        T::FLOAT32 => Number::F32,
        _ => return None,
    })
}
