//! AVERAGE_POOL_2D: the mean of each window.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: input and output have the same quantization; a constant input of `f32` or `i16` lies
//!   aligned in memory
//! * Conformance: float32, int16, int8

use super::pool2d::{AnyType, PoolNode};
use bantam_kernels::pool::average_pool_2d;

pub(crate) type AveragePool2d<K> = PoolNode<K, AnyType<average_pool_2d::AveragePool2d>>;
