//! TANH: the hyperbolic tangent.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: the output of `i8` is taken to have scale 1/128 and zero point 0; `i16` has zero
//!   points of 0 and an output scale of 2^-15
//! * Conformance: float32, int16, int8

use crate::ops::unary::node::{UnaryBinding, UnaryNode};
use bantam_kernels::unary::logistic::InputScale;
use bantam_kernels::unary::tanh;

pub(crate) type Tanh<K> = UnaryNode<K, tanh::Tanh>;

impl UnaryBinding for tanh::Tanh {
    type Data = InputScale;
}
