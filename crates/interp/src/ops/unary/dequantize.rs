//! DEQUANTIZE: integers to the real numbers they stand for.
//!
//! * Types: `i8`, `u8` or `i16` to `f32`
//! * Conformance: int16, int8, uint8

use crate::ops::elementwise::{Stored, Unary, converted, quantization, unary};
use crate::ops::types::{Any, Float32, Int8, Int16};
use crate::ops::unary::convert::{Conversion, Conversions};
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::unary::dequantize::{DequantizeParams, dequantize};
use bantam_kernels::{Le, Load};
use bantam_schema::TensorType as T;
use bytemuck::AnyBitPattern;
use core::marker::PhantomData;

pub(crate) struct Dequantize<K>(PhantomData<K>);

type Data = Stored<DequantizeParams>;

impl Conversions<Data> for Any {
    const LIST: &[Conversion<Data>] = &[
        (T::INT8, T::FLOAT32, from::<i8, i8>),
        (T::UINT8, T::FLOAT32, from::<u8, u8>),
        (T::INT16, T::FLOAT32, from::<i16, Le<2>>),
    ];
}

impl Conversions<Data> for Int8 {
    const LIST: &[Conversion<Data>] = &[(T::INT8, T::FLOAT32, from::<i8, i8>)];
}

impl Conversions<Data> for Int16 {
    const LIST: &[Conversion<Data>] = &[(T::INT16, T::FLOAT32, from::<i16, Le<2>>)];
}

impl Conversions<Data> for Float32 {
    const LIST: &[Conversion<Data>] = <Any as Conversions<Data>>::LIST;
}

impl<K: Conversions<Data>> Operator for Dequantize<K> {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        let operands = Unary::new::<Any>(node)?;
        let [input, output] = operands.types::<Any>();
        if K::find(input, output).is_none() {
            return Err(operands.type_error(&[T::INT8, T::UINT8, T::INT16]));
        }
        let params = DequantizeParams::new(quantization(&operands.input)?);
        Ok(Stored::new(&node.check(params)?))
    }

    fn overlaps(_: &Data, input: T) -> Overlaps {
        converted(input, T::FLOAT32)
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let conversion = K::find(io.element_type(), T::FLOAT32);
        let (.., convert) = conversion.ok_or(EvalError::Memory)?;
        convert(data, io)
    }
}

fn from<T: Into<i32>, I: Load<T> + AnyBitPattern>(
    data: &Data,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let params = data.params()?;
    unary(io, &|input: &[I], output| Ok(dequantize(params, input, output)?))
}
