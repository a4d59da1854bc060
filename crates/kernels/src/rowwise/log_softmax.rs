//! LOG_SOFTMAX: `x - max - log(Σ exp(x - max))` over the innermost dimension.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/log_softmax.cc` (`CalculateOpData`),
//! `lite/kernels/internal/reference/log_softmax.h` (`LogSoftmax`, `LogSoftmaxQuantized`) and
//! `lite/kernels/internal/common.h` (`log_x_for_x_greater_than_or_equal_to_1_impl`).

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::clamp::within;
use crate::number::fixed_point::{
    exp_on_negative_values, one_over_one_plus_x_for_x_in_0_1, saturating_shift_left,
};
use crate::number::requant::{
    Requant, rounding_divide_by_pot, rounding_doubling_high_mul as high_mul,
};
use crate::rowwise::row::RowOp;

/// The logarithms of the shares that SOFTMAX computes.
///
/// * `f32`: `expf` and `logf` of `libm`, which are those of musl; the reference calls the C
///   library's, so the last bits may differ. Sums are in the order of the row.
/// * `i8`: in steps of 1/16 from 0 down.
///
/// ```
/// use bantam_kernels::rowwise::log_softmax::{LogSoftmax, LogSoftmaxParams};
/// use bantam_kernels::rowwise::row::rows;
/// let mut row = [3.0, 3.0];
/// rows::<LogSoftmax, f32>(&LogSoftmaxParams::new_f32(2), &mut row)?;
/// assert_eq!(row, [-core::f32::consts::LN_2; 2]);
/// # Ok::<(), bantam_kernels::LengthMismatch>(())
/// ```
#[derive(Debug)]
pub struct LogSoftmax;

/// Parameters of a LOG_SOFTMAX.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct LogSoftmaxParams {
    /// From steps of the input to 2^-26.
    factor: Requant,
    /// From 2^-26 to steps of the input.
    reverse: Requant,
    depth: u32,
}

impl LogSoftmaxParams {
    /// Parameters for rows of `depth` floats.
    pub fn new_f32(depth: u32) -> Self {
        Self { factor: Requant::default(), reverse: Requant::default(), depth }
    }

    /// Parameters for rows of `depth` elements `i8`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::ZeroPoint`] or [`ParamsError::ScaleNeeded`] unless the output is in steps of
    /// 1/16 with a zero point of 127, [`ParamsError::Multiplier`] if the input's scale is 2^-26 or
    /// less.
    pub fn new(depth: u32, input: Quantization, output: Quantization) -> Result<Self, ParamsError> {
        if output.with_zero_point(127)? != 1.0 / 16.0 {
            return Err(ParamsError::ScaleNeeded { exponent: -4 });
        }
        let mut factor = Requant::from_scale(f64::from(input.positive_scale()?));
        factor.shift += 26;
        if factor.shift > 31 {
            factor = Requant { multiplier: i32::MAX, shift: 31 };
        }
        // Beyond 1: a half of 2 is 1 itself.
        if factor.shift < 1 || factor.shift == 1 && factor.multiplier <= 1 << 30 {
            return Err(ParamsError::Multiplier);
        }
        let one = f64::from(1_u32 << (31 - factor.shift));
        let reverse = Requant::from_scale(one / f64::from(factor.multiplier));
        Ok(Self { factor, reverse, depth })
    }

    /// A difference from the largest element (so at most 0) in 2^-26.
    fn scaled(&self, x: i8, largest: i8) -> (i32, i32) {
        let difference = i32::from(x) - i32::from(largest);
        (difference, self.factor.apply(difference))
    }
}

impl RowOp<i8> for LogSoftmax {
    type Params = LogSoftmaxParams;

    fn depth(params: &LogSoftmaxParams) -> u32 {
        params.depth
    }

