//! CAST: numbers as numbers of another type.
//!
//! * Types: any two of `i8`, `i16`, `i32`, `u32`, `bool` and `f32`
//! * Limits: floats beyond the integers of 64 bits become the nearest of those, whose low bits are
//!   the result
//! * Conformance: bool, float32, int16, int32, int8, uint32

use crate::ops::common::in_place;
use crate::ops::elementwise::{Unary, unary};
use crate::ops::types::Any;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::unary::cast::{Source, Target, cast};
use bantam_kernels::{Le, Load};
use bantam_schema::TensorType as T;
use bytemuck::{AnyBitPattern, Pod};

pub(crate) struct Cast;

impl Operator for Cast {
    /// The type of the input; the node's own is that of the output.
    type Data = u32;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<u32, Failed> {
        let operands = Unary::new::<Any>(node)?;
        let [input, output] = operands.types::<Any>();
        node.set_element_type(output);
        match [input, output] {
            [
                T::INT8 | T::INT16 | T::INT32 | T::UINT32 | T::BOOL | T::FLOAT32,
                T::INT8 | T::INT16 | T::INT32 | T::UINT32 | T::BOOL | T::FLOAT32,
            ] => Ok(input.0 as u32),
            _ => {
                let accepted = &[T::INT8, T::INT16, T::INT32, T::UINT32, T::BOOL, T::FLOAT32];
                Err(operands.type_error(accepted))
            }
        }
    }

    fn overlaps(input: &u32, output: T) -> Overlaps {
        let same_width = T(*input as i8).bits() == output.bits();
        [if same_width { in_place(0) } else { None }, None]
    }

    fn eval(input: &u32, io: &mut Io<'_>) -> Result<(), EvalError> {
        match T(*input as i8) {
            T::INT8 => eval_from::<i8, i8>(io),
            T::BOOL => eval_from::<u8, u8>(io),
            T::INT16 => eval_from::<i16, Le<2>>(io),
            T::INT32 => eval_from::<i32, Le<4>>(io),
            T::UINT32 => eval_from::<u32, Le<4>>(io),
            _ => eval_from::<f32, Le<4>>(io),
        }
    }
}

fn eval_from<S: Source, I: Load<S> + AnyBitPattern>(io: &mut Io<'_>) -> Result<(), EvalError> {
    match io.element_type() {
        T::INT8 => eval_to::<S, I, i8>(io),
        T::BOOL => eval_to::<S, I, u8>(io),
        T::INT16 => eval_to::<S, I, i16>(io),
        T::INT32 | T::UINT32 => eval_to::<S, I, i32>(io),
        _ => eval_to::<S, I, f32>(io),
    }
}

fn eval_to<S: Source, I: Load<S> + AnyBitPattern, O: Target + Pod + Default>(
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    unary(io, &|input: &[I], output: &mut [O]| Ok(cast::<S, I, O>(input, output)?))
}
