//! MEAN over any axes.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/reduce_common.cc` (`PrepareMeanOrSumHelper`),
//! `lite/kernels/internal/reference/reduce.h` (`Mean`, `QuantizedMeanOrSum`).

use crate::error::{LengthMismatch, ParamsError};
use crate::number::clamp::within;
use crate::number::element::{Load, Quantized};
use crate::number::requant::Requant;
use crate::reduce::axes::Reduction;

/// What is averaged, and how the mean is scaled from the input's quantization to the output's.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct MeanParams {
    reduction: Reduction,
    requant: Requant,
    input_zero_point: i32,
    output_zero_point: i32,
}

impl MeanParams {
    /// The mean of floats.
    pub fn new_f32(reduction: Reduction) -> Self {
        let requant = Requant::default();
        Self { reduction, requant, input_zero_point: 0, output_zero_point: 0 }
    }

    /// The mean of a quantized tensor; `input` and `output` are scale and zero point.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] unless both scales are positive numbers.
    pub fn new(
        reduction: Reduction,
        input: (f32, i32),
        output: (f32, i32),
    ) -> Result<Self, ParamsError> {
        for (scale, _) in [input, output] {
            if !(scale > 0.0 && scale.is_finite()) {
                return Err(ParamsError::Scale);
            }
        }
        let Requant { multiplier, shift } =
            Requant::from_scale(f64::from(input.0) / f64::from(output.0));
        // The factor is divided by the number of elements: first multiplied by the power of two below it, which the
        // shift takes back, so that all of its bits are kept. The shift must not fall below -31.
        let elements = (reduction.reduced_len() as i64).max(1);
        let bits = elements.ilog2() as i32;
        let bits = bits.min(32).min(31 + shift).max(0);
        let multiplier = ((i64::from(multiplier) << bits) / elements) as i32;
        Ok(Self {
            reduction,
            requant: Requant { multiplier, shift: shift - bits },
            input_zero_point: input.1,
            output_zero_point: output.1,
        })
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        self.reduction.output_len()
    }
}

/// Averages a quantized tensor: the exact sum, scaled once with TFLite's double rounding.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
///
/// ```
/// use bantam_kernels::{Shape, reduce::mean::{MeanParams, mean}, reduce::axes::Reduction};
/// let reduction = Reduction::new(&Shape::new(&[2, 2])?, &[0], &Shape::new(&[2])?)?;
/// let params = MeanParams::new(reduction, (0.5, 1), (0.25, -1))?;
/// let mut output = [0_i8; 2];
/// mean(&params, &[1_i8, 5, 3, 9], &mut output)?;
/// assert_eq!(output, [1, 11]); // 0.5 and 3 in units of 0.25, less 1
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mean<T: Quantized, I: Load<T>>(
    params: &MeanParams,
    input: &[I],
    output: &mut [T],
) -> Result<(), LengthMismatch> {
    let elements = params.reduction.reduced_len() as i32;
    let zero = params.input_zero_point.wrapping_mul(elements);
    params.reduction.fold(
        input,
        output,
        0_i32,
        |acc, x| acc.wrapping_add(x.load().into()),
        |acc| {
            let scaled = params.requant.apply(acc.wrapping_sub(zero));
            let value = scaled.wrapping_add(params.output_zero_point);
            T::from_clamped(within(value, T::MIN, T::MAX))
        },
    )
}

/// Averages floats, summing in the order of the input.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
pub fn mean_f32<I: Load<f32>>(
    params: &MeanParams,
    input: &[I],
    output: &mut [f32],
) -> Result<(), LengthMismatch> {
    let elements = params.reduction.reduced_len() as f32;
    params.reduction.fold(input, output, 0.0, |acc, x| acc + x.load(), |acc: f32| acc / elements)
}

#[cfg(test)]
mod tests;
