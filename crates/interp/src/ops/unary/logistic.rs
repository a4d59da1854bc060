//! LOGISTIC: `1 / (1 + exp(-x))`.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: the output of `i8` has zero point -128; `i16` has zero points of 0 and an output scale
//!   of 2^-15
//! * Conformance: float32, int16, int8

use crate::ops::unary::node::{UnaryBinding, UnaryNode};
use bantam_kernels::unary::logistic;

pub(crate) type Logistic<K> = UnaryNode<K, logistic::Logistic>;

impl UnaryBinding for logistic::Logistic {
    type Data = logistic::InputScale;
}
