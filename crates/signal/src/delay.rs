//! Delays: the samples of some time ago.

use crate::error::{Error, Operand};

/// Keeps the last samples, as many as it delays.
///
/// # Source
///
/// TFLM 90b983c2b, `signal/micro/kernels/delay.cc`, whose buffer has two places for each sample of
/// the delay and of a frame; this one has one for each sample of the delay.
///
/// # Examples
///
/// ```
/// use bantam_signal::delay::Delay;
///
/// let mut ring = [0; 3];
/// let mut delay = Delay::new(&mut ring);
/// let mut output = [0; 4];
/// delay.run(&[1, 2, 3, 4], &mut output)?;
/// assert_eq!(output, [0, 0, 0, 1]);
/// delay.run(&[5, 6, 7, 8], &mut output)?;
/// assert_eq!(output, [2, 3, 4, 5]);
/// # Ok::<(), bantam_signal::Error>(())
/// ```
#[derive(Debug)]
pub struct Delay<'s> {
    ring: &'s mut [i16],
    /// The oldest sample.
    oldest: usize,
}

impl<'s> Delay<'s> {
    /// A delay by as many samples as `ring` has. The first ones are zeros.
    pub fn new(ring: &'s mut [i16]) -> Self {
        ring.fill(0);
        Self { ring, oldest: 0 }
    }

    /// Goes on where [`oldest`](Self::oldest) and the samples of `ring` were kept.
    pub fn resume(ring: &'s mut [i16], oldest: usize) -> Self {
        Self { oldest: oldest.checked_rem(ring.len()).unwrap_or(0), ring }
    }

    /// Where in the ring the oldest sample is.
    pub fn oldest(&self) -> usize {
        self.oldest
    }

    /// Writes the samples of some time ago, and keeps new ones: any number.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] if `input` and `output` differ in length.
    pub fn run(&mut self, input: &[i16], output: &mut [i16]) -> Result<(), Error> {
        Error::check(Operand::Output, input.len(), output.len())?;
        for (y, &x) in output.iter_mut().zip(input) {
            *y = match self.ring.get_mut(self.oldest) {
                Some(oldest) => core::mem::replace(oldest, x),
                None => x,
            };
            self.oldest += 1;
            if self.oldest >= self.ring.len() {
                self.oldest = 0;
            }
        }
        Ok(())
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
        fn prop_samples_come_back_in_order(
            delay in 0..9_usize,
            frames in prop::collection::vec(prop::collection::vec(any::<i16>(), 0..7), 0..6),
        ) {
            let mut ring = vec![9; delay];
            let mut oldest = Delay::new(&mut ring).oldest();
            let mut got = Vec::new();
            for frame in &frames {
                let mut output = vec![0; frame.len()];
                // Kept elsewhere between frames.
                let mut delay = Delay::resume(&mut ring, oldest);
                delay.run(frame, &mut output).unwrap();
                oldest = delay.oldest();
                got.extend(output);
            }
            let mut want = vec![0; delay];
            want.extend(frames.iter().flatten());
            want.truncate(got.len());
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn lengths_are_checked() {
        let error = Error::Length { operand: Operand::Output, needed: 1, actual: 2 };
        assert_eq!(Delay::new(&mut []).run(&[1], &mut [0; 2]), Err(error));
    }
}
