//! MEAN: the mean over any axes.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: beyond five dimensions, kept and reduced ones alternate no more often than five can;
//!   at most six dimensions if the axes are not constant
//! * Conformance: float32, int16, int8

use super::node::{ReduceBinding, ReduceNode};
use bantam_kernels::reduce::sum;
use bantam_schema::TensorType;

pub(crate) type Mean<K> = ReduceNode<K, sum::Mean>;

impl ReduceBinding for sum::Mean {
    const TYPES: &'static [TensorType] =
        &[TensorType::FLOAT32, TensorType::INT8, TensorType::INT16];
}
