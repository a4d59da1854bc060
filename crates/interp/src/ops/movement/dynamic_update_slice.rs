//! DYNAMIC_UPDATE_SLICE: a tensor with a part of it replaced.
//!
//! * Types: `i8`, `i16`, `i32`, `f32`, with indices of `i32` or `i64`
//! * Limits: at most six dimensions
//! * Conformance: float32, int16, int32, int8

use crate::ops::common::in_place;
use crate::ops::types::Types;
use crate::ops::widths::{self, Movement, Sizes};
use crate::{Activations, Cause, EvalError, Failed, Io, Operator, OutputReader, Overlaps, Prepare};
use bantam_kernels::Le;
use bantam_kernels::movement::dynamic_update_slice::UpdateParams;
use bantam_kernels::movement::reshape::reshape;
use bantam_schema::TensorType;
use bytemuck::Pod;
use core::marker::PhantomData;

const OPERAND: usize = 0;
const UPDATE: usize = 1;
const START: usize = 2;
const OUTPUT: usize = 0;

const TYPES: [TensorType; 4] =
    [TensorType::FLOAT32, TensorType::INT8, TensorType::INT16, TensorType::INT32];

pub(crate) struct DynamicUpdateSlice<K>(PhantomData<K>);

#[derive(Clone, Copy, Pod, bytemuck::Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    params: UpdateParams,
    /// Whether indices have 64 bits.
    long: u32,
}

impl<K: Types> Operator for DynamicUpdateSlice<K> {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        widths::prepare::<K>(node, 3, &TYPES)?;
        let (operand, update) = (node.input(OPERAND)?, node.input(UPDATE)?);
        update.require_type_of(&operand)?;
        node.output(OUTPUT)?.require_shape_of(&operand)?;
        let start = node.input(START)?;
        start.require_type(&[TensorType::INT32, TensorType::INT64])?;
        if start.rank()? != 1 || start.element_len()? != operand.rank()? {
            return Err(start.error(Cause::Shape));
        }
        let params = update.check(UpdateParams::new(&operand.shape()?, &update.shape()?))?;
        Ok(Data { params, long: (start.tensor_type() == TensorType::INT64).into() })
    }

    fn overlaps(_data: &Data, _: TensorType) -> Overlaps {
        [in_place(OPERAND), None]
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        widths::run::<K, _>(data, const { Sizes::of(&TYPES) }, io)
    }
}

impl Movement for Data {
    fn run<T: Pod + Default>(
        &self,
        reader: &OutputReader<'_>,
        activations: Activations<'_, T>,
    ) -> Result<(), EvalError> {
        let output = reshape(activations)?;
        let update = reader.input::<T>(UPDATE)?;
        if self.long != 0 {
            self.params.write::<T, i64, _>(update, reader.input::<Le<8>>(START)?, output)?;
        } else {
            self.params.write::<T, i32, _>(update, reader.input::<Le<4>>(START)?, output)?;
        }
        Ok(())
    }
}
