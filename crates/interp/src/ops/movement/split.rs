//! SPLIT: equal parts of a tensor along an axis.
//!
//! * Types: `i8`, `i16`, `i32`, `f32`
//! * Limits: the axis is constant; the number of parts is that of the outputs; quantizations are
//!   taken to be equal
//! * Conformance: float32, int16, int32, int8

use super::parts;
use crate::ops::common;
use crate::{EvalError, Failed, Io, Operator, Parts, Prepare};
use bantam_kernels::movement::split::SplitParams;

pub(crate) struct Split;

const AXIS: usize = 0;
const INPUT: usize = 1;

impl Operator for Split {
    /// In bytes.
    type Data = SplitParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<SplitParams, Failed> {
        node.require_operands(2..=2, node.output_len())?;
        let first = node.output(0)?;
        for index in 1..node.output_len() {
            node.output(index)?.require_shape_of(&first)?;
        }
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
