//! {NAME}: {SUMMARY}
//!
//! * Types: `i8`, `i32`, `i64`, `f32` to `bool`
//! * Limits: scales of `i8` are below 1; beyond six dimensions, only shapes that broadcast with six
//!   nested loops
//! * Conformance: float32, int32, int64, int8

use crate::ops::compare::node::{CompareBinding, CompareNode};
use bantam_kernels::compare::{snake};

pub(crate) type {Camel}<K> = CompareNode<K, {snake}::{Camel}>;

impl CompareBinding for {snake}::{Camel} {}
