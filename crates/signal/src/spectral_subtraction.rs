//! Spectral subtraction: channels without the noise that has been there for a while.

use crate::error::{Error, Operand};

/// Parameters of spectral subtraction. Fractions have [`bits`](Self::bits) fraction bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpectralSubtraction {
    /// How much of the noise estimate of even channels is renewed each time.
    pub smoothing: u32,
    /// How much of it stays: 1 - `smoothing`.
    pub one_minus_smoothing: u32,
    /// `smoothing` of odd channels.
    pub alternate_smoothing: u32,
    /// `one_minus_smoothing` of odd channels.
    pub alternate_one_minus_smoothing: u32,
    /// What at least remains of a channel.
    pub min_signal_remaining: u32,
    /// Bits by which the noise estimate is finer than the channels, within `0..=31`.
    pub smoothing_bits: u32,
    /// Fraction bits of all fractions here, within `0..=63`.
    pub bits: u32,
    /// Whether the estimate falls at once where a channel falls below it.
    pub clamping: bool,
}

impl SpectralSubtraction {
    /// The parameters of `micro_speech` of TFLM: 2.5 % of even channels, 6 % of odd ones, 5 %
    /// remain.
    ///
    /// Source: TFLM 90b983c2b, `micro/examples/micro_speech/audio_preprocessor.py`.
    pub const MICRO_SPEECH: Self = Self {
        smoothing: 409,
        one_minus_smoothing: 15_975,
        alternate_smoothing: 983,
        alternate_one_minus_smoothing: 15_401,
        min_signal_remaining: 819,
        smoothing_bits: 10,
        bits: 14,
        clamping: false,
    };

    /// `Ok` if the shifts are within their ranges.
    ///
    /// # Errors
    ///
    /// [`Error::Shift`].
    pub const fn check(&self) -> Result<(), Error> {
        match Error::check_shift(self.smoothing_bits, u32::BITS - 1) {
            Ok(()) => Error::check_shift(self.bits, u64::BITS - 1),
            refused => refused,
        }
    }

    /// Renews the estimate of the noise, and subtracts it from each channel.
    ///
    /// ```text
    /// x = input[i] << smoothing_bits
    /// noise[i] = (x · smoothing + noise[i] · (1 - smoothing)) >> bits
    /// least = (input[i] · min_signal_remaining) >> bits
    /// output[i] = max((x - min(noise[i], x)) >> smoothing_bits, least)
    /// ```
    ///
    /// With `clamping`, `noise[i]` is at most `x` afterwards.
    ///
    /// # Shapes
    ///
    /// `input`, `noise` and `output` have as many elements as each other: the channels. `noise` is
    /// kept from call to call, and zeros at first.
    ///
    /// # Rounding
    ///
    /// Down; sums of 64 bits and results of 32 bits wrap.
    ///
    /// # Errors
    ///
    /// [`Error::Length`], [`Error::Shift`].
    ///
    /// # Source
    ///
    /// TFLM 90b983c2b, `signal/src/filter_bank_spectral_subtraction.cc`,
    /// `FilterbankSpectralSubtraction`.
    ///
    /// # Examples
    ///
    /// ```
    /// use bantam_signal::spectral_subtraction::SpectralSubtraction;
    ///
    /// let (mut noise, mut output) = ([0; 1], [0; 1]);
    /// for _ in 0..1000 {
    ///     SpectralSubtraction::MICRO_SPEECH.run(&[1000], &mut noise, &mut output)?;
    /// }
    /// // What never changes is noise; a twentieth of it remains.
    /// assert_eq!(output, [49]);
    /// # Ok::<(), bantam_signal::Error>(())
    /// ```
    pub fn run(&self, input: &[u32], noise: &mut [u32], output: &mut [u32]) -> Result<(), Error> {
        self.check()?;
        Error::check(Operand::Noise, input.len(), noise.len())?;
        Error::check(Operand::Output, input.len(), output.len())?;
        let even = [self.smoothing, self.one_minus_smoothing];
        let odd = [self.alternate_smoothing, self.alternate_one_minus_smoothing];
        let channels = input.iter().zip(noise).zip(output);
        for (((&channel, noise), output), [smoothing, rest]) in
            channels.zip([even, odd].into_iter().cycle())
        {
            let product = |a: u32, b: u32| u64::from(a) * u64::from(b);
            let signal = channel << self.smoothing_bits;
            let renewed = product(signal, smoothing).wrapping_add(product(*noise, rest));
            *noise = (renewed >> self.bits) as u32;
            let estimate = signal.min(*noise);
            if self.clamping {
                *noise = estimate;
            }
            let least = (product(channel, self.min_signal_remaining) >> self.bits) as u32;
            *output = ((signal - estimate) >> self.smoothing_bits).max(least);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clamping_lets_the_estimate_fall() {
        for (clamping, left) in [(false, 100_u32 << 8), (true, 10 << 8)] {
            let fast = SpectralSubtraction {
                smoothing: 0,
                one_minus_smoothing: 1 << 4,
                alternate_smoothing: 1 << 4,
                alternate_one_minus_smoothing: 0,
                min_signal_remaining: 1 << 3,
                smoothing_bits: 8,
                bits: 4,
                clamping,
            };
            let (mut noise, mut output) = ([100 << 8, 5 << 8], [0; 2]);
            fast.run(&[10, 20], &mut noise, &mut output).unwrap();
            // Even channels keep their noise, odd ones take all of what is there.
            assert_eq!(noise, [left, 20 << 8]);
            assert_eq!(output, [5, 10]);
        }
    }

    #[test]
    fn shifts_and_lengths_are_checked() {
        let of = |smoothing_bits, bits| SpectralSubtraction {
            smoothing_bits,
            bits,
            ..SpectralSubtraction::MICRO_SPEECH
        };
        let run = |of: SpectralSubtraction| of.run(&[1], &mut [0], &mut [0]);
        assert_eq!(run(of(31, 63)), Ok(()));
        assert_eq!(run(of(32, 14)), Err(Error::Shift { bits: 32, most: 31 }));
        assert_eq!(run(of(10, 64)), Err(Error::Shift { bits: 64, most: 63 }));
        let short = |operand| Err(Error::Length { operand, needed: 2, actual: 1 });
        let of = SpectralSubtraction::MICRO_SPEECH;
        assert_eq!(of.run(&[1; 2], &mut [0; 1], &mut [0; 2]), short(Operand::Noise));
        assert_eq!(of.run(&[1; 2], &mut [0; 2], &mut [0; 1]), short(Operand::Output));
    }
}
