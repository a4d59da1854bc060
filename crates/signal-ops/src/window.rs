//! WINDOW: each frame times the weights of a window, shifted to the right.
//!
//! * Types: `i16`
//! * Limits: a shift of 0 to 31 bits; a whole number of windows
//! * Conformance: int16

use crate::node::{INPUT, OUTPUT, Options, cause, failure, require, require_that};
use bantam_interp::{EvalError, Failed, Io, Operator, Prepare};
use bantam_schema::TensorType;
use bantam_signal::window::{check_shift, window};

const WEIGHTS: usize = 1;

pub(crate) struct Window;

impl Operator for Window {
    /// The shift.
    type Data = u32;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<u32, Failed> {
        node.require_operands(2..=2, 1)?;
        let (input, weights) = (node.input(INPUT)?, node.input(WEIGHTS)?);
        input.require_type(&[TensorType::INT16])?;
        input.require_aligned()?;
        require_that(&input, input.rank()? > 0)?;
        require(&weights, TensorType::INT16, 1)?;
        require_that(&weights, input.element_len()?.is_multiple_of(weights.element_len()?))?;
        let output = node.output(OUTPUT)?;
        output.require_type_of(&input)?;
        output.require_shape_of(&input)?;
        let shift = Options::of(node)?.count(node, "shift")?;
        node.check(check_shift(shift).map_err(cause))?;
        Ok(shift)
    }

    fn eval(shift: &u32, io: &mut Io<'_>) -> Result<(), EvalError> {
        let (output, reader) = io.output::<i16>(OUTPUT)?;
        let weights = reader.input::<[u8; 2]>(WEIGHTS)?;
        window(reader.input(INPUT)?, weights, *shift, output).map_err(failure)
    }
}
