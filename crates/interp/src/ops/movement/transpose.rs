//! TRANSPOSE: the same elements with the dimensions in another order.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: at most five dimensions; the permutation is constant
//! * Conformance: float32, int16, int8

use crate::ops::types::Types;
use crate::ops::widths::{self, Movement};
use crate::{Activations, EvalError, Failed, Io, Operator, OutputReader, Prepare};
use bantam_kernels::ParamsError;
use bantam_kernels::movement::transpose::{TransposeParams, transpose};
use bantam_schema::TensorType;
use bytemuck::Pod;
use core::marker::PhantomData;

pub(crate) struct Transpose<K>(PhantomData<K>);

const INPUT: usize = 0;
const PERMUTATION: usize = 1;
const OUTPUT: usize = 0;

impl<K: Types> Operator for Transpose<K> {
    type Data = TransposeParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<TransposeParams, Failed> {
        node.require_operands(2..=2, 1)?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        K::of(&input)?;
        input.require_type(&[TensorType::FLOAT32, TensorType::INT8, TensorType::INT16])?;
        output.require_type_of(&input)?;
        let permutation = node.input(PERMUTATION)?;
        let rank = permutation.rank()?;
        if rank != 1 {
            return Err(permutation.error(ParamsError::Rank { actual: rank }));
        }
        let axes = permutation.constant_words()?;
        node.check(TransposeParams::new(&input.shape()?, axes, &output.shape()?))
    }

    fn eval(params: &TransposeParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        widths::run::<K, _>(params, io)
    }
}

impl Movement for TransposeParams {
    fn run<T: Pod>(
        &self,
        _reader: &OutputReader<'_>,
        activations: Activations<'_, T>,
    ) -> Result<(), EvalError> {
        let (input, output) = activations.apart()?;
        Ok(transpose(self, input, output)?)
    }
}
