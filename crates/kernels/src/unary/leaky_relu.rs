//! LEAKY_RELU: negative values are multiplied by a factor, alpha.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/leaky_relu_common.cc` (`CalculateOpDataLeakyRelu`) and
//! `lite/kernels/internal/reference/leaky_relu.h`.

use crate::error::{LengthMismatch, ParamsError};
use crate::number::activation::Quantization;
use crate::number::clamp::within;
use crate::number::element::{Load, Quantized};
use crate::number::requant::Requant;
use crate::unary::op::Results;
use crate::walk::elementwise::map;

/// Runs on `f32`: `x` if it is above 0, else `x · alpha`, which is what becomes of a NaN.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
///
/// ```
/// let mut output = [0.0; 2];
/// bantam_kernels::unary::leaky_relu::f32::<f32>(0.25, &[-2.0, 2.0], &mut output)?;
/// assert_eq!(output, [-0.5, 2.0]);
/// # Ok::<(), bantam_kernels::LengthMismatch>(())
/// ```
pub fn f32<I: Load<f32>>(
    alpha: f32,
    input: &[I],
    output: &mut [f32],
) -> Result<(), LengthMismatch> {
    map(input, output, |x| {
        let x = x.load();
        if x > 0.0 { x } else { x * alpha }
    })
}

/// Runs on quantized elements `T`, which are rescaled to the output's quantization.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
///
/// ```
/// use bantam_kernels::Quantization;
/// use bantam_kernels::unary::leaky_relu::{LeakyReluParams, quantized};
/// let half = Quantization { scale: 0.5, zero_point: 0 };
/// let params = LeakyReluParams::new::<i8>(0.25, half, half)?;
/// let mut output = [0_i8; 2];
/// quantized(&params, &[-8_i8, 8], &mut output)?;
/// assert_eq!(output, [-2, 8]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn quantized<T: Quantized, I: Load<T>>(
    params: &LeakyReluParams,
    input: &[I],
    output: &mut [T],
) -> Result<(), LengthMismatch> {
    map(input, output, |x| params.apply(x.load()))
}

/// As [`quantized`], of `i8`: a value that comes again is looked up in the results of these
/// parameters.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
///
/// ```
/// use bantam_kernels::Quantization;
/// use bantam_kernels::unary::leaky_relu::{LeakyReluParams, bytes};
/// use bantam_kernels::unary::op::Results;
/// let half = Quantization { scale: 0.5, zero_point: 0 };
/// let params = LeakyReluParams::new::<i8>(0.25, half, half)?;
/// let (results, mut output) = (Results::new(), [0_i8; 3]);
/// bytes(&params, &results, &[-8, 8, -8], &mut output)?;
/// assert_eq!(output, [-2, 8, -2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[inline] // one caller
pub fn bytes(
    params: &LeakyReluParams,
    results: &Results,
    input: &[i8],
    output: &mut [i8],
) -> Result<(), LengthMismatch> {
    results.look_up(&|x| params.apply(x), input, output)
}

/// Parameters of a quantized LEAKY_RELU.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct LeakyReluParams {
    positive: Requant,
    /// The multiplier has the sign of alpha.
    negative: Requant,
    input_zero_point: i16,
    output_zero_point: i16,
}

impl LeakyReluParams {
    /// Parameters for tensors of `T`. Alpha may have either sign.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] or [`ParamsError::ZeroPoint`] for a quantization that `T` cannot
    /// have.
    pub fn new<T: Quantized>(
        alpha: f32,
        input: Quantization,
        output: Quantization,
    ) -> Result<Self, ParamsError> {
        let (input_scale, input_zero_point) = input.of::<T>()?;
        let (output_scale, output_zero_point) = output.of::<T>()?;
        let [input_scale, output_scale, magnitude] =
            [input_scale, output_scale, alpha.abs()].map(f64::from);
        let mut negative = Requant::from_scale(input_scale * magnitude / output_scale);
        if alpha.is_sign_negative() {
            negative.multiplier = -negative.multiplier;
        }
        let positive = Requant::from_scale(input_scale / output_scale);
        Ok(Self { positive, negative, input_zero_point, output_zero_point })
    }

    fn apply<T: Quantized>(&self, x: T) -> T {
        let x: i32 = x.into();
        let x = x - i32::from(self.input_zero_point);
        let scaled = if x >= 0 {
            self.positive.apply_positive(x)
        } else {
            // As in the reference the sign comes last: ties are rounded away from zero.
            let Requant { multiplier, shift } = self.negative;
            let magnitude = Requant { multiplier: multiplier.wrapping_abs(), shift };
            let scaled = magnitude.apply_positive(x);
            if multiplier < 0 { scaled.wrapping_neg() } else { scaled }
        };
        let value = scaled.wrapping_add(self.output_zero_point.into());
        T::from_clamped(within(value, T::MIN, T::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(scale: f32, zero_point: i32) -> Quantization {
        Quantization { scale, zero_point }
    }

    #[test]
    fn odd_floats_give_what_the_reference_gives() {
        let input = [-f32::INFINITY, -2.0, -0.0, 0.0, 1e-45, f32::INFINITY, f32::NAN];
        let mut output = [0.5; 7];
        f32::<f32>(-0.5, &input, &mut output).unwrap();
        let want = [f32::INFINITY, 1.0, 0.0, -0.0, 1e-45, f32::INFINITY];
        for (got, want) in output.iter().zip(want) {
            assert_eq!(got.to_bits(), want.to_bits());
        }
        assert!(output[6].is_nan());
    }

    #[test]
    fn scales_and_zero_points_are_checked() {
        let new = |input, output| LeakyReluParams::new::<i8>(0.1, input, output).map(|_| ());
        assert_eq!(new(of(-0.5, 0), of(1.0, 0)), Err(ParamsError::Scale));
        assert_eq!(new(of(1.0, 0), of(1.0, 128)), Err(ParamsError::ZeroPoint { value: 128 }));
    }

    proptest! {
        #[test]
        fn integers_agree_with_real_numbers(
            x: i16, alpha in -2.0_f32..2.0, scales in [0.01_f32..1.0, 0.01_f32..1.0], zero_points: [i8; 2],
        ) {
            let input = of(scales[0], zero_points[0].into());
            let output = of(scales[1], zero_points[1].into());
            let params = LeakyReluParams::new::<i16>(alpha, input, output).unwrap();
            let mut got = [0_i16];
            quantized::<i16, i16>(&params, &[x], &mut got).unwrap();
            let real = f64::from(i32::from(x) - input.zero_point) * f64::from(input.scale);
            let real = if real > 0.0 { real } else { real * f64::from(alpha) };
            let want = real / f64::from(output.scale) + f64::from(output.zero_point);
            prop_assert!((f64::from(got[0]) - want.clamp(-32768.0, 32767.0)).abs() <= 1.0);
        }

        #[test]
        fn any_parameters_do_not_panic(fields: [i32; 4], zero_points: [i16; 2], x: i8) {
            let [multiplier, shift, other, other_shift] = fields;
            let params = LeakyReluParams {
                positive: Requant { multiplier, shift },
                negative: Requant { multiplier: other, shift: other_shift },
                input_zero_point: zero_points[0],
                output_zero_point: zero_points[1],
            };
            quantized::<i8, i8>(&params, &[x], &mut [0]).unwrap();
        }
    }
}
