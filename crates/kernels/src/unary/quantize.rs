//! QUANTIZE: real numbers or integers to integers of another quantization.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/quantize_common.cc`,
//! `lite/kernels/internal/reference/quantize.h` (`AffineQuantize`) and `reference/requantize.h`
//! (`Requantize`).
//!
//! ```
//! use bantam_kernels::Quantization;
//! use bantam_kernels::unary::quantize::{QuantizeParams, quantize_f32};
//! let params = QuantizeParams::new(Quantization { scale: 0.5, zero_point: 1 })?;
//! let mut output = [0_i8; 3];
//! quantize_f32(&params, &[0.0, -2.0, 1e9], &mut output)?;
//! assert_eq!(output, [1, -3, 127]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::backend::elementwise::Rescale;
use crate::backend::{Backend as _, Native};
use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::number::activation::Quantization;
use crate::number::element::{Load, SaturatingFrom};
use crate::unary::op::Results;
use crate::walk::elementwise::map;

/// Parameters of a QUANTIZE from `f32`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct QuantizeParams {
    scale: f32,
    zero_point: i32,
}

impl QuantizeParams {
    /// Parameters for an output of this quantization.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] for a scale that is negative or not finite.
    pub fn new(output: Quantization) -> Result<Self, ParamsError> {
        Ok(Self { scale: output.finite_scale()?, zero_point: output.zero_point })
    }
}

/// `input / scale + zero_point`, rounded to nearest (ties away from zero) and saturated; a NaN
/// becomes the zero point. So does 0 where the scale is 0, and all else is saturated: C++ leaves
/// both open.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
pub fn quantize_f32<I: Load<f32>, O: SaturatingFrom>(
    params: &QuantizeParams,
    input: &[I],
    output: &mut [O],
) -> Result<(), LengthMismatch> {
    map(input, output, |x| {
        let rounded = rounded(x.load() / params.scale);
        O::saturating_from(rounded.saturating_add(params.zero_point))
    })
}

/// `x`, rounded to nearest, ties away from zero; 0 for a NaN.
#[inline(always)] // a few instructions in an inner loop
fn rounded(x: f32) -> i32 {
    // The largest number below a half: the sum with a half would round up what is next to one.
    (x + 0.499_999_97_f32.copysign(x)) as i32
}

/// Rescales an input of `T` (`i8`, `u8`, `i16` or `i32`) to the output's quantization, saturating.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
///
/// ```
/// use bantam_kernels::Quantization;
/// use bantam_kernels::backend::elementwise::Rescale;
/// use bantam_kernels::unary::quantize::requantize;
/// let [half, one] = [0.5, 1.0].map(|scale| Quantization { scale, zero_point: 0 });
/// let params = Rescale::new(half, one)?;
/// let mut output = [0_i8; 2];
/// requantize(&params, &[-4_i8, 8], &mut output)?;
/// assert_eq!(output, [-2, 4]); // half as many steps of 1
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn requantize<T: Into<i32>, I: Load<T>, O: SaturatingFrom>(
    params: &Rescale,
    input: &[I],
    output: &mut [O],
) -> Result<(), LengthMismatch> {
    LengthMismatch::check(Operand::Output, input.len(), output.len())?;
    Native::rescale(params, input, output);
    Ok(())
}

