//! The factors of a layer's channels, as a host computes them for an image.

#[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
use core::ops::Range;

use crate::error::{LengthMismatch, Operand};
use crate::number::requant::Requant;

/// A multiplier and a byte for each channel, both out of an image.
///
/// The byte says how far the product is shifted, and whether a core with the DSP extension may
/// round in the short way: [`ChannelFactors::shift`] makes it.
///
/// ```
/// use bantam_kernels::{ChannelFactors, Requant};
///
/// let factor = Requant::from_scales(0.1, 0.25, 0.7);
/// let (multipliers, shifts) = ([factor.multiplier], [ChannelFactors::shift(factor, 1 << 20)]);
/// let factors = ChannelFactors::new(&multipliers, &shifts, shifts[0])?;
/// assert_eq!(factors.at(0), factor);
/// # Ok::<(), bantam_kernels::LengthMismatch>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ChannelFactors<'a> {
    pub(crate) multipliers: &'a [i32],
    pub(crate) shifts: &'a [u8],
    /// The bits that are set in any shift.
    bits: u8,
    /// Filters as the loops of the DSP extension want them, or none.
    #[cfg_attr(
        not(any(test, all(feature = "loops", target_arch = "arm"))),
        expect(dead_code, reason = "other cores do not read them")
    )]
    pub(crate) packed: &'a [Packed],
}

/// Filter and bias of a channel of a depthwise convolution with a window of 3 × 3, as the loops of
/// the DSP extension want them: see [`ChannelFactors::pack`].
pub type Packed = [u32; 6];

/// The bit of a shift to the right that is too wide for the short way, or whose sums are.
const WIDE: u8 = 0x80;

/// The bit of a shift to the left, or of none.
const LEFT: u8 = 0x40;

/// The largest shift of the short way.
const MOST: u32 = 23;

impl<'a> ChannelFactors<'a> {
    /// Factors of as many channels as there are multipliers. `bits` has every bit that is set in
    /// any of the shifts: where it lacks some, outputs are unspecified.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] unless there are as many shifts as multipliers.
    pub fn new(multipliers: &'a [i32], shifts: &'a [u8], bits: u8) -> Result<Self, LengthMismatch> {
        LengthMismatch::check(Operand::Requant, multipliers.len(), shifts.len())?;
        Ok(Self { multipliers, shifts, bits, packed: &[] })
    }

    /// The same with the filters of a depthwise convolution, one for each channel, as
    /// [`Self::pack`] makes them. Only cores with the DSP extension read them.
    #[must_use]
    pub fn with_packed(self, packed: &'a [Packed]) -> Self {
        Self { packed, ..self }
    }

    /// Packs nine weights, a bias and a shift for the loops of the DSP extension: words with twice
    /// the weights of rows 0 and 1 in each of three columns, row 0 in the lower half; of row 2 in
    /// columns 0 and 1; the shift, and twice the last weight; and twice the bias, less twice the
    /// sum of the weights times the zero point of the input.
    pub fn pack(weights: [i8; 9], bias: i32, shift: u8, zero_point: i16) -> Packed {
        let double = weights.map(|weight| 2 * i32::from(weight));
        let pair = |low: i32, high: i32| low as u32 & 0xFFFF | (high as u32) << 16;
        let sum: i32 = double.iter().sum();
        let bias = bias.wrapping_mul(2).wrapping_sub(sum.wrapping_mul(zero_point.into()));
        let [a, b, c, d, e, f, g, h, last] = double;
        [pair(a, d), pair(b, e), pair(c, f), pair(g, h), pair(shift.into(), last), bias as u32]
    }

    /// The byte for a factor whose sums, with their bias, are at most `bound` in absolute value.
    pub fn shift(factor: Requant, bound: u32) -> u8 {
        // A multiplier of 0 has no shift.
        let right = if factor.multiplier == 0 { 1 } else { factor.shift.wrapping_neg() };
        match u32::try_from(right) {
            Ok(right @ 1..=31) => {
                let is_wide = right > MOST || bound >= 1 << 30;
                (right - 1) as u8 | if is_wide { WIDE } else { 0 }
            }
            // Of larger shifts only the lowest five bits count, and that they are larger.
            _ if factor.shift > 31 => LEFT | 32 | (factor.shift & 31) as u8,
            _ => LEFT | (factor.shift & 31) as u8,
        }
    }

    /// [`Self::shift`] of a factor that is not 0 and is shifted as far as most are.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    #[inline(always)] // a comparison in the loop of its caller
    pub(crate) fn usual_shift(shift: i32, bound: u32) -> Option<u8> {
        let wide = if bound >= 1 << 30 { WIDE } else { 0 };
        let less_one = !shift as u32;
        (less_one < MOST).then_some(less_one as u8 | wide)
    }

    /// The factor of `channel`; zero where there is none.
    #[inline(always)] // two loads
    pub fn at(&self, channel: usize) -> Requant {
        match (self.multipliers.get(channel), self.shifts.get(channel)) {
            (Some(&multiplier), Some(&shift)) => Self::factor(multiplier, shift),
            _ => Requant::default(),
        }
    }

