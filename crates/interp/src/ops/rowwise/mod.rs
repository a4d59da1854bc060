//! The innermost dimension as a whole.

pub(super) mod l2_normalization;
pub(super) mod log_softmax;
mod row;
pub(super) mod softmax;