    fn row(params: &LogSoftmaxParams, row: &mut [i8]) {
        let largest = row.iter().copied().max().unwrap_or(i8::MIN);
        // The largest magnitude that still fits into 5 integer bits.
        let radius = (31_i32 << 26).checked_shr(params.factor.shift as u32).unwrap_or(0);
        let exps = row.iter().map(|&x| match params.scaled(x, largest) {
            (difference, scaled) if difference >= -radius => {
                rounding_divide_by_pot(exp_on_negative_values::<5>(scaled), 12)
            }
            _ => 0,
        });
        let log = log_of_at_least_one(exps.fold(0, i32::saturating_add));
        let least = params.reverse.apply(log.wrapping_add(i32::MIN)).max(-radius - 1);
        for x in row {
            let (difference, scaled) = params.scaled(*x, largest);
            *x = if difference > least {
                let steps = rounding_divide_by_pot(scaled.wrapping_sub(log), 22);
                within(steps.saturating_add(127), -128, 127) as i8
            } else {
                i8::MIN
            };
        }
    }
}

impl RowOp<f32> for LogSoftmax {
    type Params = LogSoftmaxParams;

    fn depth(params: &LogSoftmaxParams) -> u32 {
        params.depth
    }

    fn row(_params: &LogSoftmaxParams, row: &mut [f32]) {
        let max = row.iter().fold(f32::MIN, |max, &x| if max < x { x } else { max });
        let sum = row.iter().fold(0.0, |sum, x| sum + libm::expf(x - max));
        let log = libm::logf(sum);
        row.iter_mut().for_each(|x| *x = *x - max - log);
    }
}

