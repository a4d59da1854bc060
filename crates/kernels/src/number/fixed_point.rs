//! Transcendental functions on fixed-point numbers.
//!
//! A number with `I` integer bits is `raw · 2^(I - 31)`. Source: gemmlowp,
//! `fixedpoint/fixedpoint.h`, at the revision of TFLM 90b983c2b.

use crate::number::requant::{
    Requant, rounding_divide_by_pot, rounding_doubling_high_mul as high_mul,
};

/// The largest number without integer bits, which stands for 1.
pub const ONE: i32 = i32::MAX;

/// `x · 2^exponent`, saturated.
#[inline(always)] // a few instructions; the shift is a constant
pub fn saturating_shift_left(x: i32, exponent: u32) -> i32 {
    let limit = i32::MAX >> exponent;
    if x > limit {
        i32::MAX
    } else if x < -limit {
        i32::MIN
    } else {
        x.wrapping_shl(exponent)
    }
}

/// `exp(x)` for `x` in -1/4..0, without integer bits: a Taylor series of degree four around -1/8.
/// Between a half and 1.
#[inline] // a step of its callers' loops
fn exp_between_minus_one_quarter_and_zero(x: i32) -> u32 {
    const EXP_MINUS_ONE_EIGHTH: i32 = 1_895_147_668;
    const ONE_THIRD: i32 = 715_827_883;
    // From -1/8 to 1/8, so that twice of it and of its powers fit, too.
    let x = x.wrapping_add(1 << 28);
    let x2 = twice_high_mul(x, x);
    let x3 = twice_high_mul(x2, x);
    // Neither this nor the sum with the third power is negative.
    let x4_over_4 = twice_high_mul(x2, x2).wrapping_add(2) >> 2;
    let higher = twice_high_mul(x4_over_4.wrapping_add(x3), ONE_THIRD).wrapping_add(x2);
    let terms = x.wrapping_add(higher.wrapping_add(1) >> 1);
    EXP_MINUS_ONE_EIGHTH.wrapping_add(twice_high_mul(terms, EXP_MINUS_ONE_EIGHTH)) as u32
}

/// [`high_mul`] where twice `a` fits. Cores with the DSP extension have an instruction for it.
#[inline(always)] // a few instructions in an inner loop
fn twice_high_mul(a: i32, b: i32) -> i32 {
    ((i64::from(a.wrapping_shl(1)) * i64::from(b) + (1 << 31)) >> 32) as i32
}

/// `exp(-2^(i - 2))` with one integer bit less than none: twice what has none.
const EXP_OF_MINUS_POWERS: [u32; 7] = [
    2 * 1_672_461_947,
    2 * 1_302_514_674,
    2 * 790_015_084,
    2 * 290_630_308,
    2 * 39_332_535,
    2 * 720_401,
    2 * 242,
];

/// `exp(x)` for `x <= 0` with `INTEGER_BITS` (up to 5) integer bits; the result has none.
pub fn exp_on_negative_values<const INTEGER_BITS: u32>(x: i32) -> i32 {
    const { assert!(INTEGER_BITS <= 5) }
    if x == 0 {
        return ONE;
    }
    let quarter_bit = 29 - INTEGER_BITS;
    let quarter = 1 << quarter_bit;
    let fraction = (x & (quarter - 1)) - quarter;
    let mut result = exp_between_minus_one_quarter_and_zero(fraction.wrapping_shl(INTEGER_BITS));
    let mut quarters = (fraction.wrapping_sub(x) >> quarter_bit) as u32;
    for power in EXP_OF_MINUS_POWERS {
        if quarters & 1 != 0 {
            result = ((u64::from(result) * u64::from(power) + (1 << 31)) >> 32) as u32;
        }
        quarters >>= 1;
        if quarters == 0 {
            break;
        }
    }
    result as i32
}

/// `2 / (1 + x)` for `x` in 0..1 without integer bits; the result has 2. Three steps of Newton's
/// method.
#[inline] // a step of its callers' loops
fn two_over_one_plus(x: i32) -> i32 {
    const FORTY_EIGHT_OVER_17: i32 = 1_515_870_810;
    const MINUS_32_OVER_17: i32 = -1_010_580_540;
    const ONE_IN_F2: i32 = 1 << 29;
    // Rounds half of the sum up for what is not negative.
    let half_denominator = ((i64::from(x) + i64::from(ONE) + 1) / 2) as i32;
    let mut y = FORTY_EIGHT_OVER_17.wrapping_add(high_mul(half_denominator, MINUS_32_OVER_17));
    for _ in 0..3 {
        let error = ONE_IN_F2.wrapping_sub(high_mul(half_denominator, y));
        y = y.wrapping_add(saturating_shift_left(high_mul(y, error), 2));
    }
    y
}

