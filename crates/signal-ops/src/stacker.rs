//! STACKER: the features of some frames side by side, and whether there is such a stack.
//!
//! * Types: `i16`, to `i16` and `bool`
//! * Limits: a stack that is not complete is not written
//! * Conformance: int16

use crate::node::{INPUT, OUTPUT, Options, failure, require, require_aligned, require_len};
use bantam_interp::{Cause, EvalError, Extra, Failed, Io, Operator, Prepare, Slot, cast_mut};
use bantam_schema::TensorType;
use bantam_signal::stacker::{StackerState, stack_len};
use bytemuck::{Pod, Zeroable};

const VALID: usize = 1;

pub(crate) struct Stacker;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    /// The four words of [`StackerState`], then the features.
    state: Extra,
    channels: u32,
    left: u32,
    right: u32,
    step: u32,
}

/// Bytes of [`StackerState`].
const PLACES: usize = 16;

impl Operator for Stacker {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        node.require_operands(1..=1, 2)?;
        let options = Options::of(node)?;
        let mut data = Data {
            state: Extra::zeroed(),
            channels: options.count(node, "num_channels")?,
            left: options.count(node, "stacker_left_context")?,
            right: options.count(node, "stacker_right_context")?,
            step: options.count(node, "stacker_step")?,
        };
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        require_aligned(&input, TensorType::INT16, 1)?;
        require_len(&input, data.channels as usize)?;
        require(&output, TensorType::INT16, 1)?;
        let stack = stack_len(data.channels as usize, data.left as usize, data.right as usize);
        require_len(&output, stack)?;
        require(&node.output(VALID)?, TensorType::BOOL, 0)?;
        let bytes = stack.checked_mul(2).and_then(|bytes| bytes.checked_add(PLACES));
        let bytes = bytes.ok_or_else(|| node.error(Cause::TooLarge))?;
        data.state = node.state(bytes)?;
        Ok(data)
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let slots = [Slot::Output(OUTPUT), Slot::Output(VALID), Slot::Extra(data.state)];
        let ([output, valid, state], reader) = io.split(slots)?;
        let (places, ring) = state.split_first_chunk_mut::<PLACES>().ok_or(EvalError::Record)?;
        let places = cast_mut::<u32>(places)?;
        let &mut [read, write, filled, started] = places else { return Err(EvalError::Record) };
        let mut state = StackerState { read, write, filled, started };
        let (channels, around) =
            (data.channels as usize, [data.left as usize, data.right as usize]);
        let mut stacker = bantam_signal::stacker::Stacker::new(
            channels,
            around,
            data.step as usize,
            cast_mut(ring)?,
        )
        .map_err(failure)?;
        let complete = stacker.push(reader.input(INPUT)?, &mut state, cast_mut(output)?);
        let complete = complete.map_err(failure)?;
        let StackerState { read, write, filled, started } = state;
        places
            .iter_mut()
            .zip([read, write, filled, started])
            .for_each(|(slot, place)| *slot = place);
        *valid.first_mut().ok_or(EvalError::Record)? = complete.into();
        Ok(())
    }
}
