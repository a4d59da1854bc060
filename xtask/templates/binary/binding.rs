//! {NAME}: {SUMMARY}
//!
//! * Types: `i8`, `i16`, `i32`, `f32`
//! * Limits: beyond six dimensions, only shapes that broadcast with six nested loops
//! * Conformance: float32, int16, int32, int8

use crate::ops::binary::node::{BinaryBinding, BinaryNode};
use bantam_kernels::binary::{snake};

pub(crate) type {Camel}<K> = BinaryNode<K, {snake}::{Camel}>;

impl BinaryBinding for {snake}::{Camel} {}
