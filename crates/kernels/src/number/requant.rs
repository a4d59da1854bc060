//! Fixed-point scaling: the arithmetic that all quantized kernels share.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/common.cc` (`MultiplyByQuantizedMultiplier`,
//! double rounding), `lite/kernels/internal/quantization_util.cc` (`QuantizeMultiplier`),
//! `lite/kernels/kernel_util.cc` (`CalculateActivationRangeQuantized`), and gemmlowp's
//! `fixedpoint.h` (`SaturatingRoundingDoublingHighMul`, `RoundingDivideByPOT`).

use crate::error::ParamsError;
use crate::number::clamp::within;
use crate::number::float_parts::parts;
use crate::target::{FAST_DIV64, VECTORS};

/// A real factor as `multiplier · 2^(shift - 31)`; a positive shift is to the left.
///
/// `multiplier` is 0 or in `2^30..2^31`; `shift` is at least -31.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct Requant {
    /// The significand, with the binary point above bit 31.
    pub multiplier: i32,
    /// The exponent; positive shifts left.
    pub shift: i32,
}

impl Requant {
    /// The factor closest to `scale`, ties away from zero; 0 for what is below `2^-32` or not a
    /// finite positive number.
    ///
    /// Integer operations only: this costs no soft-float on a core without doubles.
    pub fn from_scale(scale: f64) -> Self {
        let bits = scale.to_bits();
        let exponent = (bits >> 52) as i32; // a set sign bit makes this > 2047
        if exponent == 0 || exponent >= 0x7FF {
            return Self::default();
        }
        // scale = significand / 2^53 · 2^(exponent - 1022), significand in 2^52..2^53.
        let significand = (bits & ((1 << 52) - 1)) | (1 << 52);
        let mut rounded = (significand + (1 << 21)) >> 22;
        let mut shift = exponent - 1022;
        if rounded == 1 << 31 {
            rounded >>= 1;
            shift += 1;
        }
        if shift < -31 {
            return Self::default();
        }
        Self { multiplier: rounded as i32, shift }
    }

    /// [`Self::from_scale`] of a factor between 0 and 1, both excluded, whose shift is not to the
    /// left.
    ///
    /// Source: `QuantizeMultiplierSmallerThanOneExp`, which stops the program for any other.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] for one that is not positive, [`ParamsError::Multiplier`] for one
    /// that is too large.
    pub(crate) fn from_fraction(factor: f64) -> Result<Self, ParamsError> {
        let requant = Self::from_scale(factor);
        if factor > 0.0 {
            let fits = factor < 1.0 && requant.shift <= 0;
            if fits { Ok(requant) } else { Err(ParamsError::Multiplier) }
        } else {
            Err(ParamsError::Scale)
        }
    }

    /// The factor closest to `input · filter / output`, as TFLM computes it in double precision,
    /// but with integers only.
    ///
    /// Equal to `from_scale(f64::from(input) * f64::from(filter) / f64::from(output))`: 0 where a
    /// scale is 0, and where one is negative, infinite or not a number. It costs one 64-bit
    /// division: cheap enough to be repeated at every invoke, where memory is dear.
    ///
    /// A shift beyond 127 is reduced to one of 96..=127 with the same five lowest bits, which are
    /// all that counts.
    pub fn from_scales(input: f32, filter: f32, output: f32) -> Self {
        let [(a, a_exponent), (b, b_exponent), (c, c_exponent)] =
            [input, filter, output].map(|scale| parts(scale.to_bits()));
        if a & b & c < 1 << 23 {
            return Self::default();
        }
        let (a, b, c) = (u64::from(a), u64::from(b), u64::from(c));
        // The significands have 24 bits, so the quotient has 39 to 41: the 31 that are wanted, and
        // 8 to 10 below.
        let (quotient, remainder) = divide(a * b, c);
        let (high, low) = ((quotient >> 32) as u32, quotient as u32);
        let below = 33 - high.leading_zeros();
        let (fraction, half) = (low & ((1 << below) - 1), 1 << (below - 1));
        // A double has 22 bits below: what lies within half of the last one from a tie was rounded
        // to the tie before.
        let tie = fraction + 1 == half && (c - remainder) as u32 <= c as u32 >> (23 - below);
        let mut multiplier = high << (32 - below) | low >> below;
        multiplier += u32::from(fraction >= half || tie);
        let mut shift = below as i32 + a_exponent + b_exponent - c_exponent + 15;
        if multiplier == 1 << 31 {
            multiplier >>= 1;
            shift += 1;
        }
        if shift < -31 {
            return Self::default();
        }
        if shift > 127 {
            shift = 96 | shift & 31;
        }
        Self { multiplier: multiplier as i32, shift }
    }

