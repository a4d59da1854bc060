//! QUANTIZE: real numbers or integers to integers of another quantization.
//!
//! * Types: `f32` to `i8` or `i16`; `i8` to `i8`, `u8`, `i16` or `i32`; `u8` to `i8`; `i16` to
//!   `i8`, `i16` or `i32`; `i32` to `i8` or `i16`
//! * Conformance: float32_to_int16, float32_to_int8, int16_to_int16, int16_to_int32, int16_to_int8,
//!   int32_to_int16, int32_to_int8, int8_to_int16, int8_to_int32, int8_to_int8, int8_to_uint8,
//!   uint8_to_int8

use crate::ops::elementwise::{Stored, Unary, converted, quantization, unary};
use crate::ops::types::{Any, Float32, Int8, Int16};
use crate::ops::unary::convert::{Conversion, Conversions};
use crate::{Cause, EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::backend::elementwise::Rescale;
use bantam_kernels::number::element::SaturatingFrom;
use bantam_kernels::unary::op::{LOOKS_UP, Results};
use bantam_kernels::unary::quantize::{QuantizeParams, quantize_f32, requantize, requantize_bytes};
use bantam_kernels::{Le, Load};
use bantam_schema::TensorType as T;
use bytemuck::{AnyBitPattern, Pod, Zeroable};
use core::marker::PhantomData;

pub(crate) struct Quantize<K>(PhantomData<K>);

impl Conversions<Data> for Any {
    const LIST: &[Conversion<Data>] = &[
        (T::FLOAT32, T::INT8, from_f32::<i8>),
        (T::FLOAT32, T::INT16, from_f32::<i16>),
        (T::INT8, T::INT8, bytes),
        (T::INT8, T::UINT8, between::<i8, i8, u8>),
        (T::INT8, T::INT16, between::<i8, i8, i16>),
        (T::INT8, T::INT32, between::<i8, i8, i32>),
        (T::UINT8, T::INT8, between::<u8, u8, i8>),
        (T::INT16, T::INT8, between::<i16, Le<2>, i8>),
        (T::INT16, T::INT16, between::<i16, Le<2>, i16>),
        (T::INT16, T::INT32, between::<i16, Le<2>, i32>),
        (T::INT32, T::INT8, between::<i32, Le<4>, i8>),
        (T::INT32, T::INT16, between::<i32, Le<4>, i16>),
    ];
}

impl Conversions<Data> for Int8 {
    const LIST: &[Conversion<Data>] = &[
        (T::FLOAT32, T::INT8, from_f32::<i8>),
        (T::INT8, T::INT8, bytes),
        (T::INT8, T::UINT8, between::<i8, i8, u8>),
        (T::UINT8, T::INT8, between::<u8, u8, i8>),
    ];
}

impl Conversions<Data> for Int16 {
    const LIST: &[Conversion<Data>] = &[
        (T::FLOAT32, T::INT16, from_f32::<i16>),
        (T::INT16, T::INT16, between::<i16, Le<2>, i16>),
    ];
}

impl Conversions<Data> for Float32 {
    const LIST: &[Conversion<Data>] =
        &[(T::FLOAT32, T::INT8, from_f32::<i8>), (T::FLOAT32, T::INT16, from_f32::<i16>)];
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    /// The type of the input; the node's own is that of the output.
    input_type: u32,
    params: Stored<Rescale>,
}

impl Data {
    fn input(&self) -> T {
        T(self.input_type as i8)
    }
}

impl<K: Conversions<Data>> Operator for Quantize<K> {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        let operands = Unary::new::<Any>(node)?;
        // A scale for each channel is for constants.
        if operands.output.tensor().quantization().is_some_and(|q| q.scale().len() != 1) {
            return Err(operands.output.error(Cause::Quantization));
        }
        let [input_type, output_type] = operands.types::<Any>();
        node.set_element_type(output_type);
        if K::find(input_type, output_type).is_none() {
            let accepted = &[T::FLOAT32, T::INT8, T::UINT8, T::INT16, T::INT32];
            return Err(operands.type_error(accepted));
        }
        let params = if input_type == T::FLOAT32 {
            Stored::new(&node.check(QuantizeParams::new(quantization(&operands.output)?))?)
        } else {
            let [input, output] = operands.quantizations()?;
            Stored::new(&node.check(Rescale::new(input, output))?)
        };
        Ok(Data { input_type: input_type.0 as u32, params })
    }

    fn overlaps(data: &Data, output: T) -> Overlaps {
        converted(data.input(), output)
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let (.., convert) = K::find(data.input(), io.element_type()).ok_or(EvalError::Memory)?;
        convert(data, io)
    }
}

fn from_f32<O: SaturatingFrom + Pod>(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
    let params = data.params.params()?;
    unary(io, &|input: &[Le<4>], output: &mut [O]| Ok(quantize_f32(params, input, output)?))
}

fn bytes(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
    if !LOOKS_UP {
        return between::<i8, i8, i8>(data, io);
    }
    let (params, results) = (data.params.params()?, Results::new());
    unary(io, &|input: &[i8], output: &mut [i8]| {
        Ok(requantize_bytes(params, &results, input, output)?)
    })
}

fn between<T: Into<i32>, I: Load<T> + AnyBitPattern, O: SaturatingFrom + Pod>(
    data: &Data,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let params = data.params.params()?;
    unary(io, &|input: &[I], output: &mut [O]| Ok(requantize::<T, I, O>(params, input, output)?))
}
