//! DEPTH_TO_SPACE: channels as blocks of pixels.
//!
//! * Types: `i8`, `f32`
//! * Conformance: float32, int8

use super::walk::{WalkBinding, WalkNode};
use crate::{Failed, Prepare};
use bantam_kernels::movement::depth_space;
use bantam_schema::TensorType;

pub(crate) type DepthToSpace<K> = WalkNode<K, depth_space::DepthToSpace>;

impl WalkBinding for depth_space::DepthToSpace {
    const INPUTS: usize = 1;
    const TYPES: &'static [TensorType] = &[TensorType::FLOAT32, TensorType::INT8];

    fn options<'a>(node: &Prepare<'a, '_>) -> Result<i32, Failed> {
        Ok(node.options(|op| op.depth_to_space_options())?.block_size)
    }
}
