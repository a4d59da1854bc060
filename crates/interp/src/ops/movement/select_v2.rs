//! SELECT_V2: elements of one of two tensors, as a third says.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: quantizations are taken to be equal
//! * Conformance: float32, int16, int8

use crate::ops::common::in_place;
use crate::ops::elementwise::in_blocks;
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare, cast_mut};
use bantam_kernels::Le;
use bantam_kernels::movement::select::{SelectParams, select};
use bantam_schema::TensorType;
use bytemuck::Pod;
use core::marker::PhantomData;

pub(crate) struct SelectV2<K>(PhantomData<K>);

const CONDITION: usize = 0;
const X: usize = 1;
const Y: usize = 2;
const OUTPUT: usize = 0;

impl<K: Types> Operator for SelectV2<K> {
    type Data = SelectParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<SelectParams, Failed> {
        node.require_operands(3..=3, 1)?;
        let (condition, x, y) = (node.input(CONDITION)?, node.input(X)?, node.input(Y)?);
        let output = node.output(OUTPUT)?;
        condition.require(TensorType::BOOL)?;
        K::among(&x, &[TensorType::FLOAT32, TensorType::INT8, TensorType::INT16])?;
        y.require_type_of(&x)?;
        output.require_type_of(&x)?;
        // The first input is the condition.
        node.set_element_type(x.tensor_type());
        let operands = [&condition.shape()?, &x.shape()?, &y.shape()?];
        output.check(SelectParams::new(operands, &output.shape()?))
    }

    fn overlaps(params: &SelectParams, _: TensorType) -> Overlaps {
        if params.is_flat() { [in_place(X), in_place(Y)] } else { [None, None] }
    }

    fn eval(params: &SelectParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            TensorType::INT8 => run::<u8>(params, io),
            TensorType::INT16 => run::<Le<2>>(params, io),
            TensorType::FLOAT32 => run::<Le<4>>(params, io),
            _ => Err(EvalError::Type),
        }
    }
}

fn run<T: Pod + Default>(params: &SelectParams, io: &mut Io<'_>) -> Result<(), EvalError> {
    if let Some(shared @ X..=Y) = io.overlapped(OUTPUT) {
        let (activations, reader) = io.output_over::<T>(OUTPUT, shared)?;
        let condition = reader.input::<u8>(CONDITION)?;
        let other = reader.input::<T>(X + Y - shared)?;
        return in_blocks(activations, |at, input, output| {
            let len = output.len();
            let other = other.get(at..at + len).unwrap_or(&[]);
            let condition = condition.get(at..at + len).unwrap_or(&[]);
            let operands = if shared == X { [input, other] } else { [other, input] };
            Ok(select(&SelectParams::flat(len), condition, operands, output)?)
        });
    }
    let (output, reader) = io.output::<u8>(OUTPUT)?;
    let operands = [reader.input::<T>(X)?, reader.input::<T>(Y)?];
    Ok(select(params, reader.input::<u8>(CONDITION)?, operands, cast_mut(output)?)?)
}
