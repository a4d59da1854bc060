//! {NAME}: {SUMMARY}
//!
//! * Types: `i8`, `f32`
//! * Conformance: float32, int8

use super::walk::{WalkBinding, WalkNode};
use crate::{Failed, Prepare};
use bantam_kernels::movement::{snake};
use bantam_schema::TensorType;

pub(crate) type {Camel}<K> = WalkNode<K, {snake}::{Camel}>;

impl WalkBinding for {snake}::{Camel} {
    const INPUTS: usize = 1;
    const TYPES: &'static [TensorType] = &[TensorType::FLOAT32, TensorType::INT8];

    fn options<'a>(_node: &Prepare<'a, '_>) -> Result<(), Failed> {
        Ok(())
    }
}
