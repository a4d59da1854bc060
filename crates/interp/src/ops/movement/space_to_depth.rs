//! SPACE_TO_DEPTH: blocks of pixels as channels.
//!
//! * Types: `i8`, `f32`
//! * Conformance: float32, int8

use super::walk::{WalkBinding, WalkNode};
use crate::{Failed, Prepare};
use bantam_kernels::movement::depth_space;
use bantam_schema::TensorType;

pub(crate) type SpaceToDepth<K> = WalkNode<K, depth_space::SpaceToDepth>;

impl WalkBinding for depth_space::SpaceToDepth {
    const INPUTS: usize = 1;
    const TYPES: &'static [TensorType] = &[TensorType::FLOAT32, TensorType::INT8];

    fn options<'a>(node: &Prepare<'a, '_>) -> Result<i32, Failed> {
        Ok(node.options(|op| op.space_to_depth_options())?.block_size)
    }
}
