//! Factors that TFLM computes in double precision, without it: most devices would do that in
//! software, which is large.

use crate::number::float_parts::parts;
use crate::number::requant::Requant;

/// A positive number to divide by: `significand · 2^exponent`, with a significand in `2^62..2^63`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Divisor {
    significand: u64,
    exponent: i32,
}

impl Divisor {
    /// `number`, which is positive and normal.
    pub(crate) const fn new(number: f64) -> Self {
        let bits = number.to_bits();
        let significand = bits & ((1 << 52) - 1) | 1 << 52;
        Self { significand: significand << 10, exponent: (bits >> 52) as i32 - 1023 - 62 }
    }

    /// The factor closest to `a · b / self`: that of [`Requant::from_scale`] for the quotient in
    /// double precision; 0 unless both numbers are positive and finite.
    #[inline(never)] // size: one copy for all operators
    pub(crate) fn divides(&self, a: f32, b: f32) -> Requant {
        let ((a, a_exponent), (b, b_exponent)) = (parts(a.to_bits()), parts(b.to_bits()));
        // Of 48 bits at most, as exact as a double.
        let product = u64::from(a) * u64::from(b);
        if product == 0 {
            return Requant::default();
        }
        let mut rest = product << 15;
        let mut shift = 40 + a_exponent + b_exponent - self.exponent;
        // 54 bits, one more than a double has.
        let mut quotient = 0_u64;
        while quotient >> 53 == 0 {
            quotient <<= 1;
            if rest >= self.significand {
                rest -= self.significand;
                quotient |= 1;
            }
            rest <<= 1;
            shift -= 1;
        }
        // To 31 bits, ties up. What lies within half of a double's last bit from a tie was rounded
        // to the tie before.
        let multiplier = ((quotient + (1 << 22) + 1) >> 23) as u32;
        let carry = multiplier >> 31;
        shift += carry as i32;
        if shift < -31 {
            return Requant::default();
        }
        Requant { multiplier: (multiplier >> carry) as i32, shift }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(a: f32, b: f32, c: f64) {
        let want = Requant::from_scale(f64::from(a) * f64::from(b) / c);
        assert_eq!(Divisor::new(c).divides(a, b), want, "{a:e} {b:e} {c:e}");
    }

    #[test]
    fn numbers_that_are_not_positive_give_nothing() {
        for odd in [0.0, -0.0, -1.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -f32::NAN] {
            check(odd, 1.0, 0.5);
            check(1.0, odd, 0.5);
        }
        assert_eq!(Divisor::new(1.0).divides(-1.0, -1.0), Requant::default());
        check(f32::MAX, f32::MAX, 1e-200);
        check(f32::from_bits(1), f32::from_bits(1), 1e300);
        check(f32::from_bits(1), f32::MAX, 1e-6);
    }

    #[test]
    fn next_to_a_tie_it_rounds_twice() {
        // 2^31 + 1, halved: a tie. The divisor's last bits take the quotient to either side of it.
        let tie = f64::from_bits(1.0_f64.to_bits() | 1 << 21);
        for ulps in -8_i64..=8 {
            for c in [1.0_f64, 1.5, 10.0 / 65535.0] {
                let near = f64::from_bits((c / tie).to_bits().wrapping_add_signed(ulps));
                check(1.0, 1.0, near);
                check(1.5, 1.0, near);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn it_is_double_precision(a: u32, b: u32, c in 1e-9_f64..1e9, exponent in 90_u32..160) {
            let near_one = |bits: u32| f32::from_bits(bits & 0x7F_FFFF | exponent << 23);
            check(near_one(a), near_one(b), c);
            check(near_one(a), near_one(b), 10.0 / 65535.0);
            // Anything, as a positive number and as any other.
            check(f32::from_bits(a).abs(), f32::from_bits(b), c);
        }

        #[test]
        fn it_rounds_twice_next_to_ties(multiplier in 1_u32 << 30..1 << 31, ulps in -4_i64..=4, a: u32) {
            // A divisor that gives a quotient next to half a multiplier's unit.
            let a = f32::from_bits(a & 0x7F_FFFF | 127 << 23);
            let tie = (f64::from(multiplier) + 0.5) / f64::from(1_u32 << 30);
            let c = f64::from_bits((f64::from(a) / tie).to_bits().wrapping_add_signed(ulps));
            check(a, 1.0, c);
        }
    }
}
