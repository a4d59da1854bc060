//! The factors of a layer's channels, computed where they are needed out of the scales that the
//! model has.
//!
//! The factor of channel `c` is `input · filter[c] / output`, rounded to 31 bits. Input and output
//! have one scale for all channels, so their quotient is computed once, to 63 bits; a channel then
//! takes two multiplications of 32 bits. Where the 32 bits below those that are wanted cannot rule
//! out that TFLM's double precision rounds the other way, the exact computation of
//! [`Requant::from_scales`] decides.

#[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
use core::slice;

use crate::number::channel_factors::ChannelFactors;
use crate::number::element::{Le, Load};
use crate::number::requant::{Requant, divide};

/// The scales of a layer: one for its input, one for its output, and one for each channel of its
/// filter.
///
/// Where one of them is 0, so is the factor.
///
/// ```
/// use bantam_kernels::{ChannelScales, Le, Requant};
///
/// let filter = Le::floats([0.5, 0.25]); // or the bytes of a model, where they lie
/// let scales = ChannelScales::new(0.1, &filter, 0.7);
/// assert_eq!(scales.at(1), Requant::from_scales(0.1, 0.25, 0.7));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ChannelScales<'a> {
    input: f32,
    output: f32,
    filter: &'a [Le<4>],
    /// `input / output` times 2^63 or 2^62, as two words; in 2^62..2^63.
    ratio: [u32; 2],
    /// What to add to the exponent of a filter's scale for the shift of its factor.
    exponent: i32,
    // size: a pointer, so that programs whose factors are all given link none of it.
    pub(crate) ways: &'static Ways,
}

/// What runs on scales.
#[derive(Debug)]
pub(crate) struct Ways {
    compute: Compute,
    /// [`fill_bounded`].
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    bounded: Bounded,
    /// [`bantam_isa::pack_from`], for filters that no image has packed.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    pub(crate) pack: Pack,
}

const WAYS: Ways = Ways {
    compute: |scales, first, multipliers, shifts| scales.compute(first, multipliers, shifts),
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    bounded: fill_bounded,
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    pack: bantam_isa::pack_from,
};

#[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
type Bounded = fn(&ChannelScales<'_>, usize, Bounds<'_>, &mut [i32], &mut [u8]) -> u8;

#[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
type Pack = for<'m> fn(
    [usize; 2],
    (&[i8], usize),
    &[[u8; 4]],
    i16,
    &mut bantam_isa::Factors<'_>,
    &'m mut [i32],
) -> &'m [bantam_isa::Packed];

