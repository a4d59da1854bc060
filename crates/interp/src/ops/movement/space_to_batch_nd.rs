//! SPACE_TO_BATCH_ND: the pixels of images, dealt out to batches.
//!
//! * Types: `i8`, `f32`
//! * Limits: three or four dimensions; blocks and paddings are constant; a border of `i8` is the
//!   output's zero point (TFLM leaves it unset)
//! * Conformance: float32, int8

use super::batch_space::{TYPES, prepare};
use crate::ops::common::quantization_or_default;
use crate::ops::types::Types;
use crate::ops::widths::{self, Movement, Sizes};
use crate::{Activations, EvalError, Failed, Io, Operator, OutputReader, Prepare};
use bantam_kernels::ParamsError;
use bantam_kernels::movement::batch_space::{BatchSpaceParams, space_to_batch};
use bantam_schema::TensorType;
use bytemuck::{Pod, Zeroable};
use core::marker::PhantomData;

pub(crate) struct SpaceToBatchNd<K>(PhantomData<K>);

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    params: BatchSpaceParams,
    /// What a border is made of, little-endian: the low bytes are that of a narrower type.
    zero: [u8; 4],
}

impl<K: Types> Operator for SpaceToBatchNd<K> {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        let params = prepare::<K>(node, |input, output| [input, output])?;
        let output = node.output(0)?;
        let mut value = 0;
        if output.tensor_type() == TensorType::INT8 {
            value = quantization_or_default(&output)?.zero_point;
            if i8::try_from(value).is_err() {
                return Err(output.error(ParamsError::ZeroPoint { value }));
            }
        }
        Ok(Data { params, zero: value.to_le_bytes() })
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        widths::run::<K, _>(data, const { Sizes::of(&TYPES) }, io)
    }
}

impl Movement for Data {
    fn run<T: Pod>(
        &self,
        _reader: &OutputReader<'_>,
        activations: Activations<'_, T>,
    ) -> Result<(), EvalError> {
        let value = self.zero.get(..size_of::<T>()).ok_or(EvalError::Type)?;
        let value = bytemuck::try_pod_read_unaligned(value).map_err(|_| EvalError::Type)?;
        let (input, output) = activations.apart()?;
        Ok(space_to_batch(&self.params, value, input, output)?)
    }
}
