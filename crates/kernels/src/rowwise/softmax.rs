//! SOFTMAX: `exp(beta · x) / Σ exp(beta · x)` over the innermost dimension.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/softmax_common.cc`,
//! `lite/kernels/internal/reference/softmax.h` and `lite/kernels/internal/quantization_util.cc`
//! (`PreprocessSoftmaxScaling`, `CalculateInputRadius`).

mod tables;
#[cfg(test)]
mod tests;

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::clamp::within;
use crate::number::element::{Load, Quantized};
use crate::number::fixed_point::{exp_on_negative_values, reciprocal};
use crate::number::ratio::Divisor;
use crate::number::requant::{
    Requant, rounding_divide_by_pot, saturating_rounding_doubling_high_mul as high_mul,
};
use crate::rowwise::row::RowOp;

/// The shares of the exponentials of a row.
///
/// * `f32`: the exponential is `expf` of `libm`, which is that of musl; the reference calls the C
///   library's, so the last bits may differ. Sums are in the order of the row.
/// * `i8`, to `i8` or `i16`: rows of which 512 elements or more equal the largest give nothing but
///   the smallest output; the reference aborts there.
/// * `i16`: with tables of `exp` and of the reciprocal.
///
/// ```
/// use bantam_kernels::rowwise::row::rows;
/// use bantam_kernels::rowwise::softmax::{Softmax, SoftmaxF32Params};
/// let mut output = [0.0; 4];
/// let params = SoftmaxF32Params::new(2, 1.0);
/// rows::<Softmax, f32, f32>(&params, &[3.0, 3.0, 9.0, -99.0], &mut output)?;
/// assert_eq!(output, [0.5, 0.5, 1.0, 0.0]);
/// # Ok::<(), bantam_kernels::LengthMismatch>(())
/// ```
#[derive(Debug)]
pub struct Softmax;

/// Parameters of a SOFTMAX on `f32`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct SoftmaxF32Params {
    beta: f32,
    depth: u32,
}

impl SoftmaxF32Params {
    /// Parameters for rows of `depth` elements: the innermost dimension.
    pub fn new(depth: u32, beta: f32) -> Self {
        Self { beta, depth }
    }
}

impl<I: Load<f32>> RowOp<I, f32> for Softmax {
    type Params = SoftmaxF32Params;

    fn depth(params: &SoftmaxF32Params) -> u32 {
        params.depth
    }

    fn row(params: &SoftmaxF32Params, input: &[I], output: &mut [f32]) {
        let max = input.iter().fold(f32::MIN, |max, x| if max < x.load() { x.load() } else { max });
        let mut sum = 0.0;
        for (out, x) in output.iter_mut().zip(input) {
            *out = libm::expf((x.load() - max) * params.beta);
            sum += *out;
        }
        output.iter_mut().for_each(|out| *out /= sum);
    }
}

/// Parameters of a SOFTMAX on `i8`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct SoftmaxI8Params {
    factor: Requant,
    depth: u32,
}

impl SoftmaxI8Params {
    /// Parameters for rows of `depth` elements and an output of `T`: `i8` in steps of 1/256 from
    /// -128, or `i16` in steps of 1/65536 from -32768.
    ///
    /// # Errors
    ///
    /// [`ParamsError::ZeroPoint`] or [`ParamsError::ScaleNeeded`] for another one of the output
    /// (the scale of `i16` may be off by a thousandth), [`ParamsError::Multiplier`] if
    /// `scale · beta` is 2^-26 or less.
    pub fn new<T: Quantized>(
        depth: u32,
        beta: f32,
        input: Quantization,
        output: Quantization,
    ) -> Result<Self, ParamsError> {
        let (exponent, tolerance) = if T::MAX > 127 { (-16, 0.001) } else { (-8, 0.0) };
        Self::with_output(depth, beta, [input, output], T::MIN, exponent, tolerance)
    }

    /// [`Self::new`] for an output of this zero point and scale.
    #[inline(never)] // size: one copy for all types
    fn with_output(
        depth: u32,
        beta: f32,
        [input, output]: [Quantization; 2],
        zero_point: i32,
        exponent: i8,
        tolerance: f32,
    ) -> Result<Self, ParamsError> {
        near(output.with_zero_point(zero_point)?, exponent, tolerance)?;
        let mut factor = Requant::from_scales(beta, input.positive_scale()?, 1.0);
        factor.shift += 26;
        if factor.shift > 31 {
            factor = Requant { multiplier: i32::MAX, shift: 31 };
        }
        // Beyond 1: a half of 2 is 1 itself.
        if factor.shift > 1 || factor.shift == 1 && factor.multiplier > 1 << 30 {
            Ok(Self { factor, depth })
        } else {
            Err(ParamsError::Multiplier)
        }
    }

