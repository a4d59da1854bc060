//! LEAKY_RELU: negative values are multiplied by a factor.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Conformance: float32, int16, int8

use crate::ops::common::in_place;
use crate::ops::elementwise::{Stored, Unary, unary};
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::number::element::Quantized;
use bantam_kernels::unary::leaky_relu::{self, LeakyReluParams};
use bantam_kernels::unary::op::{LOOKS_UP, Results};
use bantam_kernels::{Le, Load};
use bantam_schema::TensorType as T;
use bytemuck::{AnyBitPattern, Pod};
use core::marker::PhantomData;

pub(crate) struct LeakyRelu<K>(PhantomData<K>);

impl<K: Types> Operator for LeakyRelu<K> {
    /// Floats keep the factor.
    type Data = Stored<LeakyReluParams>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        let operands = Unary::new::<K>(node)?;
        let alpha = node.options(|op| op.leaky_relu_options())?.alpha;
        match operands.types::<K>() {
            [T::INT8, T::INT8] => {
                let [input, output] = operands.quantizations()?;
                let params = LeakyReluParams::new::<i8>(alpha, input, output);
                Ok(Stored::new(&node.check(params)?))
            }
            [T::INT16, T::INT16] => {
                let [input, output] = operands.quantizations()?;
                let params = LeakyReluParams::new::<i16>(alpha, input, output);
                Ok(Stored::new(&node.check(params)?))
            }
            [T::FLOAT32, T::FLOAT32] => Ok(Stored::new(&alpha)),
            _ => Err(operands.type_error(&[T::INT8, T::INT16, T::FLOAT32])),
        }
    }

    fn overlaps(_data: &Self::Data, _: T) -> Overlaps {
        [in_place(0), None]
    }

    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            T::INT8 if LOOKS_UP => bytes(data.params()?, io),
            T::INT8 => quantized::<i8, i8>(data.params()?, io),
            T::INT16 => quantized::<i16, Le<2>>(data.params()?, io),
            _ => {
                let alpha: &f32 = data.params()?;
                unary(io, &|input: &[Le<4>], output| Ok(leaky_relu::f32(*alpha, input, output)?))
            }
        }
    }
}

/// As [`quantized`], of `i8`: a value that comes again is looked up.
fn bytes(params: &LeakyReluParams, io: &mut Io<'_>) -> Result<(), EvalError> {
    let results = Results::new();
    unary(io, &|input: &[i8], output: &mut [i8]| {
        Ok(leaky_relu::bytes(params, &results, input, output)?)
    })
}

fn quantized<E: Quantized + Pod + Default, I: Load<E> + AnyBitPattern>(
    params: &LeakyReluParams,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    unary(io, &|input: &[I], output: &mut [E]| Ok(leaky_relu::quantized(params, input, output)?))
}
