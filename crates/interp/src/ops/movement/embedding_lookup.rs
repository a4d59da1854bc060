//! EMBEDDING_LOOKUP: the rows of a table that indices name.
//!
//! * Types: `i8`, `f32`; `i8` to `f32`
//! * Limits: indices of `i32`; one that is out of range is an error of the inference; `i8` to `f32`
//!   has a zero point of 0
//! * Conformance: float32, int8, int8_to_float32

use crate::ops::common::quantization;
use crate::ops::types::Types;
use crate::{Cause, EvalError, Failed, Io, Operator, Prepare, cast_mut};
use bantam_kernels::movement::embedding_lookup;
use bantam_kernels::movement::lookup::{IndexOp, Lookup};
use bantam_kernels::{Le, ParamsError};
use bantam_schema::TensorType as T;
use bytemuck::{Pod, Zeroable};
use core::marker::PhantomData;

pub(crate) struct EmbeddingLookup<K>(PhantomData<K>);

const INDICES: usize = 0;
const TABLE: usize = 1;
const OUTPUT: usize = 0;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    lookup: Lookup,
    /// Of `i8` that becomes `f32`.
    scale: f32,
}

impl<K: Types> Operator for EmbeddingLookup<K> {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        node.require_operands(2..=2, 1)?;
        let (indices, table, output) =
            (node.input(INDICES)?, node.input(TABLE)?, node.output(OUTPUT)?);
        indices.require(T::INT32)?;
        // The first input is the list of indices.
        node.set_element_type(table.tensor_type());
        let scale = match [K::of(&table)?, output.tensor_type()] {
            [T::FLOAT32, T::FLOAT32] | [T::INT8, T::INT8] => 0.0,
            [T::INT8, T::FLOAT32] => match quantization(&table)? {
                quantization if quantization.zero_point == 0 => quantization.scale,
                quantization => {
                    let value = quantization.zero_point;
                    return Err(table.error(ParamsError::ZeroPoint { value }));
                }
            },
            [T::FLOAT32 | T::INT8, other] => return Err(output.error(Cause::TensorType(other))),
            [other, _] => return Err(table.error(Cause::TensorType(other))),
        };
        let (table, indices, output) = (table.shape()?, indices.shape()?, output.shape()?);
        let lookup = embedding_lookup::EmbeddingLookup::lookup(&table, &indices, &(), &output);
        Ok(Data { lookup: node.check(lookup)?, scale })
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let (lookup, table) = (&data.lookup, K::known(io.element_type()));
        let is_real = io.output_bytes(OUTPUT) != lookup.output_len();
        let (output, reader) = io.output::<u8>(OUTPUT)?;
        let indices = reader.input::<Le<4>>(INDICES)?;
        match (table, is_real) {
            (T::INT8, false) => lookup.copy(reader.input::<u8>(TABLE)?, indices, output)?,
            (T::INT8, _) => {
                let real = |x: i8| data.scale * f32::from(x);
                lookup.map(reader.input::<i8>(TABLE)?, indices, cast_mut(output)?, real)?;
            }
            (T::FLOAT32, _) => {
                lookup.copy(reader.input::<Le<4>>(TABLE)?, indices, cast_mut(output)?)?;
            }
            _ => return Err(EvalError::Type),
        }
        Ok(())
    }
}
