//! Operators that work on the innermost dimension.

pub mod softmax;
