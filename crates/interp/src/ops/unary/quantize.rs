//! QUANTIZE: real numbers or integers to integers of another quantization.
//!
//! * Types: `f32` to `i8` or `i16`; `i8` to `i8`, `u8`, `i16` or `i32`; `u8` to `i8`; `i16` to
//!   `i8`, `i16` or `i32`; `i32` to `i8` or `i16`
//! * Conformance: float32_to_int16, float32_to_int8, int16_to_int16, int16_to_int32, int16_to_int8,
//!   int32_to_int16, int32_to_int8, int8_to_int16, int8_to_int32, int8_to_int8, int8_to_uint8,
//!   uint8_to_int8

use crate::ops::common::in_place;
use crate::ops::elementwise::{Stored, Unary, quantization, unary};
use crate::ops::types::Any;
use crate::{Cause, EvalError, Io, Operator, Overlaps, Prepare, Refused};
use bantam_kernels::number::element::SaturatingFrom;
use bantam_kernels::unary::quantize::{QuantizeParams, RequantizeParams, quantize_f32, requantize};
use bantam_kernels::{Le, Load};
use bantam_schema::TensorType as T;
use bytemuck::{AnyBitPattern, Pod};

pub(crate) struct Quantize;

type Data = Stored<RequantizeParams>;

impl Operator for Quantize {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Refused> {
        let operands = Unary::new::<Any>(node)?;
        let types = operands.types::<Any>();
        // A scale for each channel is for constants.
        if operands.output.tensor().quantization().is_some_and(|q| q.scale().len() != 1) {
            return Err(operands.output.error(Cause::Quantization));
        }
        match types {
            [T::FLOAT32, T::INT8 | T::INT16] => {
                let params = QuantizeParams::new(quantization(&operands.output)?);
                Ok(Stored::new(types, &node.check(params)?))
            }
            [T::INT8, T::INT8 | T::UINT8 | T::INT16 | T::INT32]
            | [T::UINT8, T::INT8]
            | [T::INT16, T::INT8 | T::INT16 | T::INT32]
            | [T::INT32, T::INT8 | T::INT16] => {
                let [input, output] = operands.quantizations()?;
                Ok(Stored::new(types, &node.check(RequantizeParams::new(input, output))?))
            }
            _ => Err(operands.type_error(&[T::FLOAT32, T::INT8, T::UINT8, T::INT16, T::INT32])),
        }
    }

    fn overlaps(data: &Data) -> Overlaps {
        let [input, output] = data.types::<Any>().map(T::bits);
        [if input == output { in_place(0) } else { None }, None]
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let [input, output] = data.types::<Any>();
        match output {
            T::INT8 => eval_to::<i8>(data, input, io),
            T::UINT8 => eval_to::<u8>(data, input, io),
            T::INT16 => eval_to::<i16>(data, input, io),
            _ => eval_to::<i32>(data, input, io),
        }
    }
}

fn eval_to<O: SaturatingFrom + Pod>(
    data: &Data,
    input: T,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    match input {
        T::FLOAT32 => {
            let params = data.params()?;
            unary(io, &|input: &[Le<4>], output: &mut [O]| Ok(quantize_f32(params, input, output)?))
        }
        T::INT8 => eval_between::<i8, i8, O>(data, io),
        T::UINT8 => eval_between::<u8, u8, O>(data, io),
        T::INT16 => eval_between::<i16, Le<2>, O>(data, io),
        _ => eval_between::<i32, Le<4>, O>(data, io),
    }
}

fn eval_between<T: Into<i32>, I: Load<T> + AnyBitPattern, O: SaturatingFrom + Pod>(
    data: &Data,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let params = data.params()?;
    unary(io, &|input: &[I], output: &mut [O]| Ok(requantize::<T, I, O>(params, input, output)?))
}
