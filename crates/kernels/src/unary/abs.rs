//! ABS: the magnitude.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/elementwise.cc` (`AbsEvalQuantized`, `AbsHelper`).
//!
//! ```
//! use bantam_kernels::unary::op;
//! use bantam_kernels::unary::abs::Abs;
//! let mut output = [0.0_f32; 2];
//! op::f32::<Abs, f32>(&[-1.5, 2.0], &mut output)?;
//! assert_eq!(output, [1.5, 2.0]);
//! # Ok::<(), bantam_kernels::LengthMismatch>(())
//! ```

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::clamp::within;
use crate::number::element::Quantized;
use crate::number::requant::Requant;
use crate::unary::op::{FloatOp, QuantizedOp, ScaledParams};

/// `|x|`; only the sign of a float is cleared, a NaN's as well.
#[derive(Debug)]
pub struct Abs;

impl FloatOp for Abs {
    fn f32(x: f32) -> f32 {
        x.abs()
    }
}

impl<T: Quantized> QuantizedOp<T> for Abs {
    type Params = AbsParams;

    /// `i16` needs zero points of 0. Scales are divided in double precision: so do current builds
    /// of TFLM, while `SetAbsOutputMultiplier` at 90b983c2b uses single precision.
    fn params(input: Quantization, output: Quantization) -> Result<AbsParams, ParamsError> {
        // For equal scales the factor is exactly 1, which leaves the magnitude as it is.
        let ScaledParams { factor, input_zero_point, output_zero_point } =
            ScaledParams::ratio::<T>(input, output)?;
        Ok(AbsParams { factor, max: T::MAX, input_zero_point, output_zero_point })
    }

    /// Plain `i16`: the magnitude of the smallest wraps to itself.
    fn unquantized() -> Option<AbsParams> {
        let factor = Requant::from_scale(1.0);
        let params = AbsParams { factor, max: i32::MAX, input_zero_point: 0, output_zero_point: 0 };
        (T::MAX > 127).then_some(params)
    }

    fn apply(params: &AbsParams, x: T) -> T {
        let x: i32 = x.into();
        let magnitude = (x - i32::from(params.input_zero_point)).wrapping_abs();
        let scaled = params.factor.apply(magnitude).wrapping_add(params.output_zero_point.into());
        T::from_clamped(within(scaled, T::MIN, params.max))
    }
}

/// Parameters of an ABS on integers.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct AbsParams {
    factor: Requant,
    max: i32,
    input_zero_point: i16,
    output_zero_point: i16,
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
    fn f32_clears_the_sign_and_nothing_else() {
        let input = [-0.0, f32::NEG_INFINITY, -1e-45, f32::MIN, 3.5, -f32::NAN];
        let mut output = [0.0; 6];
        op::f32::<Abs, f32>(&input, &mut output).unwrap();
        assert_eq!(output.map(f32::to_bits), input.map(|x| x.to_bits() & 0x7FFF_FFFF));
    }

    #[test]
    fn integers_that_are_not_quantized_wrap_and_others_saturate() {
        let mut output = [0; 2];
        let plain = <Abs as QuantizedOp<i16>>::unquantized().unwrap();
        op::quantized::<Abs, i16, i16>(&plain, &[i16::MIN, -5], &mut output).unwrap();
        assert_eq!(output, [i16::MIN, 5]);
        let same = <Abs as QuantizedOp<i16>>::params(of(0.3, 0), of(0.3, 0)).unwrap();
        op::quantized::<Abs, i16, i16>(&same, &[i16::MIN, -5], &mut output).unwrap();
        assert_eq!(output, [i16::MAX, 5]);
        assert!(<Abs as QuantizedOp<i8>>::unquantized().is_none());
        let error = <Abs as QuantizedOp<i16>>::params(of(0.3, 0), of(0.3, 1)).map(|_| ());
        assert_eq!(error, Err(ParamsError::ZeroPoint { value: 1 }));
    }

    proptest! {
        #[test]
        fn i8_agrees_with_real_numbers(
            x: i8, scales in [0.01_f32..1.0, 0.01_f32..1.0], zero_points: [i8; 2],
        ) {
            let (input, output) =
                (of(scales[0], zero_points[0].into()), of(scales[1], zero_points[1].into()));
            let mut got = [0];
            let params = <Abs as QuantizedOp<i8>>::params(input, output).unwrap();
            op::quantized::<Abs, i8, i8>(&params, &[x], &mut got).unwrap();
            let real = f64::from(i32::from(x) - input.zero_point).abs() * f64::from(input.scale);
            let want = real / f64::from(output.scale) + f64::from(output.zero_point);
            prop_assert!((f64::from(got[0]) - want.min(127.0)).abs() <= 1.0);
        }

        #[test]
        fn any_parameters_do_not_panic(multiplier: i32, shift: i32, max: i32, zero_points: [i16; 2], x: i8) {
            let [input_zero_point, output_zero_point] = zero_points;
            let factor = Requant { multiplier, shift };
            let params = AbsParams { factor, max, input_zero_point, output_zero_point };
            op::quantized::<Abs, i8, i8>(&params, &[x], &mut [0]).unwrap();
            op::quantized::<Abs, i16, i16>(&params, &[x.into()], &mut [0]).unwrap();
        }
    }
}
