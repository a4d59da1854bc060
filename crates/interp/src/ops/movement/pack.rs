//! PACK: tensors one after another along an axis, which they lack.
//!
//! * Types: `i8`, `i16`, `i32`, `i64`, `f32`
//! * Limits: at most 255 inputs; quantizations are taken to be equal
//! * Conformance: float32, int16, int32, int64, int8

use super::parts;
use crate::{EvalError, Failed, Io, Operator, Parts, Prepare};
use bantam_kernels::movement::concatenation::ConcatenationParams;
use bantam_schema::TensorType;

pub(crate) struct Pack;

const OUTPUT: usize = 0;

const TYPES: [TensorType; 5] = [
    TensorType::FLOAT32,
    TensorType::INT8,
    TensorType::INT16,
    TensorType::INT32,
    TensorType::INT64,
];

impl Operator for Pack {
    /// In bytes.
    type Data = ConcatenationParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<ConcatenationParams, Failed> {
        node.require_operands(1..=usize::from(u8::MAX), 1)?;
        let axis = node.options(|op| op.pack_options())?.axis;
        let output = node.output(OUTPUT)?;
        output.require_type(&TYPES)?;
        for index in 0..node.input_len() {
            let input = node.input(index)?;
            input.require_type_of(&output)?;
            input.element_len()?;
        }
        parts::join(node, |inputs, output| ConcatenationParams::stacked(axis, inputs, output))
    }

    const PARTS: Option<fn(&ConcatenationParams) -> Parts> = Some(parts::inputs);

    fn eval(params: &ConcatenationParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        parts::eval_join(params, io)
    }
}
