//! MUL: the product of two tensors.
//!
//! * Types: `i8`, `i16`, `i32`, `f32`
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: beyond six dimensions, only shapes that broadcast with six nested loops; zero points
//!   of `i16` are 0
//! * Conformance: float32, int16, int32, int8

use crate::ops::binary::node::{BinaryBinding, BinaryNode};
use bantam_kernels::binary::mul;
use bantam_schema::{ActivationFunction, Operator};

pub(crate) type Mul<K> = BinaryNode<K, mul::Mul>;

impl BinaryBinding for mul::Mul {
    fn activation(node: &Operator<'_>) -> ActivationFunction {
        node.mul_options().unwrap_or_default().fused_activation_function
    }
}