/// As [`requantize`], between `i8`: a value that comes again is looked up in the results of these
/// parameters.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
///
/// ```
/// use bantam_kernels::Quantization;
/// use bantam_kernels::backend::elementwise::Rescale;
/// use bantam_kernels::unary::op::Results;
/// use bantam_kernels::unary::quantize::requantize_bytes;
/// let [half, one] = [0.5, 1.0].map(|scale| Quantization { scale, zero_point: 0 });
/// let (params, results) = (Rescale::new(half, one)?, Results::new());
/// let mut output = [0; 3];
/// requantize_bytes(&params, &results, &[-4, 8, -4], &mut output)?;
/// assert_eq!(output, [-2, 4, -2]); // half as many steps of 1
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[inline] // one caller
pub fn requantize_bytes(
    params: &Rescale,
    results: &Results,
    input: &[i8],
    output: &mut [i8],
) -> Result<(), LengthMismatch> {
    results.look_up(&params.outputs::<i8, i8, i8>(), input, output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::requant::Requant;
    use proptest::prelude::*;

    fn of(scale: f32, zero_point: i32) -> Quantization {
        Quantization { scale, zero_point }
    }

    #[test]
    fn f32_rounds_ties_away_from_zero_and_saturates() {
        let params = QuantizeParams::new(of(0.5, 10)).unwrap();
        let input = [0.25, -0.25, 1e30, -1e30, f32::INFINITY, f32::NAN, 58.4];
        let mut output = [0_i8; 7];
        quantize_f32(&params, &input, &mut output).unwrap();
        assert_eq!(output, [11, 9, 127, -128, 127, 10, 127]);
        let mut output = [0_i16; 7];
        quantize_f32(&params, &input, &mut output).unwrap();
        assert_eq!(output, [11, 9, 32767, -32768, 32767, 10, 127]);
    }

    #[test]
    fn equal_scales_only_move_the_zero_point() {
        let params = Rescale::new(of(0.3, -128), of(0.3, 0)).unwrap();
        let mut output = [0_u8; 3];
        requantize::<i8, _, _>(&params, &[-128_i8, 0, 127], &mut output).unwrap();
        assert_eq!(output, [0, 128, 255]);
        let params = Rescale::new(of(0.3, 0), of(0.3, 3)).unwrap();
        let mut output = [0_i8; 2];
        requantize::<i32, _, _>(&params, &[1_000_000, -5], &mut output).unwrap();
        assert_eq!(output, [127, -2]);
    }

    #[test]
    fn scales_must_be_finite_and_not_negative() {
        assert_eq!(QuantizeParams::new(of(-0.5, 0)).map(|_| ()), Err(ParamsError::Scale));
        let error = Rescale::new(of(1.0, 0), of(f32::INFINITY, 0)).map(|_| ());
        assert_eq!(error, Err(ParamsError::Scale));
    }

    proptest! {
        #[test]
        fn rounding_is_that_of_the_library(bits: u32, near: i16, below in 0..3_u32) {
            let next = (f32::from(near) + 0.5).to_bits() - below;
            for x in [f32::from_bits(bits), f32::from_bits(next)] {
                prop_assert_eq!(rounded(x), libm::roundf(x) as i32);
            }
        }

        #[test]
        fn requantize_agrees_with_real_numbers(
            x: i16, scales in [1e-4_f32..1.0, 1e-4_f32..1.0], zero_points: [i8; 2],
        ) {
            let input = of(scales[0], zero_points[0].into());
            let output = of(scales[1], zero_points[1].into());
            let params = Rescale::new(input, output).unwrap();
            let mut got = [0_i16];
            requantize::<i16, _, _>(&params, &[x], &mut got).unwrap();
            let ratio = f64::from(input.scale) / f64::from(output.scale);
            let want = (f64::from(x) - f64::from(input.zero_point)) * ratio;
            // Products beyond 31 bits overflow in the reference.
            prop_assume!(want.abs() < 1e9);
            let want = (want + f64::from(output.zero_point)).clamp(-32768.0, 32767.0);
            prop_assert!((f64::from(got[0]) - want).abs() <= 1.0);
        }

        #[test]
        fn any_parameters_do_not_panic(scale: f32, zero_point: i32, multiplier: i32, shift: i32, x: i32, y: f32) {
            let mut output = [0_i32];
            quantize_f32(&QuantizeParams { scale, zero_point }, &[y], &mut output).unwrap();
            let factor = Requant { multiplier, shift };
            let params = Rescale { factor, input_zero_point: zero_point, output_zero_point: x };
            requantize::<i32, _, _>(&params, &[x], &mut output).unwrap();
        }
    }
}
