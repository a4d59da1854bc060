//! PRELU: negative elements are multiplied by those of a second tensor.
//!
//! * Types: `i8`, `i16` (with a second tensor of `i8`), `f32`
//! * Limits: beyond six dimensions, only shapes that broadcast with six nested loops
//! * Conformance: float32, int8

use crate::ops::elementwise::{Binary, Stored, binary, binary_overlaps};
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare, cast_mut};
use bantam_kernels::Le;
use bantam_kernels::binary::prelu::{self, PreluParams};
use bantam_kernels::walk::broadcast::{BinaryParams, Broadcast};
use bantam_schema::TensorType as T;
use core::marker::PhantomData;

const INPUT: usize = 0;
const ALPHA: usize = 1;
const OUTPUT: usize = 0;

pub(crate) struct Prelu<K>(PhantomData<K>);

impl<K: Types> Operator for Prelu<K> {
    /// Floats keep how the operands are walked.
    type Data = Stored<PreluParams>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        let operands = Binary::mixed::<K>(node)?;
        let (types, broadcast) = (operands.types::<K>(), operands.broadcast);
        let [_, alpha] = &operands.inputs;
        match types {
            [T::INT8, T::INT8] => {
                alpha.require_type(&[T::INT8])?;
                let ([input, alpha], output) = operands.quantizations()?;
                let params = PreluParams::new::<i8>(broadcast, input, alpha, output);
                Ok(Stored::new(&node.check(params)?))
            }
            [T::INT16, T::INT16] => {
                alpha.require_type(&[T::INT8])?;
                let ([input, alpha], output) = operands.quantizations()?;
                let params = PreluParams::new::<i16>(broadcast, input, alpha, output);
                Ok(Stored::new(&node.check(params)?))
            }
            [T::FLOAT32, T::FLOAT32] => {
                alpha.require_type(&[T::FLOAT32])?;
                Ok(Stored::new(&broadcast))
            }
            _ => Err(operands.type_error(&[T::INT8, T::INT16, T::FLOAT32])),
        }
    }

    /// Both operands are of one size except with `i16`.
    fn overlaps(data: &Self::Data, element_type: T) -> Overlaps {
        if element_type == T::INT16 { [None, None] } else { binary_overlaps(data.params()) }
    }

    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            T::INT8 => {
                let params: &PreluParams = data.params()?;
                binary(io, params.plan(), &|plan, input: &[i8], alpha: &[i8], output| {
                    Ok(params.run::<i8, i8>(plan, input, alpha, output)?)
                })
            }
            T::INT16 => {
                let params: &PreluParams = data.params()?;
                let (output, reader) = io.output::<u8>(OUTPUT)?;
                let (input, alpha) = (reader.input::<Le<2>>(INPUT)?, reader.input(ALPHA)?);
                Ok(params.run::<i16, _>(params.plan(), input, alpha, cast_mut(output)?)?)
            }
            _ => {
                let plan: &Broadcast = data.params()?;
                binary(io, plan, &|plan, input: &[Le<4>], alpha: &[Le<4>], output| {
                    Ok(prelu::f32(plan, input, alpha, output)?)
                })
            }
        }
    }
}
