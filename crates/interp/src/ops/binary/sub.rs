//! SUB: the difference of two tensors.
//!
//! * Types: `i8`, `i16`, `i32`, `f32`
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: beyond six dimensions, only shapes that broadcast with six nested loops
//! * Conformance: float32, int16, int32, int8

use crate::Failed;
use crate::ops::binary::node::{BinaryBinding, BinaryNode};
use crate::ops::elementwise::{Binary, require_unquantized};
use bantam_kernels::binary::sum;
use bantam_schema::{ActivationFunction, Operator};

pub(crate) type Sub<K> = BinaryNode<K, sum::Sub>;

impl BinaryBinding for sum::Sub {
    fn activation(node: &Operator<'_>) -> ActivationFunction {
        node.sub_options().unwrap_or_default().fused_activation_function
    }

    fn check_i32(operands: &Binary<'_>) -> Result<(), Failed> {
        operands.inputs.iter().chain([&operands.output]).try_for_each(require_unquantized)
    }
}
