//! MEAN: the mean over any axes.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: axes are constant; beyond five dimensions, kept and reduced ones alternate no more often than five can
//! * Conformance: float32, int16, int8

use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Prepare, cast_mut};
use bantam_kernels::Le;
use bantam_kernels::reduce::axes::Reduction;
use bantam_kernels::reduce::mean::{MeanParams, mean, mean_f32};
use bantam_schema::TensorType;
use core::marker::PhantomData;

pub(crate) struct Mean<K>(PhantomData<K>);

const INPUT: usize = 0;
const AXES: usize = 1;
const OUTPUT: usize = 0;

impl<K: Types> Operator for Mean<K> {
    type Data = MeanParams;

    /// Whether reduced dimensions are kept shows in the output's shape.
    fn prepare(node: &mut Prepare<'_, '_>) -> Result<MeanParams, Failed> {
        node.require_operands(2..=2, 1)?;
        let (input, output, axes) = (node.input(INPUT)?, node.output(OUTPUT)?, node.input(AXES)?);
        let kind = K::of(&input)?;
        input.require_type(&[TensorType::FLOAT32, TensorType::INT8, TensorType::INT16])?;
        output.require_type_of(&input)?;
        axes.require(TensorType::INT32)?;
        let axes = axes.constant_words()?;
        let reduction = node.check(Reduction::new(&input.shape()?, axes, &output.shape()?))?;
        if kind == TensorType::FLOAT32 {
            return Ok(MeanParams::new_f32(reduction));
        }
        node.check(MeanParams::new(reduction, input.affine()?, output.affine()?))
    }

    fn eval(params: &MeanParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        let element_type = io.element_type();
        let (output, reader) = io.output::<u8>(OUTPUT)?;
        match K::known(element_type) {
            TensorType::INT8 => {
                mean(params, reader.input::<i8>(INPUT)?, cast_mut::<i8>(output)?)?;
            }
            TensorType::INT16 => {
                mean(params, reader.input::<Le<2>>(INPUT)?, cast_mut::<i16>(output)?)?;
            }
            TensorType::FLOAT32 => {
                mean_f32(params, reader.input::<Le<4>>(INPUT)?, cast_mut(output)?)?;
            }
            _ => return Err(EvalError::Type),
        }
        Ok(())
    }
}