/// Computes the factors of the channels from one on; returns the bits that are set in any shift.
type Compute = fn(&ChannelScales<'_>, usize, &mut [i32], &mut [u8]) -> u8;

/// By less than 4 a product is too small, and half a unit of the last bit that a double has there
/// is 512: both together are far below this.
const UNSURE: u32 = 1 << 13;

impl<'a> ChannelScales<'a> {
    /// The factors of a layer whose input, filter and output have these scales.
    pub fn new(input: f32, filter: &'a [Le<4>], output: f32) -> Self {
        let (a, a_exponent) = parts(input);
        let (c, c_exponent) = parts(output);
        // Two digits of 32 bits in long division. With significands of 24 bits the first is below
        // 2^33.
        let (first, rest) = divide(u64::from(a) << 16, c.into());
        let (second, _) = divide(rest << 16, c.into());
        // a / c · 2^64, which lies in 2^63..2^65: reduced to 63 bits.
        let below_one = a < c;
        let by = if below_one { 1 } else { 2 };
        let high = (first >> by) as u32;
        let low = ((first << 32 | second) >> by) as u32;
        let usable = (1..255).contains(&a_exponent) && (1..255).contains(&c_exponent);
        let exponent = a_exponent - c_exponent - i32::from(below_one) - 125;
        // Out of reach of any shift, so that the exact way is taken, which knows what to make of
        // it.
        let exponent = if usable { exponent } else { i32::MIN / 2 };
        Self { input, output, filter, ratio: [high, low], exponent, ways: &WAYS }
    }

    /// Number of channels.
    pub fn len(&self) -> usize {
        self.filter.len()
    }

    /// Whether there are no channels.
    pub fn is_empty(&self) -> bool {
        self.filter.is_empty()
    }

    /// The factor of `channel`: that of [`Requant::from_scales`]; 0 where there is no such channel.
    pub fn at(&self, channel: usize) -> Requant {
        Requant::from_scales(self.input, self.scale(channel), self.output)
    }

    /// The scale of `channel`; 0 where there is none.
    fn scale(&self, channel: usize) -> f32 {
        self.filter.get(channel).map_or(0.0, |scale| scale.load())
    }

    /// The factor of `channel`.
    #[inline(always)] // a call
    pub(crate) fn factor(&self, channel: usize) -> Requant {
        let (mut multiplier, mut shift) = ([0], [0]);
        self.factors(channel, &mut multiplier, &mut shift);
        ChannelFactors::factor(multiplier[0], shift[0])
    }

    /// Multipliers and shifts of the channels from `first` on, as [`ChannelFactors`] has them;
    /// returns the bits that are set in any of the shifts.
    #[inline(always)] // a call
    pub(crate) fn factors(&self, first: usize, multipliers: &mut [i32], shifts: &mut [u8]) -> u8 {
        (self.ways.compute)(self, first, multipliers, shifts)
    }

    /// [`Self::factors`].
    fn compute(&self, first: usize, multipliers: &mut [i32], shifts: &mut [u8]) -> u8 {
        let mut bits = 0;
        let filter = self.filter.get(first..).unwrap_or(&[]);
        for ((multiplier, shift), &scale) in multipliers.iter_mut().zip(shifts).zip(filter) {
            let factor = self.of(scale);
            *multiplier = factor.multiplier;
            *shift = ChannelFactors::shift(factor, 0);
            bits |= *shift;
        }
        bits
    }

    /// The factor of a channel with this scale, computed the short way if that is sure.
    #[inline(always)] // two callers
    fn of(&self, scale: Le<4>) -> Requant {
        let (mut multipliers, mut shifts) = ([0], [0]);
        if !self.estimate(&[scale], &mut multipliers, &mut shifts) {
            return self.exact(scale.load());
        }
        let ([multiplier], [shift]) = (multipliers, shifts);
        Requant { multiplier, shift }
    }

    /// [`Self::of`], for the factors that [`fill`] does not take from its estimate.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    #[cold]
    #[inline(never)] // the loop of `fill` has the registers for itself
    fn seldom(&self, scale: Le<4>) -> Requant {
        self.of(scale)
    }

    /// Multipliers of the channels from `first` on, and shifts as [`ChannelFactors::shift`] makes
    /// them for sums with these bounds; the bits that are set in any of the
    /// shifts.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    #[inline(always)] // a call
    pub(crate) fn bounded(
        &self,
        first: usize,
        bounds: Bounds<'_>,
        multipliers: &mut [i32],
        shifts: &mut [u8],
    ) -> u8 {
        (self.ways.bounded)(self, first, bounds, multipliers, shifts)
    }

    /// The factor of a channel with this scale: that of [`Requant::from_scales`], with a stack of
    /// its own, as it is seldom needed.
    #[cold]
    #[inline(never)] // out of the way of the usual
    fn exact(&self, filter: f32) -> Requant {
        Requant::from_scales(self.input, filter, self.output)
    }

    /// The factors of `N` channels from `first` on: multipliers, and shifts. Beyond the last
    /// channel they are unspecified.
    #[inline(always)] // vector registers hold what it gives
    pub(crate) fn lanes<const N: usize>(&self, first: usize) -> ([i32; N], [i32; N]) {
        let (mut multipliers, mut shifts) = ([0; N], [0; N]);
        let rest = self.filter.get(first..).unwrap_or(&[]);
        let sure = match rest.first_chunk::<N>() {
            Some(filter) => self.estimate(filter, &mut multipliers, &mut shifts),
            None => {
                // The last of the layer: beyond them, it does not matter which.
                let mut filter = [rest.first().copied().unwrap_or(Le::new([0; 4])); N];
                filter.iter_mut().zip(rest).for_each(|(slot, &scale)| *slot = scale);
                self.estimate(&filter, &mut multipliers, &mut shifts)
            }
        };
        if !sure {
            for (c, (multiplier, shift)) in multipliers.iter_mut().zip(&mut shifts).enumerate() {
                let factor = self.exact(self.scale(first.saturating_add(c)));
                (*multiplier, *shift) = (factor.multiplier, factor.shift);
            }
        }
        (multipliers, shifts)
    }

    /// Computes factors the short way; whether all of them are sure.
    #[inline(always)] // vector registers hold what it gives
    fn estimate<const N: usize>(
        &self,
        filter: &[Le<4>; N],
        multipliers: &mut [i32; N],
        shifts: &mut [i32; N],
    ) -> bool {
        // One by one: a core without vector registers would go through memory in a loop.
        let [high, low] = self.ratio;
        let (high, low) = (u64::from(high), u64::from(low));
        let mut sure = true;
        for c in 0..N {
            let bits: u32 = filter[c].load();
            let significand = u64::from(bits << 8 | 1 << 31);
            // In 2^61..2^63, and too small by less than 2.
            let product = significand * high + ((significand * low) >> 32);
            let is_small = product >> 62 == 0;
            // In 2^62..2^63, and too small by less than 4.
            let product = product + if is_small { product } else { 0 };
            // A multiplier, and 32 bits below it.
            let (multiplier, rest) = ((product >> 32) as u32, product as u32);
            let from_tie = rest.wrapping_add((1 << 31) + UNSURE);
            let multiplier = multiplier + (rest >> 31);
            let carry = multiplier >> 31;
            let exponent = (bits >> 23) as i32; // a set sign bit makes this > 255
            let shift = exponent + self.exponent - i32::from(is_small) + carry as i32;
            multipliers[c] = (multiplier >> carry) as i32;
            shifts[c] = shift;
            sure &= (from_tie >= 2 * UNSURE)
                & (1..255).contains(&exponent)
                & (-31..=127).contains(&shift);
        }
        sure
    }
}

/// What the sums of some channels are at most in absolute value: their products, and each its bias.
#[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds<'a> {
    pub(crate) products: u32,
    /// Four little-endian bytes for each channel, or none.
    pub(crate) biases: &'a [[u8; 4]],
}

