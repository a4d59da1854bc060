//! PAD: a tensor within a border of zeros, or of a value given as a third operand, as PADV2 has it.
//!
//! * Types: `i8`, `i16`, `i32`, `f32`
//! * Limits: at most five dimensions; paddings are constant
//! * Conformance: float32, int16, int32, int8

use crate::ops::common::row_overlap;
use crate::ops::types::Types;
use crate::ops::widths::{self, Movement, Sizes};
use crate::{Activations, Cause, EvalError, Failed, Io, Operator, OutputReader, Overlaps, Prepare};
use bantam_kernels::ParamsError;
use bantam_kernels::movement::pad::{PadParams, pad};
use bantam_schema::TensorType;
use bytemuck::{Pod, Zeroable};
use core::marker::PhantomData;

pub(crate) struct Pad<K>(PhantomData<K>);

const INPUT: usize = 0;
const PADDINGS: usize = 1;
const VALUE: usize = 2;
const OUTPUT: usize = 0;

const TYPES: [TensorType; 4] =
    [TensorType::FLOAT32, TensorType::INT8, TensorType::INT16, TensorType::INT32];

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    params: PadParams,
    /// What stands for zero where no value is given, little-endian: the low bytes are that of a
    /// narrower type.
    zero: [u8; 4],
}

impl<K: Types> Operator for Pad<K> {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        node.require_operands(2..=3, 1)?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        let kind = K::of(&input)?;
        input.require_type(&TYPES)?;
        output.require(kind)?;
        let (scale, mut zero) = output.affine_or_default()?;
        if let Some(value) = node.optional_input(VALUE)? {
            value.require(kind)?;
            if value.element_len()? != 1 {
                return Err(value.error(Cause::Shape));
            }
            let same = value.affine_or_default()? == (scale, zero);
            if kind == TensorType::INT8 && !same {
                return Err(value.error(ParamsError::Quantization));
            }
        } else if kind != TensorType::INT8 {
            zero = 0;
        } else if i8::try_from(zero).is_err() {
            return Err(output.error(ParamsError::ZeroPoint { value: zero }));
        }
        let paddings = node.input(PADDINGS)?;
        if paddings.tensor_type() == TensorType::INT64 {
            // TFLM reads their halves as paddings.
            return Err(paddings.error(Cause::TensorType(TensorType::INT64)));
        }
        let paddings = paddings.constant_words()?;
        let params = node.check(PadParams::new(&input.shape()?, paddings, &output.shape()?))?;
        Ok(Data { params, zero: zero.to_le_bytes() })
    }

    fn overlaps(data: &Data, _: TensorType) -> Overlaps {
        row_overlap(INPUT, &data.params)
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        widths::run::<K, _>(data, const { Sizes::of(&TYPES) }, io)
    }
}

impl Movement for Data {
    fn run<T: Pod>(
        &self,
        reader: &OutputReader<'_>,
        activations: Activations<'_, T>,
    ) -> Result<(), EvalError> {
        let value = reader.optional::<u8>(VALUE)?.unwrap_or(&self.zero);
        let value = value.get(..size_of::<T>()).ok_or(EvalError::Type)?;
        let value = bytemuck::try_pod_read_unaligned(value).map_err(|_| EvalError::Type)?;
        Ok(pad(&self.params, value, activations)?)
    }
}
