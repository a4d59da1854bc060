//! DEQUANTIZE: integers to the real numbers they stand for.
//!
//! * Types: `i8`, `u8` or `i16` to `f32`
//! * Conformance: int16, int8, uint8

use crate::ops::elementwise::{Stored, Unary, quantization, unary};
use crate::ops::types::Any;
use crate::{EvalError, Failed, Io, Operator, Prepare};
use bantam_kernels::unary::dequantize::{DequantizeParams, dequantize};
use bantam_kernels::{Le, Load};
use bantam_schema::TensorType as T;
use bytemuck::AnyBitPattern;

pub(crate) struct Dequantize;

impl Operator for Dequantize {
    type Data = Stored<DequantizeParams>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        let operands = Unary::new::<Any>(node)?;
        match operands.types::<Any>() {
            [T::INT8 | T::UINT8 | T::INT16, T::FLOAT32] => {
                let params = DequantizeParams::new(quantization(&operands.input)?);
                Ok(Stored::new(&node.check(params)?))
            }
            _ => Err(operands.type_error(&[T::INT8, T::UINT8, T::INT16])),
        }
    }

    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let params = data.params()?;
        match io.element_type() {
            T::INT8 => eval_from::<i8, i8>(params, io),
            T::UINT8 => eval_from::<u8, u8>(params, io),
            _ => eval_from::<i16, Le<2>>(params, io),
        }
    }
}

fn eval_from<T: Into<i32>, I: Load<T> + AnyBitPattern>(
    params: &DequantizeParams,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    unary(io, &|input: &[I], output| Ok(dequantize(params, input, output)?))
}
