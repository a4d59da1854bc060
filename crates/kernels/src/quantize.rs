//! QUANTIZE: real numbers or integers to integers of another quantization.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/quantize_common.cc`, `lite/kernels/internal/reference/quantize.h`
//! (`AffineQuantize`) and `reference/requantize.h` (`Requantize`).

use crate::element::{Load, SaturatingFrom};
use crate::elementwise::map;
use crate::error::{LengthMismatch, ParamsError};
use crate::quant::{Quantization, Requant};

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
    /// [`ParamsError::Scale`] for a scale that is not finite and positive.
    pub fn new(output: Quantization) -> Result<Self, ParamsError> {
        Ok(Self { scale: output.positive_scale()?, zero_point: output.zero_point })
    }
}

/// `input / scale + zero_point`, rounded to nearest (ties away from zero) and saturated; a NaN becomes the zero point.
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
        let rounded = libm::roundf(x.load() / params.scale) as i32;
        O::saturating_from(rounded.saturating_add(params.zero_point))
    })
}

/// Parameters of a QUANTIZE between integers.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct RequantizeParams {
    factor: Requant,
    input_zero_point: i32,
    output_zero_point: i32,
}

impl RequantizeParams {
    /// Parameters for an input and an output of these quantizations.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] for a scale that is not finite and positive.
    pub fn new(input: Quantization, output: Quantization) -> Result<Self, ParamsError> {
        let scale = f64::from(input.positive_scale()?) / f64::from(output.positive_scale()?);
        Ok(Self {
            factor: Requant::from_scale(scale),
            input_zero_point: input.zero_point,
            output_zero_point: output.zero_point,
        })
    }
}

/// Rescales an input of `T` (`i8`, `u8`, `i16` or `i32`) to the output's quantization, saturating.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
pub fn requantize<T: Into<i32>, I: Load<T>, O: SaturatingFrom>(
    params: &RequantizeParams,
    input: &[I],
    output: &mut [O],
) -> Result<(), LengthMismatch> {
    map(input, output, |x| {
        let x: i32 = x.load().into();
        let scaled = params.factor.apply(x.wrapping_sub(params.input_zero_point));
        O::saturating_from(scaled.wrapping_add(params.output_zero_point))
    })
}
