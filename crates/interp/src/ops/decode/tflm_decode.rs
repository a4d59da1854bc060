//! TFLM_DECODE: constants that the model has in fewer bytes (`ops::TFLM_DECODE`).
//!
//! * Types: `i8`, `i16`, `i32`, `i64`, `bool`, `f32`
//! * Limits: decoders are lookup tables, Huffman codes (of `i8` and `i16`) and pruning, not those
//!   of users; two constant inputs for each output; channels lie along the first or the last
//!   dimension
//! * Conformance: bool, float32, int16, int32, int64, int8
//!
//! Source: TFLM 90b983c2b, `micro/kernels/decode.cc`. Outputs are decoded anew in every inference,
//! so that they may share their memory with other tensors.

use super::encoded::Encoded;
use crate::{Cause, EvalError, Failed, Io, Operator, Prepare};
use bantam_arena::Slice;
use bytemuck::Zeroable;

/// TFLM_DECODE.
#[derive(Debug)]
pub(crate) struct TflmDecode;

impl Operator for TflmDecode {
    /// For each output what decoding it needs.
    type Data = Slice<Encoded>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Slice<Encoded>, Failed> {
        let outputs = node.output_len();
        if outputs == 0 {
            return Err(node.error(Cause::OutputCount(0)));
        }
        node.require_operands(2 * outputs..=2 * outputs, outputs)?;
        let slice = node.persist(outputs, |_| Encoded::zeroed())?;
        for index in 0..outputs {
            let (encoded, ancillary) = (node.input(2 * index)?, node.input(2 * index + 1)?);
            let tensor = Encoded::new(&encoded, &ancillary, &node.output(index)?)?;
            let slots = node.store.slice_mut(slice).unwrap_or_default();
            if let Some(slot) = slots.get_mut(index) {
                *slot = tensor;
            }
        }
        Ok(slice)
    }

    fn eval(slice: &Slice<Encoded>, io: &mut Io<'_>) -> Result<(), EvalError> {
        let model = io.model();
        for (index, tensor) in io.persistent(*slice)?.iter().enumerate() {
            let (output, reader) = io.output::<u8>(index)?;
            let (encoded, ancillary) = (reader.input(2 * index)?, reader.input(2 * index + 1)?);
            tensor.decode(model, encoded, ancillary, output)?;
        }
        Ok(())
    }
}