/// `log(x)` for `x >= 1` with 12 integer bits; the result has 5.
///
/// `x = 2^n · r`, with `r` near the fourth root of a half, and `log(r)` a quotient of polynomials.
fn log_of_at_least_one(x: i32) -> i32 {
    const LOG_2: i32 = 1_488_522_236;
    const SQRT_SQRT_HALF: i32 = 1_805_811_301;
    const SQRT_HALF: i32 = 1_518_500_250;
    const ALPHA_N: i32 = 117_049_297;
    const ALPHA_D: i32 = 127_690_142;
    const ALPHA_I: i32 = 1_057_819_769;
    const ALPHA_F: i32 = 638_450_708;
    /// With 6 integer bits, as the logarithm is accumulated.
    const QUARTER: i32 = 1 << 23;
    let power = |bits: i32| saturating_shift_left(bits, 25);

    let zeros = x.leading_zeros();
    let normal = saturating_shift_left(x, zeros.saturating_sub(1));
    let r_a = saturating_shift_left(high_mul(normal, SQRT_HALF), 1);
    let power_a = power(12 - zeros as i32).saturating_add(QUARTER);

    let headroom = high_mul(x, SQRT_HALF).leading_zeros().saturating_sub(1);
    let r_b = saturating_shift_left(x, headroom);
    let power_b = power(12 - headroom as i32).saturating_sub(QUARTER);

    let (r, power) = (r_a.min(r_b), power_a.max(power_b));
    let p = ((i64::from(r) + i64::from(SQRT_SQRT_HALF) + 1) / 2) as i32;
    let q = r.wrapping_sub(SQRT_SQRT_HALF).wrapping_mul(2);
    let square = high_mul(q, q);
    let numerator = high_mul(q, r).wrapping_add(high_mul(high_mul(q, square), ALPHA_N));
    let sum = ALPHA_I.wrapping_add(q).wrapping_add(high_mul(ALPHA_D, square));
    let denominator_less_one = high_mul(p, sum).wrapping_add(high_mul(ALPHA_F, q));
    let quotient = high_mul(
        rounding_divide_by_pot(numerator, 6),
        one_over_one_plus_x_for_x_in_0_1(denominator_less_one),
    );
    saturating_shift_left(high_mul(power, LOG_2).wrapping_add(quotient), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rowwise::row::rows;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const OUT: Quantization = Quantization { scale: 1.0 / 16.0, zero_point: 127 };

    fn of(scale: f32, zero_point: i32) -> Quantization {
        Quantization { scale, zero_point }
    }

    fn naive(row: &[f64]) -> Vec<f64> {
        let max = row.iter().copied().fold(f64::MIN, f64::max);
        let sum: f64 = row.iter().map(|x| (x - max).exp()).sum();
        row.iter().map(|x| x - max - sum.ln()).collect()
    }

    proptest! {
        #[test]
        fn logarithm_is_near_the_real_one(x in 1_i32 << 19..=i32::MAX) {
            let real = (f64::from(x) / f64::from(1 << 19)).ln();
            prop_assert!((f64::from(log_of_at_least_one(x)) / f64::from(1 << 26) - real).abs() < 1e-5);
        }

        #[test]
        fn i8_agrees_with_double_precision(
            row in prop::collection::vec(any::<i8>(), 1..40), scale in 0.001_f32..0.5,
        ) {
            let params = LogSoftmaxParams::new(row.len() as u32, of(scale, 9), OUT).unwrap();
            let mut got = row.clone();
            rows::<LogSoftmax, _>(&params, &mut got).unwrap();
            let real: Vec<f64> = row.iter().map(|&x| f64::from(x) * f64::from(scale)).collect();
            // Whatever lies within a step of the input from the smallest output becomes that.
            let step = 16.0 * f64::from(scale);
            for (got, want) in got.iter().zip(naive(&real)) {
                let want = (want * 16.0 + 127.0).max(-128.0);
                let near = (f64::from(*got) - want).abs() <= 1.0;
                prop_assert!(near || *got == i8::MIN && want <= -127.0 + step, "{} for {}", got, want);
            }
        }

        #[test]
        fn f32_agrees_with_double_precision(row in prop::collection::vec(-20.0_f32..20.0, 1..40)) {
            let mut got = row.clone();
            rows::<LogSoftmax, _>(&LogSoftmaxParams::new_f32(row.len() as u32), &mut got).unwrap();
            let real: Vec<f64> = row.iter().map(|&x| x.into()).collect();
            for (got, want) in got.iter().zip(naive(&real)) {
                prop_assert!((f64::from(*got) - want).abs() <= 1e-6 + 1e-6 * want.abs());
            }
        }

        #[test]
        fn any_parameters_do_not_panic(
            multipliers: [i32; 2], shifts: [i32; 2], small in -3_i32..40, row in prop::collection::vec(any::<i8>(), 24),
        ) {
            for shift in [shifts[0], small] {
                let factor = Requant { multiplier: multipliers[0], shift };
                let reverse = Requant { multiplier: multipliers[1], shift: shifts[1] };
                let params = LogSoftmaxParams { factor, reverse, depth: 8 };
                rows::<LogSoftmax, _>(&params, &mut row.clone()).unwrap();
            }
        }
    }

    #[test]
    fn other_quantizations_are_refused() {
        let new = |input, output| LogSoftmaxParams::new(4, input, output).map(|_| ());
        assert_eq!(new(of(0.1, 3), OUT), Ok(()));
        assert_eq!(new(of(0.1, 3), of(1.0 / 16.0, 0)), Err(ParamsError::ZeroPoint { value: 0 }));
        let needed = ParamsError::ScaleNeeded { exponent: -4 };
        assert_eq!(new(of(0.1, 3), of(0.1, 127)), Err(needed));
        assert_eq!(new(of(1e-9, 3), OUT), Err(ParamsError::Multiplier));
    }

    #[test]
    fn floats_that_are_no_numbers_come_out_as_in_the_reference() {
        const NAN: f32 = f32::NAN;
        const INF: f32 = f32::INFINITY;
        let same = |x: [f32; 2], want: [f32; 2]| {
            let mut y = x;
            rows::<LogSoftmax, _>(&LogSoftmaxParams::new_f32(2), &mut y).unwrap();
            for (y, want) in y.iter().zip(want) {
                assert!(y.to_bits() == want.to_bits() || y.is_nan() && want.is_nan(), "{x:?}: {y}");
            }
        };
        same([NAN, 1.0], [NAN; 2]);
        same([INF, 1.0], [NAN, NAN]);
        same([-INF, 1.0], [-INF, 0.0]);
        // Nothing is larger than the lowest finite number: `log(0)` is -inf.
        same([-INF, -INF], [NAN; 2]);
        same([f32::MIN, f32::MAX], [-INF, 0.0]);
    }
}
