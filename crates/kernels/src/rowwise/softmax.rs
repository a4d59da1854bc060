//! SOFTMAX: `exp(beta · x) / Σ exp(beta · x)` over the innermost dimension.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/softmax_common.cc`,
//! `lite/kernels/internal/reference/softmax.h` and `lite/kernels/internal/quantization_util.cc`
//! (`PreprocessSoftmaxScaling`, `CalculateInputRadius`).

mod tables;
#[cfg(test)]
mod tests;

use core::cell::Cell;

use crate::error::{LengthMismatch, ParamsError};
use crate::movement::reshape::reshape;
use crate::number::activation::Quantization;
use crate::number::clamp::within;
use crate::number::element::Quantized;
use crate::number::fixed_point::{exp_on_negative_values, reciprocal};
use crate::number::ratio::Divisor;
use crate::number::requant::{Requant, rounding_divide_by_pot, rounding_doubling_high_mul};
use crate::rowwise::row::{RowOp, whole_rows};
use crate::walk::chunks::chunks;
use crate::walk::rows::Activations;

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
/// let mut tensor = [3.0, 3.0, 9.0, -99.0];
/// rows::<Softmax, f32>(&SoftmaxF32Params::new(2, 1.0), &mut tensor)?;
/// assert_eq!(tensor, [0.5, 0.5, 1.0, 0.0]);
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

impl RowOp<f32> for Softmax {
    type Params = SoftmaxF32Params;

    fn depth(params: &SoftmaxF32Params) -> u32 {
        params.depth
    }

    fn row(params: &SoftmaxF32Params, row: &mut [f32]) {
        let max = row.iter().fold(f32::MIN, |max, &x| if max < x { x } else { max });
        let mut sum = 0.0;
        for x in row.iter_mut() {
            *x = libm::expf((*x - max) * params.beta);
            sum += *x;
        }
        row.iter_mut().for_each(|x| *x /= sum);
    }
}

/// Parameters of a SOFTMAX on `i8`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct SoftmaxI8Params {
    factor: Requant,
    /// With [`WIDE`] if the output is `i16`.
    depth: u32,
}

/// A bit that no depth has.
const WIDE: u32 = 1 << 31;

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
        let depth = if T::MAX > 127 { depth | WIDE } else { depth };
        Self::with_output(depth, beta, [input, output], T::MIN, exponent, tolerance)
    }

    /// Whether the output is `i16`.
    pub fn is_wide(&self) -> bool {
        self.depth & WIDE != 0
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

    /// What the outputs of a row have in common, if they have so many fractional bits.
    #[inline(never)] // size: needs many registers
    fn shares(&self, row: &[Cell<u8>], bits: i32) -> Shares {
        let largest = row.iter().fold(i8::MIN, |largest, x| largest.max(x.get() as i8)).into();
        let (scale, bits_over_unit) = self.reciprocal_of_sum(row, largest);
        let exponent = u32::try_from(bits_over_unit + 31 - bits);
        Shares { largest, scale, exponent: exponent.unwrap_or(u32::MAX) }
    }

    /// The share of an element of a row, from 0 on.
    #[inline(never)] // size: needs many registers
    fn share(&self, shares: &Shares, x: i8) -> i32 {
        let exp = self.exp(i32::from(x) - shares.largest);
        match shares.exponent {
            // Neither is negative, and what is shifted out is some 15 bits or more.
            exponent @ 1..=31 => {
                let product = rounding_doubling_high_mul(shares.scale, exp);
                product.wrapping_shr(exponent - 1).wrapping_add(1) >> 1
            }
            _ => 0,
        }
    }

    /// One over the sum of the row's exponentials, as [`reciprocal`] gives it.
    fn reciprocal_of_sum(&self, input: &[Cell<u8>], max: i32) -> (i32, i32) {
        const ACCUMULATOR_INTEGER_BITS: u32 = 12;
        let exps = input.iter().map(|x| self.exp(i32::from(x.get() as i8) - max));
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
        exp_on_negative_values::<5>(self.factor.apply_positive(difference))
    }
}

