//! CUMSUM: sums of all elements along an axis up to each.
//!
//! * Types: `i8`, `f32`
//! * Limits: sums of `i8` are one zero point too low, as in TFLM; at most six dimensions if the
//!   axis is not constant
//! * Conformance: float32, int8

use super::arg::{axis_of, resolved};
use crate::ops::common::quantization;
use crate::ops::movement::views;
use crate::ops::types::Types;
use crate::{Cause, EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::number::long_sum::{FloatSum, LongSum, QuantizedSum};
use bantam_kernels::reduce::cumsum::{CumsumOrder, cumsum};
use bantam_kernels::walk::along_axis::AlongAxis;
use bantam_schema::TensorType as T;
use bytemuck::{Pod, Zeroable};
use core::marker::PhantomData;

const INPUT: usize = 0;
const OUTPUT: usize = 0;

pub(crate) struct Cumsum<K>(PhantomData<K>);

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    along: AlongAxis,
    /// Of `i8`.
    sum: QuantizedSum,
    exclusive: u16,
    reverse: u16,
}

impl<K: Types> Operator for Cumsum<K> {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        node.require_operands(2..=2, 1)?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        let kind = K::among(&input, &[T::FLOAT32, T::INT8])?;
        output.require_type_of(&input)?;
        output.require_shape_of(&input)?;
        let along = node.check(AlongAxis::new(&input.shape()?, axis_of(node)?))?;
        let sum = if kind == T::INT8 {
            node.check(QuantizedSum::new(quantization(&input)?, quantization(&output)?))?
        } else {
            QuantizedSum::zeroed()
        };
        let options = node.options(|op| op.cumsum_options())?;
        let [exclusive, reverse] = [options.exclusive, options.reverse].map(u16::from);
        if input.rank()? == 0 {
            return Err(input.error(Cause::Shape));
        }
        Ok(Data { along, sum, exclusive, reverse })
    }

    fn overlaps(_data: &Data, _: T) -> Overlaps {
        views::overlaps()
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            T::INT8 => run::<QuantizedSum, i8>(data, &data.sum, io),
            _ => run::<FloatSum, f32>(data, &FloatSum, io),
        }
    }
}

fn run<S: LongSum<E>, E: Pod>(data: &Data, sum: &S, io: &mut Io<'_>) -> Result<(), EvalError> {
    let order = CumsumOrder { exclusive: data.exclusive != 0, reverse: data.reverse != 0 };
    views::eval(io)?;
    let (tensor, reader) = io.output(OUTPUT)?;
    let along = resolved(&data.along, &reader)?;
    Ok(cumsum(sum, &along, order, tensor)?)
}
