//! RELU: negative values become 0; on integers the result is rescaled to the output's quantization.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/activations_common.cc` (`CalculateReluOpData`, `ReluFloat`) and
//! `activations.h` (`ReluQuantized`).

use crate::element::{Load, Quantized};
use crate::elementwise::map;
use crate::error::{LengthMismatch, ParamsError};
use crate::quant::{Quantization, Requant};

/// Parameters of a quantized RELU.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct ReluParams {
    factor: Requant,
    input_zero_point: i16,
    output_zero_point: i16,
}

impl ReluParams {
    /// Parameters for tensors of `T`.
    ///
    /// The scales are divided in double precision: so do current builds of TFLM, while `CalculateReluOpData` at 90b983c2b
    /// uses single precision.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] or [`ParamsError::ZeroPoint`] for a quantization that `T` cannot have; `i16` needs zero points
    /// of 0.
    pub fn new<T: Quantized>(
        input: Quantization,
        output: Quantization,
    ) -> Result<Self, ParamsError> {
        if T::MAX > 127 {
            input.with_zero_point(0)?;
            output.with_zero_point(0)?;
        }
        let (input_scale, input_zero_point) = input.of::<T>()?;
        let (output_scale, output_zero_point) = output.of::<T>()?;
        let factor = Requant::from_scale(f64::from(input_scale) / f64::from(output_scale));
        Ok(Self { factor, input_zero_point, output_zero_point })
    }
}

/// RELU on `T`.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
pub fn relu<T: Quantized, I: Load<T>>(
    params: &ReluParams,
    input: &[I],
    output: &mut [T],
) -> Result<(), LengthMismatch> {
    let input_zero_point = i32::from(params.input_zero_point);
    let output_zero_point = i32::from(params.output_zero_point);
    map(input, output, |x| {
        let x: i32 = x.load().into();
        let scaled = params.factor.apply(x - input_zero_point).wrapping_add(output_zero_point);
        T::from_clamped(scaled.max(output_zero_point).min(T::MAX))
    })
}

/// RELU on `f32`; a NaN stays one.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
pub fn relu_f32<I: Load<f32>>(input: &[I], output: &mut [f32]) -> Result<(), LengthMismatch> {
    map(input, output, |x| {
        let x = x.load();
        if x < 0.0 { 0.0 } else { x }
    })
}
