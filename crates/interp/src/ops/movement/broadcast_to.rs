//! BROADCAST_TO: a tensor repeated along dimensions of which it has one element or none.
//!
//! * Types: any of 1, 2, 4 or 8 bytes
//! * Limits: at most five dimensions; the shape is constant
//! * Conformance: bool, float16, float32, int16, int32, int64, int8, uint32, uint8

use super::walk::{WalkBinding, WalkNode};
use crate::ops::common::integers;
use crate::{Cause, Failed, Prepare};
use bantam_kernels::movement::broadcast_to;
use bantam_kernels::movement::walk::MAX_WALK_RANK;
use bantam_schema::TensorType;

pub(crate) type BroadcastTo<K> = WalkNode<K, broadcast_to::BroadcastTo>;

impl WalkBinding for broadcast_to::BroadcastTo {
    const INPUTS: usize = 2;
    const TYPES: &'static [TensorType] = &[
        TensorType::FLOAT32,
        TensorType::INT8,
        TensorType::UINT8,
        TensorType::INT16,
        TensorType::UINT16,
        TensorType::INT32,
        TensorType::UINT32,
        TensorType::INT64,
        TensorType::UINT64,
        TensorType::BOOL,
        TensorType::FLOAT16,
        TensorType::BFLOAT16,
        TensorType::FLOAT64,
        TensorType::COMPLEX64,
    ];

    fn options<'a>(node: &Prepare<'a, '_>) -> Result<(), Failed> {
        const TYPES: [TensorType; 2] = [TensorType::INT32, TensorType::INT64];
        let (shape, output) = (node.input(1)?, node.output(0)?.shape()?);
        let dims = integers::<MAX_WALK_RANK>(&shape, &TYPES, output.rank())?;
        if dims.iter().zip(output.dims()).all(|(&dim, &actual)| dim as u32 == actual) {
            Ok(())
        } else {
            Err(shape.error(Cause::Shape))
        }
    }
}
