//! RSQRT: the reciprocal of the square root.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: integers fail below the zero point; zero points of `i16` are 0
//! * Conformance: float32, int16, int8

use crate::ops::unary::node::{UnaryBinding, UnaryNode};
use bantam_kernels::unary::op::ScaledParams;
use bantam_kernels::unary::rsqrt;

pub(crate) type Rsqrt<K> = UnaryNode<K, rsqrt::Rsqrt>;

impl UnaryBinding for rsqrt::Rsqrt {
    type Data = ScaledParams;
}
