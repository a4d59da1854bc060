//! ABS: the magnitude.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: zero points of `i16` are 0, or it is not quantized
//! * Conformance: float32, int16, int8

use crate::ops::unary::node::{UnaryBinding, UnaryNode};
use bantam_kernels::unary::abs;

pub(crate) type Abs<K> = UnaryNode<K, abs::Abs>;

impl UnaryBinding for abs::Abs {
    type Data = abs::AbsParams;
}
