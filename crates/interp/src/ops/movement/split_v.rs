//! SPLIT_V: parts of a tensor along an axis, of a size each.
//!
//! * Types: `i8`, `i16`, `i32`, `f32`
//! * Limits: the axis is constant; sizes are those of the outputs; quantizations are taken to be
//!   equal
//! * Conformance: float32, int16, int32, int8

use super::parts;
use crate::ops::common;
use crate::{EvalError, Failed, Io, Operator, Parts, Prepare};
use bantam_kernels::movement::split::SplitParams;

pub(crate) struct SplitV;

const INPUT: usize = 0;
const AXIS: usize = 2;

impl Operator for SplitV {
    /// In bytes.
    type Data = SplitParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<SplitParams, Failed> {
        node.require_operands(3..=3, node.output_len())?;
        let axis = common::axis(&node.input(AXIS)?)?;
        parts::split(node, &node.input(INPUT)?, |input, outputs| {
            SplitParams::new(axis, input, outputs)
        })
    }

    const PARTS: Option<fn(&SplitParams) -> Parts> = Some(|params| parts::outputs(params, INPUT));

    fn eval(params: &SplitParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        parts::eval_split(params, INPUT, io)
    }
}
