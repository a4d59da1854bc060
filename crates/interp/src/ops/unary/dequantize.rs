//! DEQUANTIZE: integers to the real numbers they stand for.
//!
//! * Types: `i8`, `u8` or `i16` to `f32`
//! * Conformance: int16, int8, uint8

use crate::ops::elementwise::{Typed, Unary, quantization, unary};
use crate::ops::types::Any;
use crate::{EvalError, Failed, Io, Operator, Prepare};
use bantam_kernels::Le;
use bantam_kernels::unary::dequantize::{DequantizeParams, dequantize};
use bantam_schema::TensorType as T;

pub(crate) struct Dequantize;

impl Operator for Dequantize {
    type Data = Typed<2>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        let operands = Unary::new::<Any>(node)?;
        let types = operands.types::<Any>();
        match types {
            [T::INT8 | T::UINT8 | T::INT16, T::FLOAT32] => {
                let params = DequantizeParams::new(quantization(&operands.input)?);
                Ok(Typed::new(&node.check(params)?))
            }
            _ => Err(operands.type_error(&[T::INT8, T::UINT8, T::INT16])),
        }
    }

    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let params = data.params()?;
        // Of the input: the output is always `f32`.
        match io.element_type() {
            T::INT8 => unary(io, |input: &[i8], output| dequantize(params, input, output)),
            T::UINT8 => unary(io, |input: &[u8], output| dequantize(params, input, output)),
            _ => unary(io, |input: &[Le<2>], output| dequantize::<i16, _>(params, input, output)),
        }
    }
}
