//! FILTER_BANK_SQUARE_ROOT: the square root of each channel, shifted to the right.
//!
//! * Types: `u64` and `i32`, to `u32`
//! * Limits: a shift of 0 to 31 bits, which an inference fails without
//! * Conformance: uint64

use crate::node::{INPUT, OUTPUT, failure, require, require_aligned, require_len};
use bantam_interp::{EvalError, Failed, Io, Operator, Prepare};
use bantam_schema::TensorType;
use bantam_signal::filter_bank::square_root;

const BITS: usize = 1;

pub(crate) struct FilterBankSquareRoot;

impl Operator for FilterBankSquareRoot {
    type Data = ();

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        node.require_operands(2..=2, 1)?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        require_aligned(&input, TensorType::UINT64, 1)?;
        require(&node.input(BITS)?, TensorType::INT32, 0)?;
        require(&output, TensorType::UINT32, 1)?;
        require_len(&output, input.element_len()?)
    }

    fn eval(_data: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        let (output, reader) = io.output(OUTPUT)?;
        let bits = reader.input::<[u8; 4]>(BITS)?.first().ok_or(EvalError::Record)?;
        square_root(reader.input(INPUT)?, u32::from_le_bytes(*bits), output).map_err(failure)
    }
}
