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
use crate::{Cause, EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::backend::elementwise::Rescale;
use bantam_kernels::number::element::SaturatingFrom;
use bantam_kernels::unary::quantize::{QuantizeParams, quantize_f32, requantize};
use bantam_kernels::{Le, Load};
use bantam_schema::TensorType as T;
use bytemuck::{AnyBitPattern, Pod, Zeroable};

pub(crate) struct Quantize;

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

impl Operator for Quantize {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        let operands = Unary::new::<Any>(node)?;
        let types = operands.types::<Any>();
        // A scale for each channel is for constants.
        if operands.output.tensor().quantization().is_some_and(|q| q.scale().len() != 1) {
            return Err(operands.output.error(Cause::Quantization));
        }
        let [input_type, output_type] = types;
        node.set_element_type(output_type);
        let params = match types {
            [T::FLOAT32, T::INT8 | T::INT16] => {
                let params = QuantizeParams::new(quantization(&operands.output)?);
                Stored::new(&node.check(params)?)
            }
            [T::INT8, T::INT8 | T::UINT8 | T::INT16 | T::INT32]
            | [T::UINT8, T::INT8]
            | [T::INT16, T::INT8 | T::INT16 | T::INT32]
            | [T::INT32, T::INT8 | T::INT16] => {
                let [input, output] = operands.quantizations()?;
                Stored::new(&node.check(Rescale::new(input, output))?)
            }
            _ => {
                let accepted = &[T::FLOAT32, T::INT8, T::UINT8, T::INT16, T::INT32];
                return Err(operands.type_error(accepted));
            }
        };
        Ok(Data { input_type: input_type.0 as u32, params })
    }

    fn overlaps(data: &Data, output: T) -> Overlaps {
        let same_width = data.input().bits() == output.bits();
        [if same_width { in_place(0) } else { None }, None]
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let input = data.input();
        match io.element_type() {
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
            let params = data.params.params()?;
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
    let params = data.params.params()?;
    unary(io, &|input: &[I], output: &mut [O]| Ok(requantize::<T, I, O>(params, input, output)?))
}
