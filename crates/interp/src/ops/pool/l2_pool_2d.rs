//! L2_POOL_2D: the root of the mean of squares of each window.
//!
//! * Types: `f32`
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: a constant input lies aligned in memory
//! * Conformance: float32

use super::pool2d::{FloatOnly, PoolNode};
use crate::ops::types::Float32;
use bantam_kernels::pool::l2_pool_2d;

pub(crate) type L2Pool2d = PoolNode<Float32, FloatOnly<l2_pool_2d::L2Pool2d>>;
