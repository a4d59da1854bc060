//! DIV: the quotient of two tensors.
//!
//! * Types: `i8`, `i32`, `f32`
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: integers fail where a divisor is 0; beyond six dimensions, only shapes that broadcast
//!   with six nested loops
//! * Conformance: float32, int32, int8

use crate::Failed;
use crate::ops::binary::node::{BinaryBinding, BinaryNode};
use crate::ops::elementwise::{Binary, require_unquantized};
use bantam_kernels::binary::div;
use bantam_schema::{ActivationFunction, Operator, TensorType as T};

pub(crate) type Div<K> = BinaryNode<K, div::Div>;

impl BinaryBinding for div::Div {
    const TYPES: &[T] = &[T::INT8, T::INT32, T::FLOAT32];

    fn activation(node: &Operator<'_>) -> ActivationFunction {
        node.div_options().unwrap_or_default().fused_activation_function
    }

    fn check_i32(operands: &Binary<'_>) -> Result<(), Failed> {
        operands.inputs.iter().try_for_each(require_unquantized)
    }
}