    /// `round(x · factor)`, rounded twice as TFLite's default build does.
    ///
    /// Exact for products that fit into 32 bits; others wrap in the left shift as the reference's
    /// do in practice. C++ leaves open what a shift beyond 31 gives, which a scale next to 0 makes:
    /// here its five lowest bits count, as on x86, so that 0 stays 0.
    #[inline(always)] // a few instructions in an inner loop
    pub fn apply(self, x: i32) -> i32 {
        multiply_by_quantized_multiplier(x, self.multiplier, self.shift)
    }

    /// [`Self::apply`] for a multiplier that is not negative.
    #[inline(always)] // a few instructions in an inner loop
    pub(crate) fn apply_positive(self, x: i32) -> i32 {
        // Vector registers hold what the other way takes.
        if VECTORS { self.apply(x) } else { self.apply_short(x) }
    }

    /// [`Self::apply`] in few instructions, for a multiplier that is not negative.
    #[inline(always)] // a few instructions in an inner loop
    pub(crate) fn apply_short(self, x: i32) -> i32 {
        let x = x.wrapping_shl(self.shift.max(0) as u32);
        let high = ((i64::from(x) * i64::from(self.multiplier) + (1 << 30)) >> 31) as i32;
        if self.shift >= 0 {
            return high;
        }
        // Ties go away from zero: what is negative is lowered before it is rounded half up.
        let lowered = high.wrapping_add(high >> 31);
        lowered.wrapping_shr(!self.shift as u32).wrapping_add(1) >> 1
    }

    /// `round(x · factor)` for 48-bit accumulators, with the multiplier reduced to 16 bits as
    /// TFLite does.
    #[inline(always)] // a few instructions in an inner loop
    pub fn apply_i64(self, x: i64) -> i32 {
        let reduced = if self.multiplier < 0x7FFF_0000 {
            (self.multiplier + (1 << 15)) >> 16
        } else {
            0x7FFF
        };
        let total_shift = within(15_i32.saturating_sub(self.shift), 1, 63) as u32;
        (x.wrapping_mul(reduced.into()).wrapping_add(1 << (total_shift - 1)) >> total_shift) as i32
    }
}

/// `(product << 16) / c` and the remainder, for a product of two significands of 24 bits and a
/// third.
#[inline(always)] // chooses between two ways
pub(crate) fn divide(product: u64, c: u64) -> (u64, u64) {
    let c = c.max(1);
    if FAST_DIV64 {
        ((product << 16) / c, (product << 16) % c)
    } else {
        divide_short(product, c as u32)
    }
}

/// [`divide`] in digits of eight bits, without a division of 64 bits.
#[inline(never)] // size: one copy for its callers
fn divide_short(product: u64, c: u32) -> (u64, u64) {
    let c = c.max(1);
    let mut rest = (product >> 24) as u32;
    let mut quotient = u64::from(rest / c);
    rest %= c;
    let mut below = (product as u32) << 8;
    for _ in 0..5 {
        let digits = rest << 8 | below >> 24;
        below <<= 8;
        quotient = quotient << 8 | u64::from(digits / c);
        rest = digits % c;
    }
    (quotient, rest.into())
}

/// `x` times a factor below one, as [`Requant::from_fraction`] has it, with the shift to the right.
#[inline(always)] // The compiler would call it for each element at `opt-level = "s"`.
pub(crate) fn scale_down(x: i32, multiplier: i32, right_shift: u32) -> i32 {
    Requant { multiplier, shift: (right_shift as i32).wrapping_neg() }.apply_positive(x)
}