/// `1 / (1 + x)` for `x` in 0..1; both without integer bits.
pub fn one_over_one_plus_x_for_x_in_0_1(x: i32) -> i32 {
    saturating_shift_left(two_over_one_plus(x), 1)
}

/// `(1 - x) / (1 + x)` for `x` in 0..1; both without integer bits.
pub fn one_minus_x_over_one_plus_x_for_x_in_0_1(x: i32) -> i32 {
    saturating_shift_left(two_over_one_plus(x).wrapping_sub(1 << 29), 2)
}

/// `1 / (1 + exp(-x))` for `x` with 4 integer bits; the result has none.
pub fn logistic(x: i32) -> i32 {
    if x == 0 {
        return 1 << 30;
    }
    let negative = if x > 0 { x.wrapping_neg() } else { x };
    let positive_result = one_over_one_plus_x_for_x_in_0_1(exp_on_negative_values::<4>(negative));
    if x > 0 { positive_result } else { ONE.wrapping_sub(positive_result) }
}

/// `tanh(x)` for `x` with 4 integer bits; the result has none.
pub fn tanh(x: i32) -> i32 {
    if x == 0 {
        return 0;
    }
    let negative = if x < 0 { x } else { x.wrapping_neg() };
    // With one integer bit more, the same bits are twice the number.
    let result = one_minus_x_over_one_plus_x_for_x_in_0_1(exp_on_negative_values::<5>(negative));
    if x < 0 { result.wrapping_neg() } else { result }
}

/// `1 / x` for a positive `x` with `integer_bits` integer bits, as a number without integer bits
/// and the exponent of two to divide it by.
///
/// Source: TFLM 90b983c2b, `lite/kernels/internal/common.h` (`GetReciprocal`).
pub fn reciprocal(x: i32, integer_bits: i32) -> (i32, i32) {
    let headroom_plus_one = x.leading_zeros();
    let x_minus_one = x.wrapping_shl(headroom_plus_one) & i32::MAX;
    (one_over_one_plus_x_for_x_in_0_1(x_minus_one), integer_bits - headroom_plus_one as i32)
}

