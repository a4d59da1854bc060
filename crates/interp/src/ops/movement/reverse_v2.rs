//! REVERSE_V2: neighbouring dimensions backwards.
//!
//! * Types: `i8`, `u8`, `i16`, `i32`, `i64`, `bool`, `f32`
//! * Limits: axes are next to each other
//! * Conformance: bool, float32, int16, int32, int64, int8, uint8

use super::walk::{OpenWalkBinding, OpenWalkNode, WalkBinding};
use crate::{EvalError, Failed, OutputReader, Prepare};
use bantam_kernels::movement::reverse;
use bantam_kernels::{Le, ParamsError};
use bantam_schema::TensorType;

pub(crate) type ReverseV2<K> = OpenWalkNode<K, reverse::ReverseV2>;

const AXES: usize = 1;

impl WalkBinding for reverse::ReverseV2 {
    const INPUTS: usize = 2;
    const TYPES: &'static [TensorType] = &[
        TensorType::FLOAT32,
        TensorType::INT8,
        TensorType::UINT8,
        TensorType::INT16,
        TensorType::INT32,
        TensorType::INT64,
        TensorType::BOOL,
    ];

    fn options<'a>(node: &Prepare<'a, '_>) -> Result<&'a [Le<4>], Failed> {
        node.input(AXES)?.constant_words()
    }
}

impl OpenWalkBinding for reverse::ReverseV2 {
    fn is_open(node: &Prepare<'_, '_>) -> Result<bool, Failed> {
        let axes = node.input(AXES)?;
        axes.require(TensorType::INT32)?;
        match axes.rank()? {
            1 => Ok(!axes.is_constant()),
            actual => Err(axes.error(ParamsError::Rank { actual })),
        }
    }

    fn computed<'s>(reader: &OutputReader<'s>, _rank: usize) -> Result<&'s [Le<4>], EvalError> {
        reader.input(AXES)
    }
}
