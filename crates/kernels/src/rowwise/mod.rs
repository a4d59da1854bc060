//! Operators that work on the innermost dimension.

pub mod l2_normalization;
pub mod log_softmax;
pub mod row;
pub mod softmax;
