//! SQUARED_DIFFERENCE: the square of the difference of two tensors.
//!
//! * Types: `i8`, `i16`, `i32`, `f32`
//! * Limits: beyond six dimensions, only shapes that broadcast with six nested loops; zero points
//!   of `i16` are 0
//! * Conformance: float32, int16, int32, int8

use crate::ops::binary::node::{BinaryBinding, BinaryNode};
use bantam_kernels::binary::squared_difference;

pub(crate) type SquaredDifference<K> = BinaryNode<K, squared_difference::SquaredDifference>;

impl BinaryBinding for squared_difference::SquaredDifference {}
