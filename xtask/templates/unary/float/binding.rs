//! {NAME}: {SUMMARY}
//!
//! * Types: `f32`
//! * Conformance: float32

use crate::ops::unary::node::FloatNode;
use bantam_kernels::unary::{snake};

pub(crate) type {Camel} = FloatNode<{snake}::{Camel}>;
