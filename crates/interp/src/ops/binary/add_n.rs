//! ADD_N: the sum of two tensors or more.
//!
//! * Types: `i8`, `f32`
//! * Limits: at most 255 inputs; those of `i8` have the same quantization, and their sum is one
//!   zero point too low, as in TFLM; a constant first input of `f32` lies aligned
//! * Conformance: float32, int8

use crate::ops::common::{in_place, quantization};
use crate::ops::elementwise::{Stored, in_blocks};
use crate::ops::types::Types;
use crate::{Activations, EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::binary::add_n::add_n;
use bantam_kernels::number::long_sum::{FloatSum, LongSum, QuantizedSum};
use bantam_kernels::{Le, Load, ParamsError};
use bantam_schema::TensorType as T;
use bytemuck::{AnyBitPattern, Pod};
use core::marker::PhantomData;

const FIRST: usize = 0;
const OUTPUT: usize = 0;

pub(crate) struct AddN<K>(PhantomData<K>);

impl<K: Types> Operator for AddN<K> {
    type Data = Stored<QuantizedSum>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        node.require_operands(2..=usize::from(u8::MAX), 1)?;
        let (first, output) = (node.input(FIRST)?, node.output(OUTPUT)?);
        let kind = K::among(&first, &[T::FLOAT32, T::INT8])?;
        first.require_aligned()?;
        output.require_type_of(&first)?;
        output.require_shape_of(&first)?;
        for index in 1..node.input_len() {
            let input = node.input(index)?;
            input.require_type_of(&first)?;
            input.require_shape_of(&first)?;
            if kind == T::INT8 && quantization(&input)? != quantization(&first)? {
                return Err(input.error(ParamsError::Quantization));
            }
        }
        if kind == T::FLOAT32 {
            return Ok(Stored::new(&()));
        }
        let sum = QuantizedSum::new(quantization(&first)?, quantization(&output)?);
        Ok(Stored::new(&node.check(sum)?))
    }

    fn overlaps(_data: &Self::Data, _: T) -> Overlaps {
        [in_place(FIRST), None]
    }

    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            T::INT8 => run::<QuantizedSum, i8, i8>(data.params()?, io),
            _ => run::<FloatSum, f32, Le<4>>(&FloatSum, io),
        }
    }
}

fn run<S: LongSum<E>, E: Pod + Default, I: Load<E> + AnyBitPattern>(
    sum: &S,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let inputs = io.input_len();
    let (activations, reader) = io.output_over::<E>(OUTPUT, FIRST)?;
    // What fails here is left out below.
    (1..inputs).try_for_each(|index| reader.input::<I>(index).map(drop))?;
    let others = (1..inputs).filter_map(|index| reader.input::<I>(index).ok());
    if let Activations::Apart { input, output } = activations {
        let first = bytemuck::try_cast_slice(input).map_err(|_| EvalError::Type)?;
        return Ok(add_n(sum, first, others, output)?);
    }
    in_blocks(activations, |at, first: &[I], output| {
        let end = at + output.len();
        let others = others.clone().map(|other| other.get(at..end).unwrap_or(&[]));
        Ok(add_n(sum, first, others, output)?)
    })
}
