//! UNPACK: the slices of a tensor along an axis, which they lack.
//!
//! * Types: `i8`, `i16`, `i32`, `f32`
//! * Limits: the number of slices is that of the outputs; quantizations are taken to be equal
//! * Conformance: float32, int16, int32, int8

use super::parts;
use crate::{EvalError, Failed, Io, Operator, Parts, Prepare};
use bantam_kernels::movement::split::SplitParams;

pub(crate) struct Unpack;

const INPUT: usize = 0;

impl Operator for Unpack {
    /// In bytes.
    type Data = SplitParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<SplitParams, Failed> {
        node.require_operands(1..=1, node.output_len())?;
        let axis = node.options(|op| op.unpack_options())?.axis;
        parts::split(node, &node.input(INPUT)?, |input, outputs| {
            SplitParams::stacked(axis, input, outputs)
        })
    }

    const PARTS: Option<fn(&SplitParams) -> Parts> = Some(|params| parts::outputs(params, INPUT));

    fn eval(params: &SplitParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        parts::eval_split(params, INPUT, io)
    }
}