    /// The factor that this byte is for.
    #[inline(always)] // a few instructions
    pub(crate) fn factor(multiplier: i32, shift: u8) -> Requant {
        let bits = i32::from(shift & (LEFT - 1));
        Requant { multiplier, shift: if shift & LEFT == 0 { !bits } else { bits } }
    }

    /// Multipliers and shifts of the channels from `first` on, if all of the layer are shifted to
    /// the right.
    #[inline(always)] // one caller
    pub(crate) fn plain(&self, first: usize) -> Option<(&'a [i32], &'a [u8])> {
        let [is_plain, _] = self.are_plain_and_short();
        let factors = (self.multipliers.get(first..)?, self.shifts.get(first..)?);
        is_plain.then_some(factors)
    }

    /// A factor that is shifted to the right.
    #[inline(always)] // an instruction in a loop
    pub(crate) fn plain_factor(multiplier: i32, shift: u8) -> Requant {
        Requant { multiplier, shift: !i32::from(shift & 31) }
    }

    /// As many factors as there are multipliers and shifts, any of them.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    pub(crate) fn of(multipliers: &'a [i32], shifts: &'a [u8]) -> Self {
        Self { multipliers, shifts, bits: u8::MAX, packed: &[] }
    }

    /// Copies the factors of the channels from `first` on, each for the long way: for any sum.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    pub(crate) fn copy_wide(&self, first: usize, multipliers: &mut [i32], shifts: &mut [u8]) {
        let from = self.multipliers.get(first..).unwrap_or_default();
        multipliers.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        let from = self.shifts.get(first..).unwrap_or_default();
        shifts.iter_mut().zip(from).for_each(|(to, from)| *to = *from | WIDE);
    }

    /// The factors of some channels.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    pub(crate) fn part(self, channels: Range<usize>) -> Self {
        let Range { start, end } = channels;
        let multipliers = self.multipliers.get(start..end).unwrap_or_default();
        let shifts = self.shifts.get(start..end).unwrap_or_default();
        Self { multipliers, shifts, ..self }
    }

    /// Whether all are below a quarter: shifted to the right by two bits or more, unless they are
    /// 0.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    pub(crate) fn are_below_a_quarter(&self) -> bool {
        let is_below = |(&multiplier, &shift): (&i32, &u8)| {
            multiplier == 0 || shift & LEFT == 0 && shift & (LEFT - 1) != 0
        };
        self.multipliers.iter().zip(self.shifts).all(is_below)
    }

    /// Number of channels.
    pub(crate) fn len(&self) -> usize {
        self.multipliers.len()
    }

    /// Whether all are shifted to the right; whether all may be rounded in the short way.
    #[inline(always)] // two comparisons
    pub fn are_plain_and_short(&self) -> [bool; 2] {
        Self::is_plain_and_short(self.bits)
    }

    /// The same of all shifts that have no other bits than these.
    #[inline(always)] // two comparisons
    pub(crate) fn is_plain_and_short(bits: u8) -> [bool; 2] {
        [bits & LEFT == 0, bits & (LEFT | WIDE) == 0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_come_out_as_they_went_in() {
        for shift in -31..=127 {
            for bound in [0, 1 << 29, 1 << 30, u32::MAX] {
                let factor = Requant { multiplier: 0x5A5A_5A5A, shift };
                let byte = [ChannelFactors::shift(factor, bound)];
                let multipliers = [factor.multiplier];
                let factors = ChannelFactors::new(&multipliers, &byte, byte[0]).unwrap();
                let found = factors.at(0);
                for sum in [-70_000, -1, 0, 1, 3, 1 << 20, i32::MAX, i32::MIN] {
                    assert_eq!(found.apply(sum), factor.apply(sum), "{shift} {sum}");
                    let sum = i64::from(sum) << 8;
                    assert_eq!(found.apply_i64(sum), factor.apply_i64(sum), "{shift} {sum}");
                }
                // What the other crate makes of it.
                let other = bantam_isa::shift(-shift, bound);
                let is_short = !bantam_isa::is_wide(other);
                assert_eq!((byte, factors.are_plain_and_short()[1]), ([other], is_short));
            }
        }
    }

    #[test]
    fn packed_filters_are_those_of_the_loops() {
        let (channels, zero_point) = (3, -128);
        let filter: [i8; 27] = core::array::from_fn(|at| (at as i8).wrapping_mul(37));
        let (bias, shifts) = ([5, -70_000, 1 << 29], [0, 22, 7]);
        let mut expected = [[0; 6]; 3];
        let bytes = bias.map(i32::to_le_bytes);
        let filters = (&filter[..], channels);
        bantam_isa::portable::pack(filters, &bytes, &shifts, zero_point, &mut expected);
        for c in 0..channels {
            let weights = core::array::from_fn(|tap| filter[tap * channels + c]);
            let packed = ChannelFactors::pack(weights, bias[c], shifts[c], zero_point);
            assert_eq!(packed, expected[c]);
        }
    }

    #[test]
    fn nothing_is_not_shifted_far() {
        let byte = ChannelFactors::shift(Requant { multiplier: 0, shift: 0 }, 5);
        assert_eq!(byte, bantam_isa::shift(1, 5));
        assert!(ChannelFactors::new(&[1, 2], &[0], 0).is_err());
    }
}
