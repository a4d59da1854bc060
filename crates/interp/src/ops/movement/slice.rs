//! SLICE: a range of each dimension.
//!
//! * Types: `i8`, `i16`, `i32`, `bool`, `f32`
//! * Limits: at most five dimensions; begin and size are within the input
//! * Conformance: bool, float32, int16, int32, int8

use super::walk::{OpenWalkBinding, OpenWalkNode, WalkBinding};
use crate::ops::common::integers;
use crate::{Cause, EvalError, Failed, OutputReader, Prepare};
use bantam_kernels::movement::slice::{self, SliceBounds};
use bantam_kernels::movement::walk::MAX_WALK_RANK;
use bantam_kernels::{Le, Load};
use bantam_schema::TensorType;

pub(crate) type Slice<K> = OpenWalkNode<K, slice::Slice>;

const BEGIN: usize = 1;
const SIZE: usize = 2;

/// The types of begin and size.
const LISTS: [TensorType; 2] = [TensorType::INT32, TensorType::INT64];

impl WalkBinding for slice::Slice {
    const INPUTS: usize = 3;
    const TYPES: &'static [TensorType] = &[
        TensorType::FLOAT32,
        TensorType::INT8,
        TensorType::INT16,
        TensorType::INT32,
        TensorType::BOOL,
    ];
    const HAS_PARTS: bool = true;

    fn options<'a>(node: &Prepare<'a, '_>) -> Result<SliceBounds, Failed> {
        let rank = node.input(0)?.rank()?;
        let list = |index| integers(&node.input(index)?, &LISTS, rank);
        Ok(SliceBounds { begin: list(BEGIN)?, size: list(SIZE)? })
    }
}

impl OpenWalkBinding for slice::Slice {
    fn is_open(node: &Prepare<'_, '_>) -> Result<bool, Failed> {
        let rank = node.input(0)?.rank()?;
        let mut is_open = false;
        for index in [BEGIN, SIZE] {
            let list = node.input(index)?;
            list.require_type(&LISTS)?;
            if list.element_len()? != rank {
                return Err(list.error(Cause::Shape));
            }
            is_open |= !list.is_constant();
        }
        Ok(is_open)
    }

    fn computed<'s>(reader: &OutputReader<'s>, rank: usize) -> Result<SliceBounds, EvalError> {
        let list = |index| computed(reader, index, rank);
        Ok(SliceBounds { begin: list(BEGIN)?, size: list(SIZE)? })
    }
}

/// The elements of input `index`, of which there are `len`, of 32 bits or of 64.
fn computed(
    reader: &OutputReader<'_>,
    index: usize,
    len: usize,
) -> Result<[i32; MAX_WALK_RANK], EvalError> {
    let mut integers = [0; MAX_WALK_RANK];
    let words = reader.input::<Le<4>>(index)?;
    if words.len() == len {
        integers.iter_mut().zip(words).for_each(|(slot, word)| *slot = word.load());
    } else {
        for (slot, long) in integers.iter_mut().zip(reader.input::<Le<8>>(index)?) {
            let long: i64 = long.load();
            *slot = i32::try_from(long).map_err(|_| EvalError::Value)?;
        }
    }
    Ok(integers)
}
