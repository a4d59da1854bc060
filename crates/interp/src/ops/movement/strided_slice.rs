//! STRIDED_SLICE: every n-th element of a range of each dimension.
//!
//! * Types: `i8`, `i16`, `i32`, `bool`, `f32`
//! * Limits: at most four dimensions; begin, end and strides are constant; the ellipsis mask, the
//!   mask of new axes and `offset` are not read
//! * Conformance: bool, float32, int16, int32, int8

use super::walk::{WalkBinding, WalkNode};
use crate::{Failed, Prepare};
use bantam_kernels::Le;
use bantam_kernels::movement::strided_slice::{self, SliceRanges};
use bantam_schema::TensorType;

pub(crate) type StridedSlice<K> = WalkNode<K, strided_slice::StridedSlice>;

impl WalkBinding for strided_slice::StridedSlice {
    const INPUTS: usize = 4;
    const TYPES: &'static [TensorType] = &[
        TensorType::FLOAT32,
        TensorType::INT8,
        TensorType::INT16,
        TensorType::INT32,
        TensorType::BOOL,
    ];
    const HAS_PARTS: bool = true;

    /// As in TFLM, the ellipsis mask, the mask of new axes and `offset` are not read.
    fn options<'a>(node: &Prepare<'a, '_>) -> Result<SliceRanges<'a, Le<4>>, Failed> {
        let options = node.operator().strided_slice_options().unwrap_or_default();
        Ok(SliceRanges {
            begin: node.input(1)?.constant_words()?,
            end: node.input(2)?.constant_words()?,
            strides: node.input(3)?.constant_words()?,
            begin_mask: options.begin_mask,
            end_mask: options.end_mask,
            shrink_axis_mask: options.shrink_axis_mask,
        })
    }
}
