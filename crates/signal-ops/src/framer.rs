//! FRAMER: samples cut into frames that overlap, and whether there were enough for all.
//!
//! * Types: `i16`, to `i16` and `bool`
//! * Limits: the step divides the samples, and is not beyond the frame where `prefill` is set; a
//!   frame that is not complete is not written
//! * Conformance: int16

use crate::node::{
    INPUT, OUTPUT, Options, cause, failure, require, require_len, require_that, take,
};
use bantam_interp::{Cause, EvalError, Extra, Failed, Io, Operator, Prepare, Slot, cast_mut};
use bantam_schema::TensorType;
use bantam_signal::framer::history_len;
use bytemuck::{Pod, Zeroable};

const VALID: usize = 1;

pub(crate) struct Framer;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    /// How many samples of each history have come (4 bytes), then a history for each channel.
    state: Extra,
    size: u32,
    step: u32,
    prefill: u32,
    /// Samples that come at a time.
    samples: u32,
}

impl Operator for Framer {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        node.require_operands(1..=1, 2)?;
        let options = Options::of(node)?;
        let size = options.count(node, "frame_size")?;
        let step = options.count(node, "frame_step")?;
        let prefill = options.integer(node, "prefill")? != 0;
        node.check(
            bantam_signal::framer::check(size as usize, step as usize, prefill).map_err(cause),
        )?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        input.require_type(&[TensorType::INT16])?;
        input.require_aligned()?;
        let rank = input.rank()?;
        require_that(&input, rank > 0)?;
        let channels = input.matrix()?;
        require_that(&input, channels.columns().is_multiple_of(step))?;
        require(&output, TensorType::INT16, rank + 1)?;
        let frames = channels.len() / step.max(1);
        let samples = frames.checked_mul(size).ok_or_else(|| node.error(Cause::TooLarge))?;
        require_len(&output, samples as usize)?;
        require(&node.output(VALID)?, TensorType::BOOL, 0)?;
        let history = history_len(size as usize, step as usize, prefill);
        let bytes =
            history.checked_mul(channels.rows() as usize).and_then(|len| len.checked_mul(2));
        let bytes = bytes.and_then(|bytes| bytes.checked_add(4));
        let bytes = bytes.ok_or_else(|| node.error(Cause::TooLarge))?;
        let state = node.state(bytes)?;
        Ok(Data { state, size, step, prefill: prefill.into(), samples: channels.columns() })
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let slots = [Slot::Output(OUTPUT), Slot::Output(VALID), Slot::Extra(data.state)];
        let ([output, valid, state], reader) = io.split(slots)?;
        let (filled, histories) = state.split_first_chunk_mut().ok_or(EvalError::Record)?;
        let (size, step) = (data.size as usize, data.step as usize);
        let prefill = data.prefill != 0;
        let history = history_len(size, step, prefill);
        let begin = if prefill { history } else { u32::from_le_bytes(*filled) as usize };
        let mut histories = cast_mut::<i16>(histories)?;
        let mut frames = cast_mut::<i16>(output)?;
        let mut complete = true;
        for samples in reader.input::<i16>(INPUT)?.chunks_exact(data.samples.max(1) as usize) {
            let history = take(&mut histories, history)?;
            let mut framer =
                bantam_signal::framer::Framer::resume(size, step, prefill, history, begin)
                    .map_err(failure)?;
            for samples in samples.chunks_exact(step.max(1)) {
                let frame = take(&mut frames, size)?;
                complete &= framer.push(samples, frame).map_err(failure)?;
            }
            *filled = (framer.filled() as u32).to_le_bytes();
        }
        *valid.first_mut().ok_or(EvalError::Record)? = complete.into();
        Ok(())
    }
}
