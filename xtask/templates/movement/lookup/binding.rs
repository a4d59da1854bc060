//! {NAME}: {SUMMARY}
//!
//! * Types: `i8`, `f32`
//! * Limits: indices of `i32`; one that is out of range is an error of the inference
//! * Conformance: float32, int8

use super::lookup::{IndexBinding, IndexNode};
use crate::{Failed, Prepare};
use bantam_kernels::movement::{snake};
use bantam_schema::TensorType;

pub(crate) type {Camel}<K> = IndexNode<K, {snake}::{Camel}>;

impl IndexBinding for {snake}::{Camel} {
    const TYPES: &'static [TensorType] = &[TensorType::FLOAT32, TensorType::INT8];

    fn options(_node: &Prepare<'_, '_>) -> Result<(), Failed> {
        Ok(())
    }
}