    /// Gives `put` the outputs of a row, in order: from `min` to `max` in steps of `2^-steps`.
    // size: one copy for both types of outputs.
    #[inline(never)]
    fn shares(&self, row: &[i8], [min, max]: [i32; 2], steps: i32, put: &mut dyn FnMut(i32)) {
        let largest = i32::from(row.iter().copied().max().unwrap_or(i8::MIN));
        let (scale, bits_over_unit) = self.reciprocal_of_sum(row, largest);
        let exponent = u32::try_from(bits_over_unit + 31 - steps);
        for x in row {
            let exp = self.exp(i32::from(*x) - largest);
            let share = match exponent {
                Ok(exponent @ 0..=31) => rounding_divide_by_pot(high_mul(scale, exp), exponent),
                _ => 0,
            };
            put(within(share.saturating_add(min), min, max));
        }
    }

    /// One over the sum of the row's exponentials, as [`reciprocal`] gives it.
    fn reciprocal_of_sum(&self, input: &[i8], max: i32) -> (i32, i32) {
        const ACCUMULATOR_INTEGER_BITS: u32 = 12;
        let exps = input.iter().map(|&x| self.exp(i32::from(x) - max));
        let sum = exps.fold(0_i32, |sum, exp| {
            sum.saturating_add(rounding_divide_by_pot(exp, ACCUMULATOR_INTEGER_BITS))
        });
        reciprocal(sum, ACCUMULATOR_INTEGER_BITS as i32)
    }

    /// `exp` of a difference from the row's largest value (so at most 0) without integer bits; 0
    /// where it is nothing.
    fn exp(&self, difference: i32) -> i32 {
        // The largest magnitude that still fits into 5 integer bits.
        let radius = (31_i32 << 26).checked_shr(self.factor.shift as u32).unwrap_or(0);
        if difference < -radius {
            return 0;
        }
        exp_on_negative_values::<5>(self.factor.apply(difference))
    }
}

impl<T: Quantized> RowOp<i8, T> for Softmax {
    type Params = SoftmaxI8Params;

    fn depth(params: &SoftmaxI8Params) -> u32 {
        params.depth
    }

    fn row(params: &SoftmaxI8Params, input: &[i8], output: &mut [T]) {
        let mut outputs = output.iter_mut();
        let steps = if T::MAX > 127 { 16 } else { 8 };
        params.shares(input, [T::MIN, T::MAX], steps, &mut |share| {
            if let Some(out) = outputs.next() {
                *out = T::from_clamped(share);
            }
        });
    }
}

/// Parameters of a SOFTMAX on `i16`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct SoftmaxI16Params {
    factor: Requant,
    depth: u32,
}

impl SoftmaxI16Params {
    /// Parameters for rows of `depth` elements with these quantizations; the output is in steps of
    /// 1/32768.
    ///
    /// # Errors
    ///
    /// [`ParamsError::ZeroPoint`] unless both are 0, [`ParamsError::ScaleNeeded`] unless the
    /// output's is 2^-15 to a thousandth.
    pub fn new(
        depth: u32,
        beta: f32,
        input: Quantization,
        output: Quantization,
    ) -> Result<Self, ParamsError> {
        near(output.with_zero_point(0)?, -15, 0.001)?;
        // -10..=0 becomes -65535..=0.
        const STEP: Divisor = Divisor::new(10.0 / 65535.0);
        Ok(Self { factor: STEP.divides(input.with_zero_point(0)?, beta), depth })
    }
}

impl<I: Load<i16>> RowOp<I, i16> for Softmax {
    type Params = SoftmaxI16Params;

    fn depth(params: &SoftmaxI16Params) -> u32 {
        params.depth
    }

    fn row(params: &SoftmaxI16Params, input: &[I], output: &mut [i16]) {
        let max = i32::from(input.iter().map(|x| x.load()).max().unwrap_or(i16::MIN));
        let mut sum = 0_i32;
        for (out, x) in output.iter_mut().zip(input) {
            let scaled = params.factor.apply(i32::from(x.load()) - max);
            *out = tables::exp(saturate(scaled.wrapping_add(32767)));
            sum = sum.wrapping_add((*out).into());
        }
        // The largest element alone contributes nearly 1: there is at least one bit of headroom and
        // one of value.
        let headroom = within(sum.leading_zeros() as i32 - 1, 0, 29);
        let shifted_sum = (((i64::from(sum) << headroom) + (1 << 13)) >> 14) as i32;
        let reciprocal =
            tables::one_over_one_plus_x(saturate(shifted_sum.wrapping_sub((1 << 15) + (1 << 16))));
        let right_shift = 30 - headroom;
        for out in output.iter_mut() {
            let product = i64::from(*out) * i64::from(reciprocal);
            let share = ((product + (1 << (right_shift - 1))) >> right_shift) as i32;
            *out = within(share, 0, 32767) as i16;
        }
    }
}

fn saturate(x: i32) -> i16 {
    within(x, -32768, 32767) as i16
}

/// `Ok` if `scale` is two to the power of `exponent`, but for such a part of it.
fn near(scale: f32, exponent: i8, tolerance: f32) -> Result<(), ParamsError> {
    let expected = f32::from_bits(((127 + i32::from(exponent)) as u32) << 23);
    let difference = (scale - expected).abs();
    if difference <= tolerance * expected {
        Ok(())
    } else {
        Err(ParamsError::ScaleNeeded { exponent })
    }
}
