//! One operand, one result for each of its elements.

pub(super) mod abs;
pub(super) mod cast;
mod convert;
pub(super) mod dequantize;
pub(super) mod elu;
pub(super) mod float_maps;
pub(super) mod hard_swish;
pub(super) mod leaky_relu;
pub(super) mod logical_not;
pub(super) mod logistic;
mod node;
pub(super) mod quantize;
pub(super) mod relu;
pub(super) mod relu6;
pub(super) mod rsqrt;
pub(super) mod tanh;
