//! The energy of the bins of a spectrum.

use crate::error::{Error, Operand};
use crate::fft::Complex;
use core::ops::Range;

/// Squares the magnitude of each bin in `bins`; leaves the rest of `output` as it is.
///
/// ```text
/// output[i] = input[i].re² + input[i].im²
/// ```
///
/// # Shapes
///
/// `input` and `output` have as many elements as each other, of which `bins` are some.
///
/// # Rounding
///
/// Exact.
///
/// # Errors
///
/// [`Error::Length`].
///
/// # Source
///
/// TFLM 90b983c2b, `signal/src/energy.cc`, `SpectrumToEnergy`.
///
/// # Examples
///
/// ```
/// let mut output = [1; 3];
/// bantam_signal::energy::energy(&[[9, 9], [3, -4], [-32768, -32768]], 1..3, &mut output)?;
/// assert_eq!(output, [1, 25, 1 << 31]);
/// # Ok::<(), bantam_signal::Error>(())
/// ```
pub fn energy(input: &[Complex<i16>], bins: Range<usize>, output: &mut [u32]) -> Result<(), Error> {
    Error::check(Operand::Output, input.len(), output.len())?;
    let (needed, actual) = (bins.end, input.len());
    let short = Error::Length { operand: Operand::Input, needed, actual };
    let written = output.get_mut(bins.clone()).ok_or(short)?;
    for (energy, parts) in written.iter_mut().zip(input.get(bins).ok_or(short)?) {
        let [real, imaginary] = parts.map(|part| u32::from(part.unsigned_abs()));
        *energy = real * real + imaginary * imaginary;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_outside_are_refused() {
        let mut output = [7; 2];
        let short = |needed| Err(Error::Length { operand: Operand::Input, needed, actual: 2 });
        assert_eq!(energy(&[[1, 1]; 2], 1..3, &mut output), short(3));
        #[expect(clippy::reversed_empty_ranges, reason = "it is what is refused")]
        let backwards = energy(&[[1, 1]; 2], 2..1, &mut output);
        assert_eq!(backwards, short(1));
        assert_eq!(energy(&[[1, 1]; 2], 2..2, &mut output), Ok(()));
        assert_eq!(output, [7; 2]);
    }
}
