//! SPLIT_V: parts of a tensor along an axis, of a size each.
//!
//! * Types: `i8`, `i16`, `i32`, `f32`
//! * Limits: the axis is constant; sizes are those of the outputs; quantizations are taken to be
//!   equal
//! * Conformance: float32, int16, int32, int8

use super::split::{SplitBinding, SplitNode};

pub(crate) type SplitV = SplitNode<SizedParts>;

pub(crate) enum SizedParts {}

impl SplitBinding for SizedParts {
    const INPUTS: usize = 3;
    const AXIS: usize = 2;
    const INPUT: usize = 0;
    const EQUAL: bool = false;
}
