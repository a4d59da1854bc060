//! RSQRT: the reciprocal of the square root.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/elementwise.cc` (`RsqrtEval`, `RsqrtEvalQuantized`).
//!
//! ```
//! use bantam_kernels::unary::op;
//! use bantam_kernels::unary::rsqrt::Rsqrt;
//! let mut output = [0.0_f32; 2];
//! op::f32::<Rsqrt, f32>(&[4.0, 0.25], &mut output)?;
//! assert_eq!(output, [0.5, 2.0]);
//! # Ok::<(), bantam_kernels::LengthMismatch>(())
//! ```

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::clamp::within;
use crate::number::element::Quantized;
use crate::number::fixed_point::inverse_sqrt;
use crate::number::requant::{Requant, multiply_by_quantized_multiplier};
use crate::unary::op::{FloatOp, QuantizedOp, ScaledParams};

/// `1 / sqrt(x)`; both steps are rounded to nearest, as everywhere, so floats need no library to
/// agree with. Integers below the zero point have no result.
#[derive(Debug)]
pub struct Rsqrt;

/// Bits that keep the inverse of the square root an integer.
const FRACTION_BITS: i32 = 20;

impl FloatOp for Rsqrt {
    fn f32(x: f32) -> f32 {
        1.0 / libm::sqrtf(x)
    }
}

impl<T: Quantized> QuantizedOp<T> for Rsqrt {
    type Params = ScaledParams;

    /// `i16` needs zero points of 0. Scales are combined in double precision: so do current builds
    /// of TFLM, while `SetRsqrtOutputMultiplier` at 90b983c2b uses single precision.
    fn params(input: Quantization, output: Quantization) -> Result<ScaledParams, ParamsError> {
        ScaledParams::new::<T>(input, output, |input, output| {
            1.0 / (libm::sqrt(input.into()) * f64::from(output))
        })
    }

    fn accepts(params: &ScaledParams, x: T) -> bool {
        let x: i32 = x.into();
        x >= params.input_zero_point.into()
    }

    /// The zero point itself gives the largest number.
    fn apply(params: &ScaledParams, x: T) -> T {
        let x: i32 = x.into();
        let value = x - i32::from(params.input_zero_point);
        if value == 0 {
            return T::from_clamped(T::MAX);
        }
        let Requant { multiplier, shift } = inverse_sqrt(value);
        let inverse = multiply_by_quantized_multiplier(1, multiplier, shift + FRACTION_BITS);
        let Requant { multiplier, shift } = params.factor;
        let shift = shift.wrapping_sub(FRACTION_BITS);
        // Beyond 31 bits C++ leaves the result open: nothing would remain.
        let scaled = if shift < -31 {
            0
        } else {
            multiply_by_quantized_multiplier(inverse, multiplier, shift)
        };
        let result = scaled.wrapping_add(params.output_zero_point.into());
        T::from_clamped(within(result, T::MIN, T::MAX))
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
    fn f32_is_the_quotient_of_the_rounded_root() {
        let input = [0.0, -0.0, f32::INFINITY, 1e-45, f32::MAX, 2.0, 0.1];
        let mut output = [0.0; 7];
        op::f32::<Rsqrt, f32>(&input, &mut output).unwrap();
        assert_eq!(output, input.map(|x| 1.0 / x.sqrt()));
        assert_eq!(output[..3], [f32::INFINITY, f32::NEG_INFINITY, 0.0]);
        let mut output = [0.0; 3];
        op::f32::<Rsqrt, f32>(&[f32::NAN, -1.0, f32::NEG_INFINITY], &mut output).unwrap();
        assert!(output.iter().all(|x| x.is_nan()));
    }

    #[test]
    fn integers_below_the_zero_point_are_not_accepted() {
        let params = <Rsqrt as QuantizedOp<i8>>::params(of(0.1, -3), of(0.05, 0)).unwrap();
        assert!(op::accepts::<Rsqrt, i8, i8>(&params, &[-3, -2, 127]));
        assert!(!op::accepts::<Rsqrt, i8, i8>(&params, &[0, -4]));
        let mut output = [0];
        op::quantized::<Rsqrt, i8, i8>(&params, &[-3], &mut output).unwrap();
        assert_eq!(output, [127]);
    }

    proptest! {
        #[test]
        fn integers_agree_with_real_numbers(x in 1..=32767_i16, scales in [1e-4_f32..1.0, 0.01_f32..1.0]) {
            let (input, output) = (of(scales[0], 0), of(scales[1] / 256.0, 0));
            let mut got = [0];
            let params = <Rsqrt as QuantizedOp<i16>>::params(input, output).unwrap();
            op::quantized::<Rsqrt, i16, i16>(&params, &[x], &mut got).unwrap();
            let want = (f64::from(x) * f64::from(input.scale)).sqrt().recip() / f64::from(output.scale);
            prop_assert!((f64::from(got[0]) - want.min(32767.0)).abs() <= 1.0 + want / 2000.0);
        }

        #[test]
        fn any_parameters_do_not_panic(multiplier: i32, shift: i32, zero_points: [i16; 2], x: i8) {
            let [input_zero_point, output_zero_point] = zero_points;
            let factor = Requant { multiplier, shift };
            let params = ScaledParams { factor, input_zero_point, output_zero_point };
            op::quantized::<Rsqrt, i8, i8>(&params, &[x], &mut [0]).unwrap();
            op::quantized::<Rsqrt, i16, i16>(&params, &[x.into()], &mut [0]).unwrap();
        }
    }
}
