//! What operators share whose inputs make up an output along an axis, or whose outputs make up an
//! input.

use crate::{EvalError, Failed, Io, Parts, Prepare, TensorInfo};
use bantam_kernels::movement::concatenation::{ConcatenationParams, concatenation_part};
use bantam_kernels::movement::split::{SplitParams, split_part};
use bantam_kernels::{ParamsError, Shape};
use bantam_schema::TensorType;

const OUTPUT: usize = 0;

/// The types of SPLIT, SPLIT_V and UNPACK.
const SPLIT_TYPES: [TensorType; 4] =
    [TensorType::FLOAT32, TensorType::INT8, TensorType::INT16, TensorType::INT32];

/// Bytes of an element.
fn width(info: &TensorInfo<'_>) -> Result<u32, Failed> {
    Ok(info.bytes()? / (info.element_len()? as u32).max(1))
}

/// What `new` makes of the shapes of inputs, which are all valid, and that of the output. In bytes.
pub(crate) fn join(
    node: &Prepare<'_, '_>,
    new: impl FnOnce(
        &mut dyn Iterator<Item = Shape>,
        &Shape,
    ) -> Result<ConcatenationParams, ParamsError>,
) -> Result<ConcatenationParams, Failed> {
    let output = node.output(OUTPUT)?;
    let mut inputs = (0..node.input_len()).filter_map(|i| node.input(i).ok()?.shape().ok());
    let params = new(&mut inputs, &output.shape()?);
    let width = width(&output)?;
    node.check(params.and_then(|params| params.widened(width)))
}

/// The inputs may lie in the output, if they stand in it one after the other.
pub(crate) fn inputs(params: &ConcatenationParams) -> Parts {
    if params.rows() == 1 { Parts::Inputs } else { Parts::None }
}

/// Copies one input after the other.
pub(crate) fn eval_join(params: &ConcatenationParams, io: &mut Io<'_>) -> Result<(), EvalError> {
    let mut offset = 0;
    for index in 0..io.input_len() {
        if params.rows() == 1 && io.is_part(index, OUTPUT, offset) {
            offset += io.input_bytes(index);
            continue;
        }
        let (output, reader) = io.output::<u8>(OUTPUT)?;
        offset = concatenation_part(params, offset, reader.input::<u8>(index)?, output)?;
    }
    Ok(())
}

/// What `new` makes of the shape of `input` and those of the outputs. In bytes.
///
/// As in TFLM the outputs say how many there are and how large: options and sizes are not read.
pub(crate) fn split(
    node: &Prepare<'_, '_>,
    input: &TensorInfo<'_>,
    new: impl FnOnce(&Shape, &mut dyn Iterator<Item = Shape>) -> Result<SplitParams, ParamsError>,
) -> Result<SplitParams, Failed> {
    input.require_type(&SPLIT_TYPES)?;
    for index in 0..node.output_len() {
        let output = node.output(index)?;
        output.require_type_of(input)?;
        output.element_len()?;
    }
    // Outputs that fail here have failed above.
    let mut outputs = (0..node.output_len()).filter_map(|i| node.output(i).ok()?.shape().ok());
    let params = input.check(new(&input.shape()?, &mut outputs))?;
    node.check(params.widened(width(input)?))
}

/// The outputs may lie in the input, if they stand in it one after the other.
pub(crate) fn outputs(params: &SplitParams, input: usize) -> Parts {
    if params.rows() == 1 { Parts::Outputs { input, offset: 0 } } else { Parts::None }
}

/// Copies to one output after the other.
pub(crate) fn eval_split(
    params: &SplitParams,
    input: usize,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
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
