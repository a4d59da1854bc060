//! RELU: negative values become 0.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: zero points of `i16` are 0
//! * Conformance: float32, int16, int8

use crate::ops::unary::node::{UnaryBinding, UnaryNode};
use bantam_kernels::unary::op::ScaledParams;
use bantam_kernels::unary::relu;

pub(crate) type Relu<K> = UnaryNode<K, relu::Relu>;

impl UnaryBinding for relu::Relu {
    type Data = ScaledParams;
}