#[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
impl Bounds<'_> {
    /// That of the next channel.
    #[inline(always)] // a part of its caller's loop
    pub(crate) fn next(&mut self) -> u32 {
        let Some((&bias, rest)) = self.biases.split_first() else { return self.products };
        self.biases = rest;
        self.products.saturating_add(i32::from_le_bytes(bias).unsigned_abs())
    }
}

/// [`ChannelScales::bounded`].
#[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
fn fill_bounded(
    scales: &ChannelScales<'_>,
    first: usize,
    mut bounds: Bounds<'_>,
    multipliers: &mut [i32],
    shifts: &mut [u8],
) -> u8 {
    // One bound does for all channels, unless a bias is large: the next power of two, less one.
    let bits = bounds.biases.iter().take(multipliers.len()).fold(0, |bits, bias| {
        let bias = i32::from_le_bytes(*bias);
        bits | bias ^ bias >> 31
    });
    let all = bounds.products.saturating_add(bits as u32 + 1);
    if all < 1 << 30 {
        return fill(scales, first, all, multipliers, shifts);
    }
    let mut bits = 0;
    for ((at, multiplier), shift) in (first..).zip(multipliers).zip(shifts) {
        let own = (slice::from_mut(multiplier), slice::from_mut(shift));
        bits |= fill(scales, at, bounds.next(), own.0, own.1);
    }
    bits
}

/// Multipliers and shifts of channels whose sums have the same bound.
#[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
#[inline(never)] // size: one copy for one channel and for many
fn fill(
    scales: &ChannelScales<'_>,
    first: usize,
    bound: u32,
    multipliers: &mut [i32],
    shifts: &mut [u8],
) -> u8 {
    let filter = scales.filter.get(first..).unwrap_or_default();
    let mut bits = 0;
    for ((multiplier, byte), scale) in multipliers.iter_mut().zip(shifts).zip(filter) {
        let (mut own, mut shift) = ([0], [0]);
        let is_sure = scales.estimate(&[*scale], &mut own, &mut shift);
        let ([own], [shift]) = (own, shift);
        *multiplier = own;
        *byte = match ChannelFactors::usual_shift(shift, bound) {
            Some(byte) if is_sure => byte,
            _ => {
                let factor = scales.seldom(*scale);
                *multiplier = factor.multiplier;
                ChannelFactors::shift(factor, bound)
            }
        };
        bits |= *byte;
    }
    bits
}

