//! Operators with one operand and one result for each of its elements.

pub mod dequantize;
pub mod logistic;
pub mod quantize;
pub mod relu;
pub mod relu6;
mod sigmoid_table;
pub mod tanh;
