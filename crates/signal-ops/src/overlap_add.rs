//! OVERLAP_ADD: frames that overlap, added up to samples.
//!
//! * Types: `i16`, `f32`
//! * Limits: a step of at least 1 sample, and no more than a frame
//! * Conformance: float32, int16

use crate::node::{INPUT, OUTPUT, Options, failure, require_len, require_that, take};
use crate::types::Types;
use bantam_interp::{Cause, EvalError, Extra, Failed, Io, Operator, Prepare, Slot, cast_mut};
use bantam_schema::TensorType;
use bantam_signal::fft::Sample;
use bantam_signal::overlap_add::overlap_add;
use bytemuck::{Pod, Zeroable};
use core::marker::PhantomData;

/// The types of samples.
const TYPES: [TensorType; 2] = [TensorType::INT16, TensorType::FLOAT32];

pub(crate) struct OverlapAdd<T>(PhantomData<T>);

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    /// What frames left, for each channel.
    state: Extra,
    size: u32,
    step: u32,
    /// Frames of a channel.
    frames: u32,
}

impl<T: Types> Operator for OverlapAdd<T> {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        node.require_operands(1..=1, 1)?;
        let options = Options::of(node)?;
        let tensor_type = options.tensor_type(node, &TYPES)?;
        if T::ONLY.is_some_and(|only| only != tensor_type) {
            return Err(node.error(Cause::TensorType(tensor_type)));
        }
        let step = options.count(node, "frame_step")?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        for tensor in [input, output] {
            tensor.require_type(&[tensor_type])?;
        }
        input.require_aligned()?;
        let rank = input.rank()?;
        require_that(&input, rank >= 2)?;
        require_that(&output, output.rank()? + 1 == rank)?;
        let all = input.matrix()?;
        let size = all.columns();
        if !(1..=size).contains(&step) {
            return Err(node.error(Cause::Unsupported("a frame_step of 0 or beyond the frame")));
        }
        let frames = input.tensor().shape().iter().nth_back(1).unwrap_or(1).unsigned_abs();
        let channels = all.rows() / frames.max(1);
        // Not beyond the input, whose frames are no shorter than a step.
        require_len(&output, all.rows() as usize * step as usize)?;
        let rest = channels as usize * (size - step) as usize;
        let width = if T::known(tensor_type) == TensorType::INT16 { 2 } else { 4 };
        let bytes = rest.checked_mul(width).ok_or_else(|| node.error(Cause::TooLarge))?;
        let state = node.state(bytes)?;
        Ok(Data { state, size, step, frames })
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        match T::known(io.element_type()) {
            TensorType::INT16 => run::<i16>(data, io),
            _ => run::<f32>(data, io),
        }
    }
}

fn run<S: Sample + Pod>(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
    let ([output, state], reader) = io.split([Slot::Output(OUTPUT), Slot::Extra(data.state)])?;
    let (mut outputs, mut rests) = (cast_mut::<S>(output)?, cast_mut::<S>(state)?);
    let (size, step) = (data.size.max(1) as usize, data.step as usize);
    let channel = size.saturating_mul(data.frames as usize).max(1);
    for frames in reader.input::<S>(INPUT)?.chunks_exact(channel) {
        let rest = take(&mut rests, size.saturating_sub(step))?;
        for frame in frames.chunks_exact(size) {
            overlap_add(frame, rest, take(&mut outputs, step)?).map_err(failure)?;
        }
    }
    Ok(())
}
