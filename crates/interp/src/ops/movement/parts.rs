//! What SPLIT and SPLIT_V share: outputs that are parts of the input along an axis.

use crate::ops::common;
use crate::{EvalError, Failed, Io, Parts, Prepare, TensorInfo};
use bantam_kernels::movement::split::{SplitParams, split_part};
use bantam_schema::TensorType;

const TYPES: [TensorType; 4] =
    [TensorType::FLOAT32, TensorType::INT8, TensorType::INT16, TensorType::INT32];

/// The outputs along the axis that input `axis` names make up `input`. In bytes.
///
/// As in TFLM the outputs say how many there are and how large: options and sizes are not read.
pub(crate) fn prepare(
    node: &Prepare<'_, '_>,
    input: &TensorInfo<'_>,
    axis: usize,
) -> Result<SplitParams, Failed> {
    input.require_type(&TYPES)?;
    for index in 0..node.output_len() {
        let output = node.output(index)?;
        output.require_type_of(input)?;
        output.element_len()?;
    }
    // Outputs that fail here have failed above.
    let outputs = (0..node.output_len()).filter_map(|i| node.output(i).ok()?.shape().ok());
    let axis = common::axis(&node.input(axis)?)?;
    let params = input.check(SplitParams::new(axis, &input.shape()?, outputs))?;
    let width = input.bytes()? / (input.element_len()? as u32).max(1);
    node.check(params.widened(width))
}

/// The outputs may lie in the input, if they stand in it one after the other.
pub(crate) fn parts(params: &SplitParams, input: usize) -> Parts {
    if params.rows() == 1 { Parts::Outputs { input } } else { Parts::None }
}

/// Copies to one output after the other.
pub(crate) fn eval(params: &SplitParams, input: usize, io: &mut Io<'_>) -> Result<(), EvalError> {
    let mut offset = 0;
    for index in 0..io.output_len() {
        if params.rows() == 1 && io.is_part(input, index, offset) {
            offset += io.output_bytes(index);
            continue;
        }
        let (output, reader) = io.output::<u8>(index)?;
        offset = split_part(params, offset, reader.input::<u8>(input)?, output)?;
    }
    Ok(())
}
