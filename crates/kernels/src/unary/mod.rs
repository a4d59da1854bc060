//! Operators with one operand and one result for each of its elements.
//!
//! [`op`] has what such an operator is, and the kernels that run any of them.

pub mod dequantize;
pub mod logistic;
pub mod op;
pub mod quantize;
pub mod relu;
pub mod relu6;
mod sigmoid_table;
pub mod tanh;
