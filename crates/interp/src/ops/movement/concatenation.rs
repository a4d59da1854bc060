//! CONCATENATION: tensors one after another along an axis.
//!
//! * Types: `i8`, `i16`, `i32`, `i64`, `bool`, `f32`
//! * Limits: at most ten inputs of six dimensions; all quantizations of `i8` are equal, zero points
//!   of `i16` are 0; up to six inputs may be indices of tables (`COMPRESSION_METADATA`)
//! * Conformance: bool, float32, int16, int32, int64, int8

use super::parts;
use crate::ops::decoded;
use crate::ops::types::Types;
use crate::{Cause, EvalError, Failed, Io, Operator, Parts, Prepare, TensorInfo};
use bantam_kernels::ParamsError;
use bantam_kernels::movement::concatenation::ConcatenationParams;
use bantam_schema::{ActivationFunction, TensorType};
use core::marker::PhantomData;

pub(crate) struct Concatenation<K>(PhantomData<K>);

const OUTPUT: usize = 0;
/// TFLM's limits.
const MAX_INPUTS: usize = decoded::MAX_INPUTS;
const MAX_RANK: usize = 6;

const TYPES: [TensorType; 6] = [
    TensorType::FLOAT32,
    TensorType::INT8,
    TensorType::INT16,
    TensorType::INT32,
    TensorType::INT64,
    TensorType::BOOL,
];

impl<K: Types> Operator for Concatenation<K> {
    /// In bytes.
    type Data = ConcatenationParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<ConcatenationParams, Failed> {
        node.require_operands(1..=MAX_INPUTS, 1)?;
        let options = node.operator().concatenation_options().unwrap_or_default();
        if options.fused_activation_function != ActivationFunction::NONE {
            return Err(node.error(Cause::FusedActivation));
        }
        let output = node.output(OUTPUT)?;
        output.require_type(&TYPES)?;
        for index in 0..node.input_len() {
            check_input(&node.input(index)?, &output)?;
            if K::TABLES {
                node.decode_lut(index)?;
            }
        }
        parts::join(node, |inputs, output| ConcatenationParams::new(options.axis, inputs, output))
    }

    const PARTS: Option<fn(&ConcatenationParams) -> Parts> = Some(parts::inputs);

    fn eval(params: &ConcatenationParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        if K::TABLES {
            return decoded::decoded(io, &mut |io| parts::eval_join(params, io));
        }
        parts::eval_join(params, io)
    }
}

/// Nothing is rescaled: quantizations must be equal.
fn check_input(input: &TensorInfo<'_>, output: &TensorInfo<'_>) -> Result<(), Failed> {
    input.require_type_of(output)?;
    let rank = input.rank()?;
    if rank > MAX_RANK {
        return Err(input.error(ParamsError::Rank { actual: rank }));
    }
    let from = input.affine_or_default()?;
    let to = output.affine_or_default()?;
    match input.tensor_type() {
        TensorType::INT8 if from != to => Err(input.error(ParamsError::Quantization)),
        TensorType::INT16 => match [from.1, to.1].into_iter().find(|&zero| zero != 0) {
            Some(value) => Err(input.error(ParamsError::ZeroPoint { value })),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}
