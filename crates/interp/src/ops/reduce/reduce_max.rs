//! REDUCE_MAX: the largest element over any axes.
//!
//! * Types: `i8`, `f32`
//! * Limits: as MEAN; input and output have the same quantization
//! * Conformance: float32, int8

use super::node::{ReduceBinding, ReduceNode};
use bantam_kernels::reduce::extreme;
use bantam_schema::TensorType;

pub(crate) type ReduceMax<K> = ReduceNode<K, extreme::ReduceMax>;

impl ReduceBinding for extreme::ReduceMax {
    const TYPES: &'static [TensorType] = &[TensorType::FLOAT32, TensorType::INT8];
}
