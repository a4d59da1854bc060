//! GATHER: the slices of a dimension that indices name.
//!
//! * Types: `i8`, `f32`
//! * Limits: indices of `i32`; one that is out of range is an error of the inference
//! * Conformance: float32, int8

use super::lookup::{IndexBinding, IndexNode};
use crate::{Failed, Prepare};
use bantam_kernels::movement::gather::{self, GatherOptions};
use bantam_schema::TensorType;

pub(crate) type Gather<K> = IndexNode<K, gather::Gather>;

impl IndexBinding for gather::Gather {
    const TYPES: &'static [TensorType] = &[TensorType::FLOAT32, TensorType::INT8];

    fn options(node: &Prepare<'_, '_>) -> Result<GatherOptions, Failed> {
        let options = node.operator().gather_options().unwrap_or_default();
        Ok(GatherOptions { axis: options.axis, batch_dims: options.batch_dims })
    }
}
