//! Stackers: the features of some frames, side by side.

use crate::error::{Error, Operand};

/// Where a stacker is: what it keeps beside the features.
///
/// Zeros are the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StackerState {
    /// Where the oldest feature is.
    pub read: u32,
    /// Where the next feature goes.
    pub write: u32,
    /// Whether there is a feature: 0 or 1.
    pub filled: u32,
    /// Whether a frame has come: 0 or 1.
    pub started: u32,
}

/// Features of a stack of frames, for the length of an array: `left` frames before one of
/// `channels` features, and `right` frames after it.
pub const fn stack_len(channels: usize, left: usize, right: usize) -> usize {
    channels.saturating_mul(left.saturating_add(right).saturating_add(1))
}

/// Puts the features of frames side by side: those of `left` frames, of one, and of `right` frames,
/// at steps of `step` frames.
///
/// The first frame stands for those that would have come before it.
///
/// # Source
///
/// TFLM 90b983c2b, `signal/micro/kernels/stacker.cc`, with the indices of
/// `signal/src/circular_buffer.cc`: so a step beyond the stack, which makes the reference lose its
/// place and be silent from then on, does so here.
///
/// # Examples
///
/// ```
/// use bantam_signal::stacker::{Stacker, StackerState, stack_len};
///
/// // Frames of one feature: the one before, and the one after.
/// let mut ring = [0; stack_len(1, 1, 1)];
/// let mut state = StackerState::default();
/// let mut stacker = Stacker::new(1, [1, 1], 2, &mut ring)?;
/// let mut stack = [0; 3];
/// assert!(!stacker.push(&[1], &mut state, &mut stack)?);
/// assert!(stacker.push(&[2], &mut state, &mut stack)?);
/// assert_eq!(stack, [1, 1, 2]);
/// assert!(!stacker.push(&[3], &mut state, &mut stack)?);
/// assert!(stacker.push(&[4], &mut state, &mut stack)?);
/// assert_eq!(stack, [2, 3, 4]);
/// # Ok::<(), bantam_signal::Error>(())
/// ```
#[derive(Debug)]
pub struct Stacker<'s> {
    ring: &'s mut [i16],
    channels: usize,
    left: usize,
    step: usize,
}

impl<'s> Stacker<'s> {
    /// A stacker that keeps features in `ring`. With the state of another call it goes on there.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] if `ring` is not of [`stack_len`] elements.
    pub fn new(
        channels: usize,
        [left, right]: [usize; 2],
        step: usize,
        ring: &'s mut [i16],
    ) -> Result<Self, Error> {
        Error::check(Operand::State, stack_len(channels, left, right), ring.len())?;
        Ok(Self { ring, channels, left, step })
    }

    /// Takes the features of a frame. Writes a stack if there is one, and says whether there is;
    /// else `stack` stays as it is.
    ///
    /// # Shapes
    ///
    /// | slice      | elements      |
    /// |------------|---------------|
    /// | `features` | the channels  |
    /// | `stack`    | [`stack_len`] |
    ///
    /// # Errors
    ///
    /// [`Error::Length`].
    pub fn push(
        &mut self,
        features: &[i16],
        state: &mut StackerState,
        stack: &mut [i16],
    ) -> Result<bool, Error> {
        Error::check(Operand::Input, self.channels, features.len())?;
        Error::check(Operand::Output, self.ring.len(), stack.len())?;
        self.write(features, state);
        if state.started == 0 {
            // A frame is never longer than the ring: `left` more of it fit in, or overwrite.
            for _ in 0..self.left {
                self.write(features, state);
            }
            state.started = 1;
        }
        let complete = self.available(state) >= self.ring.len();
        if complete {
            let read = (state.read as usize).min(self.ring.len());
            let (before, from) = self.ring.split_at_checked(read).unwrap_or_default();
            let oldest_first = from.iter().chain(before);
            stack.iter_mut().zip(oldest_first).for_each(|(slot, &feature)| *slot = feature);
            self.discard(state);
        }
        Ok(complete)
    }