/// Significand and biased exponent of a normal positive number; anything for others, which make no
/// factor.
fn parts(scale: f32) -> (u32, i32) {
    let bits = scale.to_bits();
    (bits & 0x7F_FFFF | 0x80_0000, (bits >> 23) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lanes_equal_exact(input: f32, filter: &[f32; 4], output: f32) -> Result<(), TestCaseError> {
        let bytes = filter.map(|scale| Le::new(scale.to_le_bytes()));
        let scales = ChannelScales::new(input, &bytes, output);
        let (multipliers, shifts) = scales.lanes::<4>(0);
        for (c, &scale) in filter.iter().enumerate() {
            let got = Requant { multiplier: multipliers[c], shift: shifts[c] };
            prop_assert_eq!(got, Requant::from_scales(input, scale, output), "channel {}", c);
        }
        Ok(())
    }

    #[test]
    fn ties_and_carries_are_exact() {
        // As in `from_scales_rounds_twice_next_to_a_tie`; then factors of powers of two, and just
        // below.
        let f = f32::from_bits;
        let below = f(0x3F7F_FFFF);
        for (a, b, c) in [
            (f(0x3FB4_ABD2), f(0x3C13_92D8), f(0x3D2C_7605)),
            (f(0x3F81_F4FB), f(0x3C1C_0486), f(0x3D3D_A9D2)),
            (f(0x3FC7_FE96), f(0x3C1B_FBE3), f(0x3D4E_14EB)),
            (1.0, 0.5, 1.0),
            (below, below, 1.0),
            (1.0, below, below),
            (1.0, 1e-38, 1.0),
            (0.0, 1.0, 1.0),
            (1.0, 1.0, 0.0),
            (1e-45, 1e-40, 3.6e-43),
            (1.0, 1e-40, 1e-45),
        ] {
            lanes_equal_exact(a, &[b, b * 0.5, 0.0, -1.0], c).unwrap();
            lanes_equal_exact(a, &[b; 4], c).unwrap();
        }
    }

    /// Multipliers and shifts that the loops of `bantam-isa` get, of channels from the second on.
    fn bounded_equal_exact(
        input: f32,
        filter: &[f32; 4],
        output: f32,
        bound: u32,
    ) -> Result<(), TestCaseError> {
        let bytes = filter.map(|scale| Le::new(scale.to_le_bytes()));
        let scales = ChannelScales::new(input, &bytes, output);
        let (mut multipliers, mut shifts) = ([0; 3], [0; 3]);
        // The last channel has no bias.
        let biases = [-7, i32::MIN].map(i32::to_le_bytes);
        // The bound of all, if it is small, gives the same shifts as those of each.
        let bounds = [bound.saturating_add(7), bound.saturating_add(1 << 31), bound];
        let has = Bounds { products: bound, biases: &biases };
        let bits = scales.bounded(1, has, &mut multipliers, &mut shifts);
        prop_assert_eq!(bits, shifts[0] | shifts[1] | shifts[2]);
        for (c, &scale) in filter[1..].iter().enumerate() {
            let factor = Requant::from_scales(input, scale, output);
            prop_assert_eq!(multipliers[c], factor.multiplier, "channel {}", c);
            prop_assert_eq!(shifts[c], ChannelFactors::shift(factor, bounds[c]), "channel {}", c);
        }
        Ok(())
    }

    #[test]
    fn estimates_are_used() {
        // Otherwise the other tests would compare the exact way with itself.
        let filter = [0.011_f32, 0.012, 0.013, 0.0145].map(|scale| Le::new(scale.to_le_bytes()));
        let scales = ChannelScales::new(0.023, &filter, 0.047);
        assert!(scales.estimate(&filter, &mut [0; 4], &mut [0; 4]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn lanes_are_exact(a: u32, b: [u32; 4], c: u32) {
            let scale = |bits: u32, base: u32| f32::from_bits(bits & 0x7F_FFFF | (base + (bits >> 28)) << 23);
            lanes_equal_exact(scale(a, 110), &b.map(|b| scale(b, 115)), scale(c, 115))?;
        }

        #[test]
        fn any_bits_are_exact(a: u32, b: [u32; 4], c: u32, bound: u32) {
            let [a, c] = [a, c].map(f32::from_bits);
            lanes_equal_exact(a, &b.map(f32::from_bits), c)?;
            bounded_equal_exact(a, &b.map(f32::from_bits), c, bound)?;
        }

        #[test]
        fn factors_of_any_size_are_exact(a in -30..30_i32, b in 0_u32..1 << 23, c in -60..60_i32, bound: u32) {
            let filter = [0, 1, 1 << 22, (1 << 23) - 1].map(|bits| f32::from_bits(b ^ bits | 0x3F80_0000));
            bounded_equal_exact(2_f32.powi(a), &filter, 2_f32.powi(c) * 1.37, bound)?;
        }

        #[test]
        fn near_ties_are_exact(a in 0_u32..1 << 23, c in 0_u32..1 << 23, multiplier in 1_u32 << 30..u32::MAX >> 1) {
            // A filter's scale whose factor is as near to a tie as 24 bits allow.
            let [a, c] = [a, c].map(|bits| f32::from_bits(bits | 0x3F80_0000));
            let factor = (f64::from(multiplier) + 0.5) / f64::from(1_u32 << 31);
            let b = (factor * f64::from(c) / f64::from(a)) as f32;
            lanes_equal_exact(a, &[b, f32::from_bits(b.to_bits() + 1), f32::from_bits(b.to_bits() - 1), b], c)?;
        }
    }
}