/// See [`Requant::apply`].
#[inline(always)] // a few instructions in an inner loop
pub fn multiply_by_quantized_multiplier(x: i32, multiplier: i32, shift: i32) -> i32 {
    let left = shift.max(0) as u32;
    let right = shift.wrapping_neg().max(0) as u32;
    rounding_divide_by_pot(
        saturating_rounding_doubling_high_mul(x.wrapping_shl(left), multiplier),
        right,
    )
}

/// The high 32 bits of `2·a·b`, rounded to nearest, ties up; saturates for `MIN · MIN`.
#[inline(always)] // a few instructions in an inner loop
pub fn saturating_rounding_doubling_high_mul(a: i32, b: i32) -> i32 {
    // 2^31 wraps to `MIN`, which nothing else gives: the least product is that of `MIN · MAX`.
    let high = rounding_doubling_high_mul(a, b);
    if high == i32::MIN { i32::MAX } else { high }
}

/// [`saturating_rounding_doubling_high_mul`] for factors of which at most one is `MIN`.
#[inline(always)] // a few instructions in an inner loop
pub(crate) fn rounding_doubling_high_mul(a: i32, b: i32) -> i32 {
    ((i64::from(a) * i64::from(b) + (1 << 30)) >> 31) as i32
}

/// `x / 2^exponent`, rounded to nearest, ties away from zero; `exponent` is taken modulo 32.
#[inline(always)] // a few instructions in an inner loop
pub fn rounding_divide_by_pot(x: i32, exponent: u32) -> i32 {
    let mask = (1_i32.wrapping_shl(exponent)).wrapping_sub(1);
    let remainder = x & mask;
    let threshold = (mask >> 1) + i32::from(x < 0);
    x.wrapping_shr(exponent) + i32::from(remainder > threshold)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn from_scale_matches_hand_computed_values() {
        assert_eq!(Requant::from_scale(1.0), Requant { multiplier: 1 << 30, shift: 1 });
        assert_eq!(Requant::from_scale(0.75), Requant { multiplier: 3 << 29, shift: 0 });
        // Rounds up to 2^31, which is renormalised.
        assert_eq!(Requant::from_scale(1.0 - 1e-12), Requant { multiplier: 1 << 30, shift: 1 });
        assert_eq!(Requant::from_scale(1e-12), Requant::default());
        for odd in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE / 4.0] {
            assert_eq!(Requant::from_scale(odd), Requant::default());
        }
    }

    #[test]
    fn from_scales_rounds_twice_next_to_a_tie() {
        // Triples whose quotient lies so close below a tie that a double rounds it to the tie.
        for (a, b, c) in [
            (0x3FB4_ABD2, 0x3C13_92D8, 0x3D2C_7605),
            (0x3F81_F4FB, 0x3C1C_0486, 0x3D3D_A9D2),
            (0x3FC7_FE96, 0x3C1B_FBE3, 0x3D4E_14EB),
        ] {
            let (a, b, c) = (f32::from_bits(a), f32::from_bits(b), f32::from_bits(c));
            let exact = f64::from(a) * f64::from(b) / f64::from(c);
            assert_eq!(exact.to_bits() & 0x3F_FFFF, 0x20_0000);
            assert_eq!(Requant::from_scales(a, b, c), Requant::from_scale(exact));
        }
        for odd in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            assert_eq!(Requant::from_scales(odd, 1.0, 1.0), Requant::default());
            assert_eq!(Requant::from_scales(1.0, odd, 1.0), Requant::default());
            assert_eq!(Requant::from_scales(1.0, 1.0, odd), Requant::default());
        }
    }

    #[test]
    fn subnormal_scales_count_as_what_they_are() {
        let tiny = f32::from_bits(1);
        let half = Requant { multiplier: 1 << 30, shift: 0 };
        assert_eq!(Requant::from_scales(tiny, 0.5, tiny), half);
        assert_eq!(Requant::from_scales(0.5, 1e-40, 1e-40), half);
        assert_eq!(Requant::from_scales(tiny, 1.0, 1.0), Requant::default());
        // 2^149 is a shift by 150.
        let shift = Requant::from_scale(1.0 / f64::from(tiny)).shift;
        assert_eq!((shift, Requant::from_scales(1.0, 1.0, tiny).shift), (150, 96 + 150 % 32));
        assert_eq!(Requant::from_scales(1.0, 1.0, tiny).apply(0), 0);
    }

    #[test]
    fn high_mul_saturates_only_at_min() {
        assert_eq!(saturating_rounding_doubling_high_mul(i32::MIN, i32::MIN), i32::MAX);
        assert_eq!(saturating_rounding_doubling_high_mul(i32::MIN, i32::MAX), -i32::MAX);
    }

    proptest! {
        #[test]
        fn high_mul_is_that_of_the_reference(a: i32, b: i32, zeros in 0..=31_u32) {
            // Zeros at the end make ties.
            for (a, b) in [(a, b), (a << zeros, b << (31 - zeros))] {
                let product = i64::from(a) * i64::from(b);
                let nudge = if product >= 0 { 1 << 30 } else { 1 - (1 << 30) };
                let high = (product + nudge) / (1 << 31);
                prop_assert_eq!(rounding_doubling_high_mul(a, b), high as i32);
                let saturated = high.min(i32::MAX.into());
                prop_assert_eq!(i64::from(saturating_rounding_doubling_high_mul(a, b)), saturated);
            }
        }

        #[test]
        fn little_code_gives_the_same(x: i32, multiplier in 0..=i32::MAX, shift in -31..=31, a: u32, b: u32, c: u32) {
            let factor = Requant { multiplier, shift };
            prop_assert_eq!(factor.apply_short(x), factor.apply(x));
            let [a, b, c] = [a, b, c].map(|x| u64::from(x >> 8 | 1 << 23));
            let shifted = (a * b) << 16;
            prop_assert_eq!(divide_short(a * b, c as u32), (shifted / c, shifted % c));
        }

        #[test]
        fn apply_is_within_one_of_the_real_product(x in -(1 << 24)..(1_i32 << 24), scale in 1e-6_f64..16.0) {
            let got = f64::from(Requant::from_scale(scale).apply(x));
            prop_assert!((got - f64::from(x) * scale).abs() <= 1.0);
        }

        #[test]
        fn from_scales_is_the_double_precision_factor(a: u32, b: u32, c: u32) {
            // Any significands; exponents that keep the factor within reach.
            let scale = |bits: u32, base: u32| f32::from_bits(bits & 0x7F_FFFF | (base + (bits >> 28)) << 23);
            let (a, b, c) = (scale(a, 110), scale(b, 115), scale(c, 115));
            let want = Requant::from_scale(f64::from(a) * f64::from(b) / f64::from(c));
            prop_assert_eq!(Requant::from_scales(a, b, c), want);
        }

        #[test]
        fn from_scales_is_that_of_any_scales(bits: [u32; 3], subnormal: [bool; 3]) {
            let scale = |(bits, small): (u32, bool)| {
                f32::from_bits(bits & if small { 0x7F_FFFF } else { u32::MAX })
            };
            let [a, b, c] = [0, 1, 2].map(|at| scale((bits[at], subnormal[at])));
            let usable = |x: f32| x >= 0.0 && x.is_finite();
            let mut want = Requant::default();
            if usable(a) && usable(b) && usable(c) {
                want = Requant::from_scale(f64::from(a) * f64::from(b) / f64::from(c));
            }
            let got = Requant::from_scales(a, b, c);
            prop_assert_eq!((got.multiplier, got.shift & 31), (want.multiplier, want.shift & 31));
            prop_assert_eq!(got.shift.min(96), want.shift.min(96));
        }

        #[test]
        fn divide_by_pot_rounds_ties_away_from_zero(x: i32, exponent in 0_u32..31) {
            let want = (f64::from(x) / f64::from(1_u32 << exponent)).round();
            prop_assert_eq!(f64::from(rounding_divide_by_pot(x, exponent)), want);
        }

    }
}
