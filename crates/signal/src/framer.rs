//! Framers: samples as they come, cut into frames that overlap.

use crate::error::{Error, Operand};

/// Samples that a framer keeps, for the length of an array.
///
/// With `prefill` it is what frames of `size` samples share at steps of `step` samples; without, as
/// many whole steps as make up a frame together with the next one. Neither is negative.
pub const fn history_len(size: usize, step: usize, prefill: bool) -> usize {
    let shared = size.saturating_sub(step);
    if prefill || step == 0 { shared } else { shared.div_ceil(step).saturating_mul(step) }
}

/// `Ok` if such frames can be made.
///
/// # Errors
///
/// [`Error::Frame`] for a size or a step of 0, and for a step beyond the size with `prefill`.
pub const fn check(size: usize, step: usize, prefill: bool) -> Result<(), Error> {
    if size == 0 || step == 0 || prefill && step > size {
        return Err(Error::Frame { size, step });
    }
    Ok(())
}

/// Cuts frames of `size` samples at steps of `step` samples.
///
/// # Source
///
/// TFLM 90b983c2b, `signal/micro/kernels/framer.cc`, whose buffer has two places for each sample of
/// a frame, rounded up to whole steps; this one has one for each sample that frames share.
///
/// # Examples
///
/// ```
/// use bantam_signal::framer::{Framer, history_len};
///
/// let mut history = [0; history_len(3, 2, true)];
/// let mut framer = Framer::new(3, 2, true, &mut history)?;
/// let mut frame = [0; 3];
/// assert!(framer.push(&[1, 2], &mut frame)?);
/// assert_eq!(frame, [0, 1, 2]);
/// assert!(framer.push(&[3, 4], &mut frame)?);
/// assert_eq!(frame, [2, 3, 4]);
/// # Ok::<(), bantam_signal::Error>(())
/// ```
#[derive(Debug)]
pub struct Framer<'s> {
    history: &'s mut [i16],
    size: usize,
    step: usize,
    filled: usize,
}

impl<'s> Framer<'s> {
    /// A framer at its beginning: with `prefill` zeros have come before, so that the first step
    /// makes a frame; without, the first frame begins with the first sample.
    ///
    /// # Errors
    ///
    /// [`Error::Frame`] for a size or a step of 0, and for a step beyond the size with `prefill`;
    /// [`Error::Length`] if `history` is not of [`history_len`] elements.
    pub fn new(
        size: usize,
        step: usize,
        prefill: bool,
        history: &'s mut [i16],
    ) -> Result<Self, Error> {
        history.fill(0);
        let filled = if prefill { history.len() } else { 0 };
        Self::resume(size, step, prefill, history, filled)
    }

    /// Goes on where [`filled`](Self::filled) and the samples of `history` were kept.
    ///
    /// # Errors
    ///
    /// As [`Framer::new`].
    pub fn resume(
        size: usize,
        step: usize,
        prefill: bool,
        history: &'s mut [i16],
        filled: usize,
    ) -> Result<Self, Error> {
        check(size, step, prefill)?;
        let needed = history_len(size, step, prefill);
        Error::check(Operand::State, needed, history.len())?;
        Ok(Self { filled: filled.min(needed), history, size, step })
    }

    /// How many samples of the history have come.
    pub fn filled(&self) -> usize {
        self.filled
    }

    /// Takes `step` samples. Writes a frame if there are enough, and says whether there were; else
    /// `frame` stays as it is.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] unless `samples` has `step` elements and `frame` has `size`.
    pub fn push(&mut self, samples: &[i16], frame: &mut [i16]) -> Result<bool, Error> {
        Error::check(Operand::Input, self.step, samples.len())?;
        Error::check(Operand::Output, self.size, frame.len())?;
        let kept = self.history.len();
        let complete = self.filled == kept;
        if complete {
            let all = self.history.iter().chain(samples);
            frame.iter_mut().zip(all).for_each(|(slot, &sample)| *slot = sample);
        } else {
            self.filled = self.filled.saturating_add(self.step).min(kept);
        }
        // The newest are at the end; before it is filled, zeros stand in front of them.
        let stay = kept.saturating_sub(self.step);
        for index in 0..stay {
            let sample = self.history.get(index + self.step).copied().unwrap_or_default();
            if let Some(slot) = self.history.get_mut(index) {
                *slot = sample;
            }
        }
        let (_, new) = self.history.split_at_mut_checked(stay).unwrap_or_default();
        // What does not follow the next frame's beginning is dropped.
        let skipped = self.step.saturating_sub(kept);
        for (slot, &sample) in new.iter_mut().zip(samples.iter().skip(skipped)) {
            *slot = sample;
        }
        Ok(complete)
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
        fn prop_frames_are_where_they_belong(
            size in 1..12_usize,
            step in 1..6_usize,
            prefill in any::<bool>(),
            steps in 0..12_usize,
        ) {
            prop_assume!(!prefill || step <= size);
            let samples: Vec<i16> = (1..).take(steps * step).collect();
            let mut before = vec![0; if prefill { size - step } else { 0 }];
            before.extend(&samples);
            let mut history = vec![7; history_len(size, step, prefill)];
            let mut filled = Framer::new(size, step, prefill, &mut history).unwrap().filled();
            let mut begin = 0;
            for (index, samples) in samples.chunks_exact(step).enumerate() {
                let there = before.len() - (steps - index - 1) * step;
                let mut frame = vec![-1; size];
                let mut framer = Framer::resume(size, step, prefill, &mut history, filled).unwrap();
                let complete = framer.push(samples, &mut frame).unwrap();
                filled = framer.filled();
                prop_assert_eq!(complete, there >= begin + size);
                if complete {
                    prop_assert_eq!(&frame, &before[begin..begin + size]);
                    begin += step;
                } else {
                    prop_assert_eq!(frame, vec![-1; size]);
                }
            }
        }
    }

    #[test]
    fn impossible_frames_are_refused() {
        for (size, step, prefill) in [(0, 1, false), (1, 0, false), (2, 3, true)] {
            let made = Framer::new(size, step, prefill, &mut []).map(drop);
            assert_eq!(made, Err(Error::Frame { size, step }));
        }
        let error = |operand, needed, actual| Error::Length { operand, needed, actual };
        let made = Framer::new(5, 2, false, &mut [0; 3]).map(drop);
        assert_eq!(made, Err(error(Operand::State, 4, 3)));
        let mut history = [0; 4];
        let mut framer = Framer::new(5, 2, false, &mut history).unwrap();
        assert_eq!(framer.push(&[1; 3], &mut [0; 5]), Err(error(Operand::Input, 2, 3)));
        assert_eq!(framer.push(&[1; 2], &mut [0; 4]), Err(error(Operand::Output, 5, 4)));
    }
}
