//! RESHAPE: the same elements under another shape.
//!
//! * Types: any
//! * Limits: the shape operand and the options are not read: the output has a shape, of which one
//!   size may be -1
//! * Conformance: bool, float16, float32, int16, int32, int64, int8, uint32, uint8

use super::views;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_schema::TensorType;

pub(crate) struct Reshape;

impl Operator for Reshape {
    type Data = ();

    /// The shape operand is not read: as in TFLM, the output's own shape says it all. A size of -1
    /// is found wherever a shape is asked for.
    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        node.require_operands(1..=2, 1)?;
        views::operands(node).map(drop)
    }

    fn overlaps(_data: &(), _: TensorType) -> Overlaps {
        views::overlaps()
    }

    fn eval(_data: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        views::eval(io)
    }
}
