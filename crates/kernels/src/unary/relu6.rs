//! RELU6: values are clamped to 0..=6; integers in the input's quantization, which the output is
//! taken to share.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/activations_common.cc` (`Relu6Prepare`, `Relu6Float`) and
//! `activations.h` (`Relu6Quantized`).
//!
//! ```
//! use bantam_kernels::unary::op;
//! use bantam_kernels::unary::relu6::Relu6;
//! let mut output = [0.0_f32; 2];
//! op::f32::<Relu6, f32>(&[-1.0, 7.0], &mut output)?;
//! assert_eq!(output, [0.0, 6.0]);
//! # Ok::<(), bantam_kernels::LengthMismatch>(())
//! ```

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::clamp::{clamp_f32, within};
use crate::number::element::Quantized;
use crate::unary::op::{FloatOp, QuantizedOp};

/// `x` within 0..=6; a NaN stays one.
#[derive(Debug)]
pub struct Relu6;

impl FloatOp for Relu6 {
    fn f32(x: f32) -> f32 {
        clamp_f32(x, 0.0, 6.0)
    }
}

impl<T: Quantized> QuantizedOp<T> for Relu6 {
    type Params = Relu6Params;
    const READS_OUTPUT: bool = false;

    fn params(input: Quantization, _output: Quantization) -> Result<Relu6Params, ParamsError> {
        let (scale, zero) = input.of::<T>()?;
        let six = (libm::roundf(6.0 / scale) as i32).saturating_add(zero.into());
        Ok(Relu6Params { zero, six: within(six, T::MIN, T::MAX) as i16 })
    }

    fn apply(params: &Relu6Params, x: T) -> T {
        let x: i32 = x.into();
        T::from_clamped(within(x, params.zero.into(), params.six.into()))
    }
}

/// Parameters of a quantized RELU6.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct Relu6Params {
    zero: i16,
    six: i16,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unary::op;

    #[test]
    fn f32_clamps_and_keeps_nan() {
        let mut output = [0.0; 4];
        op::f32::<Relu6, f32>(&[-1.0, 2.5, 7.0, f32::NAN], &mut output).unwrap();
        assert_eq!(output[..3], [0.0, 2.5, 6.0]);
        assert!(output[3].is_nan());
    }

    #[test]
    fn odd_floats_give_what_the_reference_gives() {
        let input = [
            f32::NEG_INFINITY,
            f32::MIN,
            -1e-45,
            -0.0,
            0.0,
            1e-45,
            6.0,
            6.000_001,
            f32::MAX,
            f32::INFINITY,
        ];
        let mut output = [0.5; 10];
        op::f32::<Relu6, f32>(&input, &mut output).unwrap();
        let want = input.map(|x| {
            let raised = if x < 0.0 { 0.0 } else { x };
            if raised > 6.0 { 6.0 } else { raised }
        });
        assert_eq!(output.map(f32::to_bits), want.map(f32::to_bits));
    }

    #[test]
    fn integers_are_clamped_in_the_inputs_quantization() {
        let new = |scale| {
            <Relu6 as QuantizedOp<i8>>::params(
                Quantization { scale, zero_point: -28 },
                Quantization { scale, zero_point: -28 },
            )
            .unwrap()
        };
        let mut output = [0_i8; 4];
        op::quantized::<Relu6, i8, i8>(&new(0.1), &[-128, -27, 31, 33], &mut output).unwrap();
        assert_eq!(output, [-28, -27, 31, 32]);
        // Six is beyond the type: no upper limit.
        op::quantized::<Relu6, i8, i8>(&new(1e-30), &[-128, -27, 31, 127], &mut output).unwrap();
        assert_eq!(output, [-28, -27, 31, 127]);
    }
}
