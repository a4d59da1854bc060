//! TRANSPOSE: the same elements with the dimensions in another order.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: at most five dimensions; the permutation is constant
//! * Conformance: float32, int16, int8

use super::walk::{WalkBinding, WalkNode};
use crate::{Failed, Prepare};
use bantam_kernels::movement::transpose;
use bantam_kernels::{Le, ParamsError};
use bantam_schema::TensorType;

pub(crate) type Transpose<K> = WalkNode<K, transpose::Transpose>;

impl WalkBinding for transpose::Transpose {
    const INPUTS: usize = 2;
    const TYPES: &'static [TensorType] =
        &[TensorType::FLOAT32, TensorType::INT8, TensorType::INT16];
    const HAS_PARTS: bool = true;

    fn options<'a>(node: &Prepare<'a, '_>) -> Result<&'a [Le<4>], Failed> {
        let permutation = node.input(1)?;
        match permutation.rank()? {
            1 => permutation.constant_words(),
            actual => Err(permutation.error(ParamsError::Rank { actual })),
        }
    }
}
