//! ZEROS_LIKE: zeros, as many as the input has elements.
//!
//! * Types: `i8`, `i32`, `i64`, `f32`
//! * Limits: zeros of `i8` are not zero points
//! * Conformance: float32, int32, int64, int8

use crate::ops::common::in_place;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_schema::TensorType;

pub(crate) struct ZerosLike;

const INPUT: usize = 0;
const OUTPUT: usize = 0;

const TYPES: [TensorType; 4] =
    [TensorType::FLOAT32, TensorType::INT8, TensorType::INT32, TensorType::INT64];

impl Operator for ZerosLike {
    type Data = ();

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        node.require_operands(1..=1, 1)?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        input.require_type(&TYPES)?;
        output.require_type_of(&input)?;
        output.require_shape_of(&input)
    }

    /// The elements of the input are not read.
    fn overlaps(_data: &(), _: TensorType) -> Overlaps {
        [in_place(INPUT), None]
    }

    fn eval(_data: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        io.output::<u8>(OUTPUT)?.0.fill(0);
        Ok(())
    }
}
