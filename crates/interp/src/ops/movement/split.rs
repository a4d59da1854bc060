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
use core::marker::PhantomData;

/// In what SPLIT and SPLIT_V differ.
pub(crate) trait SplitBinding: 'static {
    /// Inputs of a node, and the positions of the axis and of what is split.
    const INPUTS: usize;
    const AXIS: usize;
    const INPUT: usize;
    /// Whether all parts have one shape.
    const EQUAL: bool;
}

/// A node of `B`.
pub(crate) struct SplitNode<B>(PhantomData<B>);

impl<B: SplitBinding> Operator for SplitNode<B> {
    /// In bytes.
    type Data = SplitParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<SplitParams, Failed> {
        node.require_operands(B::INPUTS..=B::INPUTS, node.output_len())?;
        if B::EQUAL {
            let first = node.output(0)?;
            for index in 1..node.output_len() {
                node.output(index)?.require_shape_of(&first)?;
            }
        }
        let axis = common::axis(&node.input(B::AXIS)?)?;
        parts::split(node, &node.input(B::INPUT)?, |input, outputs| {
            SplitParams::new(axis, input, outputs)
        })
    }

    const PARTS: Option<fn(&SplitParams) -> Parts> =
        Some(|params| parts::outputs(params, B::INPUT));

    fn eval(params: &SplitParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        parts::eval_split(params, B::INPUT, io)
    }
}

pub(crate) type Split = SplitNode<EqualParts>;

pub(crate) enum EqualParts {}

impl SplitBinding for EqualParts {
    const INPUTS: usize = 2;
    const AXIS: usize = 0;
    const INPUT: usize = 1;
    const EQUAL: bool = true;
}
