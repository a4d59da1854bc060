//! Operators with one operand and one result for each of its elements.
//!
//! [`op`] has what such an operator is, and the kernels that run any of them.

pub mod abs;
pub mod cast;
pub mod dequantize;
pub mod elu;
pub mod float_maps;
pub mod hard_swish;
pub mod leaky_relu;
pub mod logical_not;
pub mod logistic;
pub mod op;
pub mod quantize;
pub mod relu;
pub mod relu6;
pub mod rsqrt;
pub(crate) mod sigmoid_table;
pub mod tanh;
