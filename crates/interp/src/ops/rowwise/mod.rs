//! The innermost dimension as a whole.

pub(super) mod softmax;
