//! FFT_AUTO_SCALE: a frame as loud as its type allows, and by how many bits it was shifted.
//!
//! * Types: `i16`, to `i16` and `i32`
//! * Conformance: int16

use crate::node::{INPUT, OUTPUT, failure, require, require_aligned};
use bantam_interp::{EvalError, Failed, Io, Operator, Prepare, Slot, cast_mut};
use bantam_schema::TensorType;
use bantam_signal::auto_scale::auto_scale;

const BITS: usize = 1;

pub(crate) struct FftAutoScale;

impl Operator for FftAutoScale {
    type Data = ();

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        node.require_operands(1..=1, 2)?;
        let input = node.input(INPUT)?;
        require_aligned(&input, TensorType::INT16, 1)?;
        let output = node.output(OUTPUT)?;
        output.require_type_of(&input)?;
        output.require_shape_of(&input)?;
        require(&node.output(BITS)?, TensorType::INT32, 0)
    }

    fn eval(_data: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        let ([output, bits], reader) = io.split([Slot::Output(OUTPUT), Slot::Output(BITS)])?;
        let shifted = auto_scale(reader.input(INPUT)?, cast_mut(output)?).map_err(failure)?;
        *cast_mut(bits)?.first_mut().ok_or(EvalError::Record)? = shifted;
        Ok(())
    }
}
