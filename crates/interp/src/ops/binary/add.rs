//! ADD: the sum of two tensors.
//!
//! * Types: `i8`, `i16`, `i32`, `f32`
//! * Activations: RELU, RELU_N1_TO_1, RELU6; not read for `i32`
//! * Limits: beyond six dimensions, only shapes that broadcast with six nested loops
//! * Conformance: float32, int16, int32, int8

use crate::Failed;
use crate::ops::binary::node::{BinaryBinding, BinaryNode};
use crate::ops::elementwise::{Binary, require_unquantized};
use bantam_kernels::binary::sum;
use bantam_schema::{ActivationFunction, Operator};

pub(crate) type Add<K> = BinaryNode<K, sum::Add>;

impl BinaryBinding for sum::Add {
    fn activation(node: &Operator<'_>) -> ActivationFunction {
        node.add_options().unwrap_or_default().fused_activation_function
    }

    fn check_i32(operands: &Binary<'_>) -> Result<(), Failed> {
        operands.inputs.iter().try_for_each(require_unquantized)
    }
}