/// What the outputs of a row have in common.
struct Shares {
    /// The largest element.
    largest: i32,
    /// One over the sum of the exponentials, without its exponent.
    scale: i32,
    exponent: u32,
}

/// Computes all rows of a SOFTMAX from `i8`. Its output is `i8`, over the input or apart from it,
/// or `i16`, apart from it: as the parameters say. All are bytes.
///
/// # Errors
///
/// [`LengthMismatch`] if the input is not made of whole rows, or if the output has not as many
/// elements. Then, and where one of `i16` is not apart, the output is unspecified.
///
/// ```
/// use bantam_kernels::Quantization;
/// use bantam_kernels::rowwise::softmax::{SoftmaxI8Params, bytes};
/// let quantization = |scale, zero_point| Quantization { scale, zero_point };
/// let (input, output) = (quantization(0.1, 3), quantization(1.0 / 65536.0, -32768));
/// let params = SoftmaxI8Params::new::<i16>(2, 1.0, input, output)?;
/// let mut shares = [1; 4];
/// bytes(&params, (&[5, 5][..], &mut shares[..]).into())?;
/// assert_eq!(shares, [0; 4]); // halves
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn bytes(
    params: &SoftmaxI8Params,
    activations: Activations<'_, u8>,
) -> Result<(), LengthMismatch> {
    let (width, output) = match activations {
        Activations::Apart { input, output } if params.is_wide() => {
            // The upper half takes the input, so that nothing is written before it is read.
            reshape((input, output.get_mut(input.len()..).unwrap_or_default()).into())?;
            (2, output)
        }
        activations => (1, reshape(activations)?),
    };
    let len = output.len() / width;
    let depth = whole_rows(params.depth & !WIDE, len)?;
    let output = Cell::from_mut(output).as_slice_of_cells();
    let input = output.get(output.len() - len..).unwrap_or_default();
    let half = 1 << (8 * width - 1);
    for (row, outputs) in chunks(input, depth).zip(chunks(output, width * depth)) {
        let shares = params.shares(row, 8 * width as i32);
        for (x, output) in row.iter().zip(chunks(outputs, width)) {
            let share = params.share(&shares, x.get() as i8).saturating_sub(half);
            let mut share = within(share, -half, half - 1);
            // size: byte by byte, as a copy would become a call of a routine for any bytes.
            for place in output {
                place.set(share as u8);
                share >>= 8;
            }
        }
    }
    Ok(())
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

impl RowOp<i16> for Softmax {
    type Params = SoftmaxI16Params;

    fn depth(params: &SoftmaxI16Params) -> u32 {
        params.depth
    }

    fn row(params: &SoftmaxI16Params, row: &mut [i16]) {
        let max = i32::from(row.iter().copied().max().unwrap_or(i16::MIN));
        let mut sum = 0_i32;
        for x in row.iter_mut() {
            let scaled = params.factor.apply(i32::from(*x) - max);
            *x = tables::exp(saturate(scaled.wrapping_add(32767)));
            sum = sum.wrapping_add((*x).into());
        }
        // The largest element alone contributes nearly 1: there is at least one bit of headroom and
        // one of value.
        let headroom = within(sum.leading_zeros() as i32 - 1, 0, 29);
        let shifted_sum = (((i64::from(sum) << headroom) + (1 << 13)) >> 14) as i32;
        let reciprocal =
            tables::one_over_one_plus_x(saturate(shifted_sum.wrapping_sub((1 << 15) + (1 << 16))));
        let right_shift = 30 - headroom;
        for x in row {
            let product = i64::from(*x) * i64::from(reciprocal);
            let share = ((product + (1 << (right_shift - 1))) >> right_shift) as i32;
            *x = within(share, 0, 32767) as i16;
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