    fn write(&mut self, features: &[i16], state: &mut StackerState) {
        for &feature in features {
            let at = state.write as usize;
            if let Some(slot) = self.ring.get_mut(at) {
                *slot = feature;
            }
            state.write = if at + 1 >= self.ring.len() { 0 } else { at as u32 + 1 };
            state.filled = 1;
        }
    }

    fn available(&self, state: &StackerState) -> usize {
        match (state.write as usize).checked_sub(state.read as usize) {
            Some(0) if state.filled == 0 => 0,
            Some(0) => self.ring.len(),
            Some(more) => more,
            None => (self.ring.len() + state.write as usize).saturating_sub(state.read as usize),
        }
    }

    fn discard(&self, state: &mut StackerState) {
        let read = (state.read as usize).wrapping_add(self.channels.wrapping_mul(self.step));
        let read = if read >= self.ring.len() { read - self.ring.len() } else { read };
        state.read = read as u32;
        if state.read == state.write {
            state.filled = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn prop_stacks_are_of_neighbours(
            channels in 1..4_usize,
            left in 0..4_usize,
            right in 0..4_usize,
            step in 1..4_usize,
            frames in 0..12_usize,
        ) {
            let width = left + right + 1;
            prop_assume!(step <= width);
            let frame = |index: usize| -> Vec<i16> {
                (0..channels).map(|channel| (10 * index + channel) as i16).collect()
            };
            let mut ring = vec![0; stack_len(channels, left, right)];
            let mut state = StackerState::default();
            let mut middle = 0;
            for index in 0..frames {
                let mut stack = vec![-1; ring.len()];
                let mut stacker = Stacker::new(channels, [left, right], step, &mut ring).unwrap();
                let complete = stacker.push(&frame(index), &mut state, &mut stack).unwrap();
                prop_assert_eq!(complete, index >= middle + right);
                if complete {
                    let around = (0..width).map(|i| (middle + i).saturating_sub(left));
                    let want: Vec<i16> = around.flat_map(frame).collect();
                    prop_assert_eq!(stack, want);
                    middle += step;
                }
            }
        }

        #[test]
        fn prop_any_state_is_survived(
            channels in 0..4_usize,
            around in [0..3_usize, 0..3],
            step in any::<u16>(),
            words in any::<[u32; 4]>(),
        ) {
            let mut ring = vec![0; stack_len(channels, around[0], around[1])];
            let mut stack = ring.clone();
            let [read, write, filled, started] = words;
            let mut state = StackerState { read, write, filled, started };
            let mut stacker = Stacker::new(channels, around, step.into(), &mut ring).unwrap();
            for _ in 0..3 {
                stacker.push(&vec![1; channels], &mut state, &mut stack).unwrap();
            }
        }
    }

    #[test]
    fn a_step_beyond_the_stack_loses_its_place() {
        let mut ring = [0; 2];
        let mut state = StackerState::default();
        let mut stack = [0; 2];
        let mut stacker = Stacker::new(2, [0, 0], 2, &mut ring).unwrap();
        for complete in [true, false, false, false] {
            assert_eq!(stacker.push(&[1, 2], &mut state, &mut stack), Ok(complete));
        }
    }

    #[test]
    fn lengths_are_checked() {
        let error = |operand, needed, actual| Err(Error::Length { operand, needed, actual });
        let made = Stacker::new(2, [1, 0], 1, &mut [0; 3]).map(drop);
        assert_eq!(made, error(Operand::State, 4, 3));
        let mut ring = [0; 4];
        let mut stacker = Stacker::new(2, [1, 0], 1, &mut ring).unwrap();
        let mut state = StackerState::default();
        assert_eq!(
            stacker.push(&[1], &mut state, &mut [0; 4]),
            error(Operand::Input, 2, 1).map(|()| false)
        );
        assert_eq!(
            stacker.push(&[1; 2], &mut state, &mut [0; 3]),
            error(Operand::Output, 4, 3).map(|()| false)
        );
    }
}
