//! RELU6: values are clamped to 0..=6.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: the output's quantization is taken to be the input's
//! * Conformance: float32, int16, int8

use crate::ops::unary::node::{UnaryBinding, UnaryNode};
use bantam_kernels::unary::relu6;

pub(crate) type Relu6<K> = UnaryNode<K, relu6::Relu6>;

impl UnaryBinding for relu6::Relu6 {
    type Data = relu6::Relu6Params;
}
