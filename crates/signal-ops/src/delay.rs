//! DELAY: the samples of some time ago.
//!
//! * Types: `i16`
//! * Conformance: int16

use crate::node::{INPUT, OUTPUT, Options, failure, take};
use bantam_interp::{Cause, EvalError, Extra, Failed, Io, Operator, Prepare, Slot, cast_mut};
use bantam_schema::TensorType;
use bytemuck::{Pod, Zeroable};

pub(crate) struct Delay;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    /// Where the oldest sample is (4 bytes), then a ring for each frame.
    state: Extra,
    frame: u32,
    delay: u32,
}

impl Operator for Delay {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        node.require_operands(1..=1, 1)?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        input.require_type(&[TensorType::INT16])?;
        input.require_aligned()?;
        output.require_type_of(&input)?;
        output.require_shape_of(&input)?;
        let frames = input.matrix()?;
        let delay = Options::of(node)?.count(node, "delay_length")?;
        let samples = frames.rows().checked_mul(delay).and_then(|len| len.checked_mul(2));
        let bytes = samples.and_then(|bytes| bytes.checked_add(4));
        let bytes = bytes.ok_or_else(|| node.error(Cause::TooLarge))?;
        let state = node.state(bytes as usize)?;
        Ok(Data { state, frame: frames.columns(), delay })
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let ([output, state], reader) =
            io.split([Slot::Output(OUTPUT), Slot::Extra(data.state)])?;
        let (oldest, rings) = state.split_first_chunk_mut().ok_or(EvalError::Record)?;
        let begin = u32::from_le_bytes(*oldest);
        let mut rings = cast_mut::<i16>(rings)?;
        let mut outputs = cast_mut::<i16>(output)?;
        let frame = data.frame.max(1) as usize;
        for input in reader.input::<i16>(INPUT)?.chunks_exact(frame) {
            let ring = take(&mut rings, data.delay as usize)?;
            let mut delay = bantam_signal::delay::Delay::resume(ring, begin as usize);
            delay.run(input, take(&mut outputs, frame)?).map_err(failure)?;
            *oldest = (delay.oldest() as u32).to_le_bytes();
        }
        Ok(())
    }
}
