//! {NAME}: {SUMMARY}
//!
//! * Types: `f32`
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: the input is not a constant
//! * Conformance: float32

use super::pool2d::{FloatOnly, PoolNode};
use crate::ops::types::Float32;
use bantam_kernels::pool::{snake};

pub(crate) type {Camel} = PoolNode<Float32, FloatOnly<{snake}::{Camel}>>;
