//! MAX_POOL_2D: the largest element of each window.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: input and output have the same quantization; a constant input of `f32` or `i16` lies
//!   aligned in memory
//! * Conformance: float32, int16, int8

use super::pool2d::{AnyType, PoolNode};
use bantam_kernels::pool::max_pool_2d;

pub(crate) type MaxPool2d<K> = PoolNode<K, AnyType<max_pool_2d::MaxPool2d>>;
