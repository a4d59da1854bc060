//! SOFTMAX: shares of the exponentials over the innermost dimension.
//!
//! * Types: `i8`, `i16`, `f32`; `i8` to `i16`
//! * Limits: the output of `i8` has scale 1/256 and zero point -128; `i16` has zero points of 0 and an output scale
//!   of 2^-15; `i8` to `i16` has an output scale of 2^-16 and zero point -32768
//! * Conformance: float32, int16, int8

use crate::io::{cast, cast_mut};
use crate::ops::elementwise::{Typed, Unary};
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Prepare};
use bantam_kernels::rowwise::softmax::{
    SoftmaxF32Params, SoftmaxI8Params, SoftmaxI16Params, softmax_f32, softmax_i8, softmax_i16,
};
use bantam_kernels::{Le, ParamsError};
use bantam_schema::TensorType as T;
use core::marker::PhantomData;

pub(crate) struct Softmax<K>(PhantomData<K>);

const INPUT: usize = 0;
const OUTPUT: usize = 0;

impl<K: Types> Operator for Softmax<K> {
    type Data = Typed<3>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        let operands = Unary::new::<K>(node)?;
        let beta = node.options(|op| op.softmax_options())?.beta;
        let depth = match operands.input.rank()? {
            0 => return Err(node.error(ParamsError::Rank { actual: 0 })),
            _ => operands.input.matrix()?.columns(),
        };
        operands.output.require_shape_of(&operands.input)?;
        let types = operands.types::<K>();
        match types {
            [T::INT8, T::INT8 | T::INT16] | [T::INT16, T::INT16] => {}
            [T::FLOAT32, T::FLOAT32] => {
                return Ok(Typed::new(&SoftmaxF32Params::new(depth, beta)));
            }
            _ => return Err(operands.type_error(&[T::INT8, T::INT16, T::FLOAT32])),
        }
        let [input, output] = operands.quantizations()?;
        let params = match types {
            [T::INT16, _] => {
                let params = SoftmaxI16Params::new(depth, beta, input, output);
                return Ok(Typed::new(&node.check(params)?));
            }
            [_, T::INT16] => SoftmaxI8Params::new::<i16>(depth, beta, input, output),
            _ => SoftmaxI8Params::new::<i8>(depth, beta, input, output),
        };
        Ok(Typed::new(&node.check(params)?))
    }

    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let element_type = io.element_type();
        let (output, reader) = io.output::<u8>(OUTPUT)?;
        let input = reader.input::<u8>(INPUT)?;
        match K::known(element_type) {
            T::INT8 if input.len() == output.len() => {
                softmax_i8::<i8>(data.params()?, cast(input)?, cast_mut(output)?)?;
            }
            // An output of twice as many bytes is `i16`.
            T::INT8 => softmax_i8::<i16>(data.params()?, cast(input)?, cast_mut(output)?)?,
            T::INT16 => {
                softmax_i16::<Le<2>>(data.params()?, cast(input)?, cast_mut(output)?)?;
            }
            _ => softmax_f32::<Le<4>>(data.params()?, cast(input)?, cast_mut(output)?)?,
        }
        Ok(())
    }
}
