//! {NAME}: {SUMMARY}
//!
//! * Types: `i8`, `f32`
//! * Limits: as MEAN; input and output have the same quantization
//! * Conformance: float32, int8

use super::node::{ReduceBinding, ReduceNode};
use bantam_kernels::reduce::{snake};
use bantam_schema::TensorType;

pub(crate) type {Camel}<K> = ReduceNode<K, {snake}::{Camel}>;

impl ReduceBinding for {snake}::{Camel} {
    const TYPES: &'static [TensorType] = &[TensorType::FLOAT32, TensorType::INT8];
}
