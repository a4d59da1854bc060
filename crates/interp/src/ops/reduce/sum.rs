//! SUM: the sum over any axes.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: beyond five dimensions, kept and reduced ones alternate no more often than five can;
//!   at most six dimensions if the axes are not constant
//! * Conformance: float32, int16, int8

use super::node::{ReduceBinding, ReduceNode};
use bantam_kernels::reduce::sum;
use bantam_schema::TensorType;

pub(crate) type Sum<K> = ReduceNode<K, sum::Sum>;

impl ReduceBinding for sum::Sum {
    const TYPES: &'static [TensorType] =
        &[TensorType::FLOAT32, TensorType::INT8, TensorType::INT16];
}
