//! ARG_MIN: the position of the smallest element along an axis.
//!
//! * Types: `i8`, `f32`, to `i32`
//! * Limits: at most six dimensions if the axis is not constant
//! * Conformance: float32, int8

use super::arg::ArgNode;
use bantam_kernels::reduce::arg;

pub(crate) type ArgMin<K> = ArgNode<K, arg::ArgMin>;
