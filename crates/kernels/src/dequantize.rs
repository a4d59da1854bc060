//! DEQUANTIZE: integers to the real numbers they stand for.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/dequantize_common.cc` and `lite/kernels/internal/reference/dequantize.h`.

use crate::element::Load;
use crate::elementwise::map;
use crate::error::{LengthMismatch, ParamsError};
use crate::quant::Quantization;

/// Parameters of a DEQUANTIZE.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct DequantizeParams {
    scale: f32,
    zero_point: i32,
}

impl DequantizeParams {
    /// Parameters for a tensor of 8 or 16 bits.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] for a scale that is not finite and positive, [`ParamsError::ZeroPoint`] for a zero point beyond
    /// 16 bits.
    pub fn new(input: Quantization) -> Result<Self, ParamsError> {
        let scale = input.positive_scale()?;
        let zero_point = input.zero_point;
        // Differences of up to 24 bits are exact in a float; then one rounding gives what the reference's double does.
        if i16::try_from(zero_point).is_err() {
            return Err(ParamsError::ZeroPoint { value: zero_point });
        }
        Ok(Self { scale, zero_point })
    }
}

/// `scale · (input - zero_point)`, for an input of `T` = `i8`, `u8` or `i16`.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
pub fn dequantize<T: Into<i32>, I: Load<T>>(
    params: &DequantizeParams,
    input: &[I],
    output: &mut [f32],
) -> Result<(), LengthMismatch> {
    map(input, output, |x| {
        let x: i32 = x.load().into();
        params.scale * x.wrapping_sub(params.zero_point) as f32
    })
}
