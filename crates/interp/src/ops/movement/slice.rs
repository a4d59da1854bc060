//! SLICE: a range of each dimension.
//!
//! * Types: `i8`, `i16`, `i32`, `bool`, `f32`
//! * Limits: at most five dimensions; begin and size are constant and within the input
//! * Conformance: bool, float32, int16, int32, int8

use super::walk::{WalkBinding, WalkNode};
use crate::ops::common::integers;
use crate::{Failed, Prepare};
use bantam_kernels::movement::slice::{self, SliceBounds};
use bantam_schema::TensorType;

pub(crate) type Slice<K> = WalkNode<K, slice::Slice>;

impl WalkBinding for slice::Slice {
    const INPUTS: usize = 3;
    const TYPES: &'static [TensorType] = &[
        TensorType::FLOAT32,
        TensorType::INT8,
        TensorType::INT16,
        TensorType::INT32,
        TensorType::BOOL,
    ];

    fn options<'a>(node: &Prepare<'a, '_>) -> Result<SliceBounds, Failed> {
        const TYPES: [TensorType; 2] = [TensorType::INT32, TensorType::INT64];
        let rank = node.input(0)?.rank()?;
        let list = |index| integers(&node.input(index)?, &TYPES, rank);
        Ok(SliceBounds { begin: list(1)?, size: list(2)? })
    }
}
