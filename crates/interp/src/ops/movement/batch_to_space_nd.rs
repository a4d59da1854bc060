//! BATCH_TO_SPACE_ND: images, collected from batches of their pixels.
//!
//! * Types: `i8`, `f32`
//! * Limits: three or four dimensions; blocks and crops are constant
//! * Conformance: float32, int8

use super::batch_space::{TYPES, prepare};
use crate::ops::types::Types;
use crate::ops::widths::{self, Copying, Sizes};
use crate::{EvalError, Failed, Io, Operator, Prepare};
use bantam_kernels::LengthMismatch;
use bantam_kernels::movement::batch_space::{BatchSpaceParams, batch_to_space};
use bytemuck::Pod;
use core::marker::PhantomData;

pub(crate) struct BatchToSpaceNd<K>(PhantomData<K>);

impl<K: Types> Operator for BatchToSpaceNd<K> {
    type Data = BatchSpaceParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<BatchSpaceParams, Failed> {
        prepare::<K>(node, |input, output| [output, input])
    }

    fn eval(params: &BatchSpaceParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        widths::run::<K, _>(params, const { Sizes::of(&TYPES) }, io)
    }
}

impl Copying for BatchSpaceParams {
    fn copy<T: Pod>(&self, input: &[T], output: &mut [T]) -> Result<(), LengthMismatch> {
        batch_to_space(self, input, output)
    }
}
