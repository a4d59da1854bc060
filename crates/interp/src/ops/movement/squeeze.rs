//! SQUEEZE: the same elements without dimensions of size 1.
//!
//! * Types: any
//! * Conformance: bool, float32, int16, int32, int64, int8, uint8

use super::views;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::movement::squeeze::check_squeeze;
use bantam_schema::TensorType;

pub(crate) struct Squeeze;

impl Operator for Squeeze {
    type Data = ();

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        node.require_operands(1..=1, 1)?;
        let options = node.operator().squeeze_options().unwrap_or_default();
        let (input, output) = views::operands(node)?;
        let (from, to) = (input.shape()?, output.shape()?);
        output.check(check_squeeze(&from, options.squeeze_dims.iter(), &to))
    }

    fn overlaps(_data: &(), _: TensorType) -> Overlaps {
        views::overlaps()
    }

    fn eval(_data: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        views::eval(io)
    }
}
