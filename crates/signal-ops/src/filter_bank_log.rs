//! FILTER_BANK_LOG: the logarithm of each channel.
//!
//! * Types: `u32`, to `i16`
//! * Limits: `input_correction_bits` of 0 to 31
//! * Conformance: uint32

use crate::node::{INPUT, OUTPUT, Options, cause, failure, require, require_aligned, require_len};
use bantam_interp::{EvalError, Failed, Io, Operator, Prepare};
use bantam_schema::TensorType;
use bantam_signal::filter_bank::log;

pub(crate) struct FilterBankLog;

impl Operator for FilterBankLog {
    /// The scale of the output, and the bits by which the input is shifted.
    type Data = [u32; 2];

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<[u32; 2], Failed> {
        node.require_operands(1..=1, 1)?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        require_aligned(&input, TensorType::UINT32, 1)?;
        require(&output, TensorType::INT16, 1)?;
        require_len(&output, input.element_len()?)?;
        let options = Options::of(node)?;
        let bits = options.count(node, "input_correction_bits")?;
        node.check(log(&[], 0, bits, &mut []).map_err(cause))?;
        // The reference takes the bits of a negative one, too.
        Ok([options.integer(node, "output_scale")?.cast_unsigned(), bits])
    }

    fn eval(&[scale, bits]: &[u32; 2], io: &mut Io<'_>) -> Result<(), EvalError> {
        let (output, reader) = io.output(OUTPUT)?;
        log(reader.input(INPUT)?, scale, bits, output).map_err(failure)
    }
}
