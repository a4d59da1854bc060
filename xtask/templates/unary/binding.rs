//! {NAME}: {SUMMARY}
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: zero points of `i16` are 0
//! * Conformance: float32, int16, int8

use crate::ops::unary::node::{UnaryBinding, UnaryNode};
use bantam_kernels::unary::op::ScaledParams;
use bantam_kernels::unary::{snake};

pub(crate) type {Camel}<K> = UnaryNode<K, {snake}::{Camel}>;

impl UnaryBinding for {snake}::{Camel} {
    type Data = ScaledParams;
}
