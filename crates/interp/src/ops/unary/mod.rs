//! One operand, one result for each of its elements.

pub(super) mod dequantize;
pub(super) mod logistic;
mod node;
pub(super) mod quantize;
pub(super) mod relu;
pub(super) mod relu6;
pub(super) mod tanh;
