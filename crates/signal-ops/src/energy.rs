//! ENERGY: the energy of some bins of a spectrum.
//!
//! * Types: `i16`, to `u32`
//! * Limits: bins within input and output; the rest of the output is not written
//! * Conformance: int16

use crate::node::{INPUT, OUTPUT, Options, failure, require, require_aligned, require_that};
use bantam_interp::{EvalError, Failed, Io, Operator, Prepare};
use bantam_schema::TensorType;
use bantam_signal::energy::energy;
use bantam_signal::fft::Complex;

pub(crate) struct Energy;

impl Operator for Energy {
    /// The first bin, and the one behind the last.
    type Data = [u32; 2];

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<[u32; 2], Failed> {
        node.require_operands(1..=1, 1)?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        require_aligned(&input, TensorType::INT16, 1)?;
        require(&output, TensorType::UINT32, 1)?;
        let options = Options::of(node)?;
        let start = options.count(node, "start_index")?;
        let end = options.count(node, "end_index")?.max(start);
        require_that(&input, input.element_len()? / 2 >= end as usize)?;
        require_that(&input, input.element_len()?.is_multiple_of(2))?;
        require_that(&output, output.element_len()? >= end as usize)?;
        Ok([start, end])
    }

    fn eval(&[start, end]: &[u32; 2], io: &mut Io<'_>) -> Result<(), EvalError> {
        let (start, end) = (start as usize, end as usize);
        let (output, reader) = io.output(OUTPUT)?;
        let input = reader.input::<Complex<i16>>(INPUT)?.get(..end).ok_or(EvalError::Record)?;
        let output = output.get_mut(..end).ok_or(EvalError::Record)?;
        energy(input, start..end, output).map_err(failure)
    }
}
