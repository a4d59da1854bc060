//! RELU: negative values become 0; on integers the result is rescaled to the output's quantization.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/activations_common.cc` (`CalculateReluOpData`,
//! `ReluFloat`) and `activations.h` (`ReluQuantized`).
//!
//! ```
//! use bantam_kernels::unary::op;
//! use bantam_kernels::unary::relu::Relu;
//! let mut output = [0.0_f32; 2];
//! op::f32::<Relu, f32>(&[-1.0, 7.0], &mut output)?;
//! assert_eq!(output, [0.0, 7.0]);
//! # Ok::<(), bantam_kernels::LengthMismatch>(())
//! ```

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::element::Quantized;
use crate::unary::op::{FloatOp, QuantizedOp, ScaledParams};

/// `max(x, 0)`; a NaN stays one, and -0 stays -0.
#[derive(Debug)]
pub struct Relu;

impl FloatOp for Relu {
    fn f32(x: f32) -> f32 {
        if x < 0.0 { 0.0 } else { x }
    }
}

impl<T: Quantized> QuantizedOp<T> for Relu {
    type Params = ScaledParams;

    /// The scales are divided in double precision: so do current builds of TFLM, while
    /// `CalculateReluOpData` at 90b983c2b uses single precision. `i16` needs zero points of 0.
    fn params(input: Quantization, output: Quantization) -> Result<ScaledParams, ParamsError> {
        ScaledParams::ratio::<T>(input, output)
    }

    fn apply(params: &ScaledParams, x: T) -> T {
        let [input_zero_point, output_zero_point] =
            [params.input_zero_point, params.output_zero_point].map(i32::from);
        let x: i32 = x.into();
        let scaled =
            params.factor.apply_positive(x - input_zero_point).wrapping_add(output_zero_point);
        T::from_clamped(scaled.max(output_zero_point).min(T::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unary::op;
    use proptest::prelude::*;

    fn of(scale: f32, zero_point: i32) -> Quantization {
        Quantization { scale, zero_point }
    }

    #[test]
    fn f32_keeps_nan_and_positives() {
        let mut output = [0.0; 4];
        op::f32::<Relu, f32>(&[-1.0, 2.5, f32::NAN, f32::INFINITY], &mut output).unwrap();
        assert_eq!((output[0], output[1], output[3]), (0.0, 2.5, f32::INFINITY));
        assert!(output[2].is_nan());
    }

    #[test]
    fn odd_floats_give_what_the_reference_gives() {
        let input = [f32::NEG_INFINITY, f32::MIN, -1e-45, -0.0, 0.0, 1e-45, f32::MAX];
        let mut output = [0.5; 7];
        op::f32::<Relu, f32>(&input, &mut output).unwrap();
        let want = input.map(|x| if x < 0.0 { 0.0 } else { x });
        assert_eq!(output.map(f32::to_bits), want.map(f32::to_bits));
    }

    #[test]
    fn i8_rescales_and_saturates() {
        let params = <Relu as QuantizedOp<i8>>::params(of(0.5, 10), of(0.25, -100)).unwrap();
        let mut output = [0_i8; 4];
        op::quantized::<Relu, i8, i8>(&params, &[9, 10, 12, 127], &mut output).unwrap();
        assert_eq!(output, [-100, -100, -96, 127]);
    }

    #[test]
    fn i16_needs_zero_points_of_zero() {
        let error = <Relu as QuantizedOp<i16>>::params(of(1.0, 0), of(1.0, 1)).map(|_| ());
        assert_eq!(error, Err(ParamsError::ZeroPoint { value: 1 }));
        assert_eq!(
            <Relu as QuantizedOp<i8>>::params(of(1.0, 0), of(-1.0, 1)).map(|_| ()),
            Err(ParamsError::Scale)
        );
    }

    proptest! {
        #[test]
        fn i8_agrees_with_real_numbers(
            x: i8, scales in [0.01_f32..1.0, 0.01_f32..1.0], zero_points: [i8; 2],
        ) {
            let input = of(scales[0], zero_points[0].into());
            let output = of(scales[1], zero_points[1].into());
            let mut got = [0_i8];
            op::quantized::<Relu, i8, i8>(&<Relu as QuantizedOp<i8>>::params(input, output).unwrap(), &[x], &mut got).unwrap();
            let real = (f64::from(x) - f64::from(input.zero_point)) * f64::from(input.scale);
            let want = real.max(0.0) / f64::from(output.scale) + f64::from(output.zero_point);
            prop_assert!((f64::from(got[0]) - want.min(127.0)).abs() <= 1.0);
        }
    }
}
