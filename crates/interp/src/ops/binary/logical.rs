//! The operators on truth values with two operands.

use crate::ops::binary::plain::{PlainBinding, PlainNode};
use bantam_kernels::binary::logical;
use bantam_schema::TensorType;

/// LOGICAL_AND: whether both are true.
///
/// * Types: `bool`
/// * Limits: beyond six dimensions, only shapes that broadcast with six nested loops
/// * Conformance: bool
pub(crate) type LogicalAnd = PlainNode<logical::LogicalAnd>;

impl PlainBinding for logical::LogicalAnd {
    const TYPE: TensorType = TensorType::BOOL;
    type Bytes = u8;
}

/// LOGICAL_OR: whether either is true.
///
/// * Types: `bool`
/// * Limits: beyond six dimensions, only shapes that broadcast with six nested loops
/// * Conformance: bool
pub(crate) type LogicalOr = PlainNode<logical::LogicalOr>;

impl PlainBinding for logical::LogicalOr {
    const TYPE: TensorType = TensorType::BOOL;
    type Bytes = u8;
}