/// `1 / sqrt(x)` of a positive integer, as a factor; that of 1 for what is smaller. Five steps of
/// Newton's method.
///
/// Source: TFLM 90b983c2b, `lite/kernels/internal/common.h` (`GetInvSqrtQuantizedMultiplierExp`).
pub fn inverse_sqrt(x: i32) -> Requant {
    const ONE_IN_F3: i32 = 1 << 28;
    const THREE_HALVES_IN_F3: i32 = ONE_IN_F3 + ONE_IN_F3 / 2;
    const HALF_SQRT_2: i32 = 1_518_500_250;
    if x <= 1 {
        return Requant { multiplier: ONE, shift: 0 };
    }
    let (mut x, mut right_shift) = (x, 11);
    while x >= 1 << 29 {
        x /= 4;
        right_shift += 1;
    }
    let pairs = (x.leading_zeros() - 1) / 2 - 1;
    right_shift -= pairs as i32;
    // Within 1/4..1 with 3 integer bits, and half of that.
    let half = rounding_divide_by_pot(x.wrapping_shl(2 * pairs) >> 1, 1);
    let mut y = ONE_IN_F3;
    for _ in 0..5 {
        let cube = saturating_shift_left(high_mul(high_mul(y, y), y), 6);
        let next = high_mul(THREE_HALVES_IN_F3, y).wrapping_sub(high_mul(half, cube));
        y = saturating_shift_left(next, 3);
    }
    let multiplier = high_mul(y, HALF_SQRT_2);
    if right_shift < 0 {
        return Requant {
            multiplier: multiplier.wrapping_shl(right_shift.unsigned_abs()),
            shift: 0,
        };
    }
    Requant { multiplier, shift: -right_shift }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn real(raw: i32, integer_bits: i32) -> f64 {
        f64::from(raw) * 2.0_f64.powi(integer_bits - 31)
    }

    #[test]
    fn constants_are_the_powers_they_stand_for() {
        for (i, &raw) in (-2..).zip(&EXP_OF_MINUS_POWERS) {
            assert_eq!(f64::from(raw / 2), ((-2.0_f64.powi(i)).exp() * 2.0_f64.powi(31)).round());
            assert_eq!(raw % 2, 0);
        }
    }

    #[test]
    fn ends_of_the_ranges() {
        assert_eq!((exp_on_negative_values::<5>(0), logistic(0), tanh(0)), (ONE, 1 << 30, 0));
        assert_eq!(one_over_one_plus_x_for_x_in_0_1(0), ONE);
        assert_eq!(reciprocal(1 << 19, 12).1, 0);
        assert_eq!(saturating_shift_left(1 << 30, 1), i32::MAX);
        assert_eq!(saturating_shift_left(-(1 << 30), 1), i32::MIN);
    }

    /// As gemmlowp computes it: `exp_on_negative_values`, and of -1/4 to 0.
    fn reference<const INTEGER_BITS: u32>(x: i32) -> i32 {
        if x == 0 {
            return ONE;
        }
        let quarter = 1 << (29 - INTEGER_BITS);
        let fraction = (x & (quarter - 1)) - quarter;
        let a = saturating_shift_left(fraction, INTEGER_BITS) + (1 << 28);
        let a2 = high_mul(a, a);
        let a3 = high_mul(a2, a);
        let a4_over_4 = rounding_divide_by_pot(high_mul(a2, a2), 2);
        let higher = rounding_divide_by_pot(high_mul(a4_over_4 + a3, 715_827_883) + a2, 1);
        let mut result = 1_895_147_668 + high_mul(1_895_147_668, a + higher);
        for (bit, power) in EXP_OF_MINUS_POWERS.into_iter().enumerate() {
            if bit < INTEGER_BITS as usize + 2 && (fraction - x) & quarter << bit != 0 {
                result = high_mul(result, (power / 2) as i32);
            }
        }
        result
    }

    #[test]
    fn exponentials_of_all_fractions_are_those_of_the_reference() {
        // All of 5 integer bits, and their products with each power.
        for x in -(1 << 24)..=0 {
            assert_eq!(exp_on_negative_values::<5>(x), reference::<5>(x), "{x}");
        }
    }

    proptest! {
        #[test]
        fn exponentials_are_those_of_the_reference(x: i32, zeros in 0..32_u32) {
            for x in [x, x << zeros, x >> zeros].map(|x| if x > 0 { -x } else { x }) {
                prop_assert_eq!(exp_on_negative_values::<4>(x), reference::<4>(x));
                prop_assert_eq!(exp_on_negative_values::<5>(x), reference::<5>(x));
            }
        }

        #[test]
        fn inverse_sqrt_is_near_the_real_one(x in 2..=i32::MAX, shift in 0..30_u32) {
            let x = (x >> shift).max(2);
            let Requant { multiplier, shift } = inverse_sqrt(x);
            let got = real(multiplier, 0) * 2.0_f64.powi(shift);
            prop_assert!((got * f64::from(x).sqrt() - 1.0).abs() < 5e-6, "{x}: {got}");
        }

        #[test]
        fn functions_are_near_the_real_ones(x: i32) {
            let negative = if x > 0 { -x } else { x };
            prop_assert!((real(exp_on_negative_values::<4>(negative), 0) - real(negative, 4).exp()).abs() < 3e-6);
            prop_assert!((real(exp_on_negative_values::<5>(negative), 0) - real(negative, 5).exp()).abs() < 3e-6);
            prop_assert!((real(logistic(x), 0) - 1.0 / (1.0 + (-real(x, 4)).exp())).abs() < 3e-6);
            prop_assert!((real(tanh(x), 0) - real(x, 4).tanh()).abs() < 6e-6);
            let positive = (x & i32::MAX) | 1;
            prop_assert!((real(one_over_one_plus_x_for_x_in_0_1(positive), 0) * (1.0 + real(positive, 0)) - 1.0).abs() < 1e-7);
            let (significand, exponent) = reciprocal(positive, 12);
            prop_assert!((real(significand, 0) / 2.0_f64.powi(exponent) * real(positive, 12) - 1.0).abs() < 1e-7);
        }
    }
}
