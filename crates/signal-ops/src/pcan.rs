//! PCAN: each channel times a gain that depends on its noise, compressed.
//!
//! * Types: `u32` and a table of `i16`, to `u32`
//! * Limits: `snr_shift` of 0 to 63; a table of 125 entries or more
//! * Conformance: uint32

use crate::node::{
    INPUT, OUTPUT, Options, cause, failure, require, require_aligned, require_len, require_that,
};
use bantam_interp::{EvalError, Failed, Io, Operator, Prepare};
use bantam_schema::TensorType;
use bantam_signal::pcan::{LUT_LEN, pcan};

const NOISE: usize = 1;
const GAINS: usize = 2;

pub(crate) struct Pcan;

impl Operator for Pcan {
    /// `snr_shift`.
    type Data = u32;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<u32, Failed> {
        node.require_operands(3..=3, 1)?;
        let (input, noise, gains) = (node.input(INPUT)?, node.input(NOISE)?, node.input(GAINS)?);
        let output = node.output(OUTPUT)?;
        require(&output, TensorType::UINT32, 1)?;
        for tensor in [input, noise] {
            require_aligned(&tensor, TensorType::UINT32, 1)?;
            require_len(&tensor, output.element_len()?)?;
        }
        require(&gains, TensorType::INT16, 1)?;
        require_that(&gains, gains.element_len()? >= LUT_LEN)?;
        let shift = Options::of(node)?.count(node, "snr_shift")?;
        node.check(pcan(&[], &[], &[0_i16; LUT_LEN], shift, &mut []).map_err(cause))?;
        Ok(shift)
    }

    fn eval(&shift: &u32, io: &mut Io<'_>) -> Result<(), EvalError> {
        let (output, reader) = io.output(OUTPUT)?;
        let gains = reader.input::<[u8; 2]>(GAINS)?.get(..LUT_LEN).ok_or(EvalError::Record)?;
        pcan(reader.input(INPUT)?, reader.input(NOISE)?, gains, shift, output).map_err(failure)
    }
}
