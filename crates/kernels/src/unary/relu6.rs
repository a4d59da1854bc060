//! RELU6: values are clamped to 0..=6; integers in the input's quantization, which the output is taken to share.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/activations_common.cc` (`Relu6Prepare`, `Relu6Float`) and `activations.h`
//! (`Relu6Quantized`).

use crate::error::{LengthMismatch, ParamsError};
use crate::number::activation::Quantization;
use crate::number::clamp::clamp_f32;
use crate::number::clamp::within;
use crate::number::element::{Load, Quantized};
use crate::walk::elementwise::map;

/// Parameters of a quantized RELU6.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct Relu6Params {
    zero: i16,
    six: i16,
}

impl Relu6Params {
    /// Parameters for tensors of `T`; the output's quantization has no influence, as in the reference.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] or [`ParamsError::ZeroPoint`] for a quantization that `T` cannot have.
    pub fn new<T: Quantized>(input: Quantization) -> Result<Self, ParamsError> {
        let (scale, zero) = input.of::<T>()?;
        let six = (libm::roundf(6.0 / scale) as i32).saturating_add(zero.into());
        Ok(Self { zero, six: within(six, T::MIN, T::MAX) as i16 })
    }
}

/// RELU6 on `T`.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
pub fn relu6<T: Quantized, I: Load<T>>(
    params: &Relu6Params,
    input: &[I],
    output: &mut [T],
) -> Result<(), LengthMismatch> {
    let (zero, six) = (i32::from(params.zero), i32::from(params.six));
    map(input, output, |x| {
        let x: i32 = x.load().into();
        T::from_clamped(x.max(zero).min(six))
    })
}

/// RELU6 on `f32`; a NaN stays one.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
pub fn relu6_f32<I: Load<f32>>(input: &[I], output: &mut [f32]) -> Result<(), LengthMismatch> {
    map(input, output, |x| clamp_f32(x.load(), 0.0, 6.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f32_clamps_and_keeps_nan() {
        let mut output = [0.0; 4];
        relu6_f32(&[-1.0, 2.5, 7.0, f32::NAN], &mut output).unwrap();
        assert_eq!(output[..3], [0.0, 2.5, 6.0]);
        assert!(output[3].is_nan());
    }

    #[test]
    fn integers_are_clamped_in_the_inputs_quantization() {
        let new = |scale| Relu6Params::new::<i8>(Quantization { scale, zero_point: -28 }).unwrap();
        let mut output = [0_i8; 4];
        relu6::<i8, i8>(&new(0.1), &[-128, -27, 31, 33], &mut output).unwrap();
        assert_eq!(output, [-28, -27, 31, 32]);
        // Six is beyond the type: no upper limit.
        relu6::<i8, i8>(&new(1e-30), &[-128, -27, 31, 127], &mut output).unwrap();
        assert_eq!(output, [-28, -27, 31, 127]);
    }
}
