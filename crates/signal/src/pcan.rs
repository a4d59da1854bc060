//! PCAN: per-channel amplitude normalization, an automatic gain for each channel.

use crate::error::{Error, Operand};
use crate::load::Load;

/// Elements of a table of gains: 2, and 4 for each number of bits from 2 to 32, of which the last
/// needs 3.
pub const LUT_LEN: usize = 4 * 32 - 3;

/// Fraction bits of a ratio of signal and noise.
const RATIO_BITS: u32 = 12;
/// Fraction bits of the output.
const OUTPUT_BITS: u32 = 6;

/// Multiplies each channel by a gain that depends on its noise, and compresses small results.
///
/// ```text
/// ratio = (input[i] · gain(noise[i])) >> snr_shift           12 fraction bits
/// output[i] = ratio² / 4 where ratio < 2, else ratio - 1      6 fraction bits
/// ```
///
/// The gain is a curve of two degrees for each number of bits that the noise has; `lut` has its
/// coefficients ([`tables::gains`](crate::tables::gains) makes it).
///
/// # Shapes
///
/// | slice                      | elements        |
/// |----------------------------|-----------------|
/// | `input`, `noise`, `output` | the channels    |
/// | `lut`                      | [`LUT_LEN`]     |
///
/// # Ranges
///
/// `snr_shift` is within `0..=63`.
///
/// # Rounding
///
/// The gain to nearest, the rest down; results of 32 bits wrap.
///
/// # Errors
///
/// [`Error::Length`], [`Error::Shift`].
///
/// # Source
///
/// TFLM 90b983c2b, `signal/src/pcan_argc_fixed.cc`, `ApplyPcanAutoGainControlFixed`. The method:
/// Wang et al., "Trainable frontend for robust and far-field keyword spotting", 2017.
///
/// # Examples
///
/// ```
/// use bantam_signal::{pcan, tables};
///
/// let mut lut = [0; pcan::LUT_LEN];
/// tables::gains(0.95, 80.0, 4, 21, &mut lut);
/// let mut output = [0; 2];
/// // What is as loud counts for much in little noise, and for little in much.
/// pcan::pcan(&[5000, 5000], &[100, 1_000_000], &lut, 6, &mut output)?;
/// assert_eq!(output, [37_027, 19]);
/// # Ok::<(), bantam_signal::Error>(())
/// ```
pub fn pcan(
    input: &[u32],
    noise: &[u32],
    lut: &[impl Load<i16>],
    snr_shift: u32,
    output: &mut [u32],
) -> Result<(), Error> {
    Error::check_shift(snr_shift, u64::BITS - 1)?;
    Error::check(Operand::Noise, input.len(), noise.len())?;
    Error::check(Operand::Output, input.len(), output.len())?;
    Error::check(Operand::Table, LUT_LEN, lut.len())?;
    for ((output, &channel), &noise) in output.iter_mut().zip(input).zip(noise) {
        // A negative gain, which no table should have, counts as the number of its bits.
        let gain = u64::from(i32::from(gain(noise, lut)).cast_unsigned());
        let ratio = (u64::from(channel).wrapping_mul(gain) >> snr_shift) as u32;
        *output = if ratio < 2 << RATIO_BITS {
            (ratio * ratio) >> (2 + 2 * RATIO_BITS - OUTPUT_BITS)
        } else {
            (ratio >> (RATIO_BITS - OUTPUT_BITS)) - (1 << OUTPUT_BITS)
        };
    }
    Ok(())
}

/// The gain for a noise.
fn gain(noise: u32, lut: &[impl Load<i16>]) -> i16 {
    let at = |index: u32| lut.get(index as usize).map_or(0, |entry| i32::from(entry.load()));
    if noise <= 2 {
        return at(noise) as i16;
    }
    let bits = u32::BITS - noise.leading_zeros();
    let entry = 4 * bits - 6;
    // Ten bits behind the first.
    let along = match bits.checked_sub(11) {
        None => noise << (11 - bits),
        Some(more) => noise >> more,
    };
    let along = (along & 0x3FF) as i32;
    let slope = ((at(entry + 2) * along) >> 5) + (at(entry + 1) << 5);
    let rise = slope.wrapping_mul(along).wrapping_add(1 << 14) >> 15;
    (rise + at(entry)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_goes_through_its_ends() {
        let mut lut = [0; LUT_LEN];
        crate::tables::gains(0.95, 80.0, 7, 21, &mut lut);
        let exact = |noise: u32| {
            let gain = 2_f64.powi(21) * (f64::from(noise) / 128.0 + 80.0).powf(-0.95);
            gain.min(32_767.0)
        };
        for shift in 0..32 {
            for noise in
                [1 << shift, (1 << shift) + (1 << shift) / 3, (2_u32 << shift).wrapping_sub(1)]
            {
                let got = f64::from(gain(noise, &lut));
                assert!((got - exact(noise)).abs() <= 1.0 + exact(noise) / 60.0, "{noise}: {got}");
            }
        }
    }

    #[test]
    fn lengths_and_shifts_are_checked() {
        let run = |noise: &[u32], lut: &[i16], shift, output: &mut [u32]| {
            pcan(&[1; 2], noise, lut, shift, output)
        };
        let lut = [0; LUT_LEN];
        assert_eq!(run(&[1; 2], &lut, 63, &mut [0; 2]), Ok(()));
        let length = |operand, needed, actual| Err(Error::Length { operand, needed, actual });
        assert_eq!(run(&[1; 1], &lut, 6, &mut [0; 2]), length(Operand::Noise, 2, 1));
        assert_eq!(run(&[1; 2], &lut, 6, &mut [0; 3]), length(Operand::Output, 2, 3));
        assert_eq!(run(&[1; 2], &lut[1..], 6, &mut [0; 2]), length(Operand::Table, 125, 124));
        let shift = Error::Shift { bits: 64, most: 63 };
        assert_eq!(run(&[1; 2], &lut, 64, &mut [0; 2]), Err(shift));
    }
}
