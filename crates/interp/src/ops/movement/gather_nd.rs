//! GATHER_ND: the pieces that tuples of indices name.
//!
//! * Types: `i8`, `f32`
//! * Limits: indices of `i32`, at most five in a tuple; one that is out of range is an error of the
//!   inference
//! * Conformance: float32, int8

use super::lookup::{IndexBinding, IndexNode};
use crate::{Failed, Prepare};
use bantam_kernels::movement::gather_nd;
use bantam_schema::TensorType;

pub(crate) type GatherNd<K> = IndexNode<K, gather_nd::GatherNd>;

impl IndexBinding for gather_nd::GatherNd {
    const TYPES: &'static [TensorType] = &[TensorType::FLOAT32, TensorType::INT8];

    fn options(_node: &Prepare<'_, '_>) -> Result<(), Failed> {
        Ok(())
    }
}
