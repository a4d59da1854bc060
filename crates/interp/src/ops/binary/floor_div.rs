//! Division with a quotient that is rounded down.

use crate::ops::binary::plain::{PlainBinding, PlainNode};
use bantam_kernels::Le;
use bantam_kernels::binary::floor_div;
use bantam_schema::TensorType;

/// FLOOR_DIV: the quotient of two tensors, rounded down.
///
/// * Types: `f32`
/// * Limits: fails where a divisor is 0; beyond six dimensions, only shapes that broadcast with six
///   nested loops
/// * Conformance: float32
pub(crate) type FloorDiv = PlainNode<floor_div::FloorDiv>;

impl PlainBinding for floor_div::FloorDiv {
    const TYPE: TensorType = TensorType::FLOAT32;
    type Bytes = Le<4>;
}

/// FLOOR_MOD: the remainder of two tensors, with the sign of the divisor.
///
/// * Types: `f32`
/// * Limits: beyond six dimensions, only shapes that broadcast with six nested loops
/// * Conformance: float32
pub(crate) type FloorMod = PlainNode<floor_div::FloorMod>;

impl PlainBinding for floor_div::FloorMod {
    const TYPE: TensorType = TensorType::FLOAT32;
    type Bytes = Le<4>;
}
