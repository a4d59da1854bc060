//! TANH: the hyperbolic tangent.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/tanh.cc`, `lite/kernels/internal/reference/tanh.h` and
//! `reference/integer_ops/tanh.h`.

use crate::element::Load;
use crate::elementwise::map;
use crate::error::{LengthMismatch, ParamsError};
use crate::fixed_point;
use crate::logistic::InputScale;
use crate::quant::{Quantization, rounding_divide_by_pot};
use crate::sigmoid_table::{TableScale, interval};

/// Parameters of a TANH on `i8`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(transparent)]
pub struct TanhI8Params(InputScale);

impl TanhI8Params {
    /// Parameters for an input of this quantization; the output's is taken to be 1/128 and 0.
    ///
    /// # Errors
    ///
    /// [`ParamsError::ZeroPoint`], [`ParamsError::Scale`] or [`ParamsError::Multiplier`] for a zero point beyond `i8`, a scale
    /// that is not positive or one that is absurdly small.
    pub fn new(input: Quantization) -> Result<Self, ParamsError> {
        InputScale::new(input).map(Self)
    }
}

/// TANH on `i8`.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
pub fn tanh_i8(
    params: &TanhI8Params,
    input: &[i8],
    output: &mut [i8],
) -> Result<(), LengthMismatch> {
    map(input, output, |x| params.0.apply(x, |x| rounding_divide_by_pot(fixed_point::tanh(x), 24)))
}

/// Parameters of a TANH on `i16`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(transparent)]
pub struct TanhI16Params(TableScale);

impl TanhI16Params {
    /// Parameters for these quantizations.
    ///
    /// # Errors
    ///
    /// [`ParamsError::ZeroPoint`] unless both are 0, [`ParamsError::Scale`] unless the output's is 2^-15,
    /// [`ParamsError::Multiplier`] for an input scale above 5.
    pub fn new(input: Quantization, output: Quantization) -> Result<Self, ParamsError> {
        TableScale::new(input, output, 1).map(Self)
    }
}

/// TANH on `i16`, interpolated in the table of the sigmoid: `tanh(x) = 2 · sigmoid(2 · x) - 1`.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
pub fn tanh_i16<I: Load<i16>>(
    params: &TanhI16Params,
    input: &[I],
    output: &mut [i16],
) -> Result<(), LengthMismatch> {
    map(input, output, |x| {
        let x = params.0.apply(x.load());
        let magnitude = x.unsigned_abs();
        // The sigmoid with 24 fractional bits.
        let sigmoid = match interval(magnitude >> 8) {
            Some((low, high)) => (low << 8) + (magnitude & 0xFF) * (high - low),
            None => 0xFFFF << 8,
        } as i32;
        let above_half = sigmoid - (1 << 23);
        let rounded = if x >= 0 { above_half + 0x80 } else { 0x7F - above_half };
        (rounded >> 8) as i16
    })
}

/// TANH on `f32`.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
pub fn tanh_f32<I: Load<f32>>(input: &[I], output: &mut [f32]) -> Result<(), LengthMismatch> {
    map(input, output, |x| libm::tanhf(x.load()))
}
