//! EXPAND_DIMS: the same elements with one more dimension of size 1.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: the axis is constant
//! * Conformance: float32, int16, int8

use super::views;
use crate::ops::common;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::ParamsError;
use bantam_kernels::movement::expand_dims::check_expand_dims;
use bantam_schema::TensorType;

pub(crate) struct ExpandDims;

const AXIS: usize = 1;

impl Operator for ExpandDims {
    type Data = ();

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        node.require_operands(2..=2, 1)?;
        let (input, output) = views::operands(node)?;
        input.require_type(&[TensorType::FLOAT32, TensorType::INT8, TensorType::INT16])?;
        let axis = node.input(AXIS)?;
        axis.require(TensorType::INT32)?;
        let rank = axis.rank()?;
        if rank > 1 {
            return Err(axis.error(ParamsError::Rank { actual: rank }));
        }
        let shapes = (input.shape()?, output.shape()?);
        output.check(check_expand_dims(&shapes.0, common::axis(&axis)?, &shapes.1))
    }

    fn overlaps(_data: &(), _: TensorType) -> Overlaps {
        views::overlaps()
    }

    fn eval(_data: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        views::eval(io)
    }
}
