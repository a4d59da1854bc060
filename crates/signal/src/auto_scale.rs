//! Frames as loud as their type allows, so that an FFT of few bits loses little.

use crate::error::{Error, Operand};

/// Shifts all samples to the left until the loudest one fills its type; returns by how many bits.
///
/// ```text
/// bits = 15 - bits(max |input|), 0 if all are 0
/// output[i] = input[i] << bits
/// ```
///
/// # Shapes
///
/// `input` and `output` have as many elements as each other.
///
/// # Ranges
///
/// The result is within `0..=14`.
///
/// # Rounding
///
/// Exact, but for one thing that the reference does: the magnitude of -32768 wraps to -32768. The
/// samples after the last one of these alone then say what the loudest is, and others may wrap.
///
/// # Errors
///
/// [`Error::Length`].
///
/// # Source
///
/// TFLM 90b983c2b, `signal/src/fft_auto_scale.cc`, `FftAutoScale`; `signal/src/max_abs.cc`.
///
/// # Examples
///
/// ```
/// let mut output = [0; 3];
/// let bits = bantam_signal::auto_scale::auto_scale(&[1000, -2000, 3], &mut output)?;
/// assert_eq!((bits, output), (4, [16_000, -32_000, 48]));
/// # Ok::<(), bantam_signal::Error>(())
/// ```
pub fn auto_scale(input: &[i16], output: &mut [i16]) -> Result<u32, Error> {
    Error::check(Operand::Output, input.len(), output.len())?;
    let mut loudest = 0_i16;
    for &sample in input {
        if sample > loudest {
            loudest = sample;
        } else if -i32::from(sample) > loudest.into() {
            loudest = sample.wrapping_neg();
        }
    }
    let bits = if loudest > 0 { loudest.leading_zeros() - 1 } else { 0 };
    for (y, &x) in output.iter_mut().zip(input) {
        *y = x.wrapping_shl(bits);
    }
    Ok(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loudest_decides() {
        for (input, bits, output) in [
            ([0, 0, 0], 0, [0, 0, 0]),
            ([1, -1, 0], 14, [16_384, -16_384, 0]),
            ([32_767, 1, -5], 0, [32_767, 1, -5]),
            ([5, -16_384, 2], 0, [5, -16_384, 2]),
            ([5, -16_383, 2], 1, [10, -32_766, 4]),
            // The magnitude that no `i16` has.
            ([5, 7, -32_768], 0, [5, 7, -32_768]),
            ([7, -32_768, 3], 13, [-8192, 0, 24_576]),
        ] {
            let mut got = [9; 3];
            assert_eq!(auto_scale(&input, &mut got), Ok(bits), "{input:?}");
            assert_eq!(got, output, "{input:?}");
        }
    }
}
