//! LOGISTIC: `1 / (1 + exp(-x))`.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/logistic_common.cc`,
//! `lite/kernels/internal/reference/logistic.h` and `reference/integer_ops/logistic.h`.
//!
//! ```
//! use bantam_kernels::unary::op;
//! use bantam_kernels::unary::logistic::Logistic;
//! let mut output = [0.0_f32; 2];
//! op::f32::<Logistic, f32>(&[0.0, 100.0], &mut output)?;
//! assert_eq!(output, [0.5, 1.0]);
//! # Ok::<(), bantam_kernels::LengthMismatch>(())
//! ```

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::clamp::within;
use crate::number::fixed_point;
use crate::number::requant::{Requant, rounding_divide_by_pot};
use crate::unary::op::{FloatOp, QuantizedOp};
use crate::unary::sigmoid_table::{TableScale, interval};

/// An `i8` input as a fixed-point number with 4 integer bits: what LOGISTIC and TANH start from.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct InputScale {
    multiplier: i32,
    shift: i16,
    zero_point: i16,
}

impl InputScale {
    pub(crate) fn new(input: Quantization) -> Result<Self, ParamsError> {
        let (scale, zero_point) = input.of::<i8>()?;
        let mut factor = Requant::from_scale(f64::from(scale) * f64::from(1 << 27));
        // A whole tensor spans less than a millionth: C++ leaves the result open unless the scale
        // is 0.
        if factor.shift < 0 {
            factor = Requant::default();
        }
        Ok(Self { multiplier: factor.multiplier, shift: factor.shift as i16, zero_point })
    }

    /// The function's value at `x` from `function`, or its limits where the input does not fit.
    ///
    /// Source: `CalculateInputRadius` in `lite/kernels/internal/quantization_util.cc`.
    #[inline(always)] // `function` is a constant to each operator
    pub(crate) fn apply(self, x: i8, function: impl Fn(i32) -> i32) -> i8 {
        let x = i32::from(x) - i32::from(self.zero_point);
        let radius = (15_i32 << 27).checked_shr(self.shift as u32).unwrap_or(0);
        if x <= -radius {
            i8::MIN
        } else if x >= radius {
            i8::MAX
        } else {
            let factor = Requant { multiplier: self.multiplier, shift: self.shift.into() };
            within(function(factor.apply(x)), -128, 127) as i8
        }
    }
}

/// `1 / (1 + exp(-x))`; with `libm`'s `expf` on `f32`, where TFLM calls that of its C library.
#[derive(Debug)]
pub struct Logistic;

impl FloatOp for Logistic {
    /// In three pieces: beyond the first limit the quotient would be 1, below the second the
    /// exponential alone is more precise.
    fn f32(x: f32) -> f32 {
        if x > 16.619_047 {
            1.0
        } else if x < -9.0 {
            libm::expf(x)
        } else {
            1.0 / (1.0 + libm::expf(-x))
        }
    }
}

impl QuantizedOp<i8> for Logistic {
    type Params = InputScale;

    /// The output's zero point must be -128; its scale is taken to be 1/256.
    fn params(input: Quantization, output: Quantization) -> Result<InputScale, ParamsError> {
        output.with_zero_point(-128)?;
        InputScale::new(input)
    }

    fn apply(params: &InputScale, x: i8) -> i8 {
        params.apply(x, |x| rounding_divide_by_pot(fixed_point::logistic(x), 23) - 128)
    }
}

impl QuantizedOp<i16> for Logistic {
    type Params = TableScale;

    /// Both zero points must be 0, the output's scale 2^-15, and the input's at most 5.
    fn params(input: Quantization, output: Quantization) -> Result<TableScale, ParamsError> {
        TableScale::new(input, output, 0)
    }

    /// Interpolates in the table of the sigmoid.
    fn apply(params: &TableScale, x: i16) -> i16 {
        let x = params.apply(x);
        let magnitude = x.unsigned_abs();
        // 25 fractional bits.
        let positive = match interval(magnitude >> 9) {
            Some((low, high)) => (low << 9) + (magnitude & 0x1FF) * (high - low),
            None => 0x7FFF << 10,
        };
        let rounded = if x >= 0 { positive + 0x200 } else { (1 << 25) - positive + 0x1FF };
        (rounded >> 10) as i16
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unary::op;
    use proptest::prelude::*;

    const I8_OUT: Quantization = Quantization { scale: 1.0 / 256.0, zero_point: -128 };
    const I16_OUT: Quantization = Quantization { scale: 1.0 / 32768.0, zero_point: 0 };

    fn real(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    #[test]
    fn quantizations_that_do_not_fit_are_refused() {
        let of = |scale, zero_point| Quantization { scale, zero_point };
        let narrow =
            |input, output| <Logistic as QuantizedOp<i8>>::params(input, output).map(|_| ());
        assert_eq!(narrow(of(0.1, 0), I16_OUT), Err(ParamsError::ZeroPoint { value: 0 }));
        assert_eq!(narrow(of(-1.0, 0), I8_OUT), Err(ParamsError::Scale));
        let wide =
            |input, output| <Logistic as QuantizedOp<i16>>::params(input, output).map(|_| ());
        assert_eq!(wide(of(0.1, 1), I16_OUT), Err(ParamsError::ZeroPoint { value: 1 }));
        assert_eq!(wide(of(0.1, 0), of(0.1, 0)), Err(ParamsError::ScaleNeeded { exponent: -15 }));
        assert_eq!(wide(of(6.0, 0), I16_OUT), Err(ParamsError::Multiplier));
    }

    #[test]
    fn scales_next_to_zero_make_every_element_zero() {
        for scale in [0.0, 1e-45, 1e-40, 1e-9] {
            let input = Quantization { scale, zero_point: 3 };
            let params = <Logistic as QuantizedOp<i8>>::params(input, I8_OUT).unwrap();
            let mut output = [1_i8; 3];
            op::quantized::<Logistic, i8, i8>(&params, &[-128, 3, 127], &mut output).unwrap();
            assert_eq!(output, [0; 3], "{scale:e}");
            let params = <Logistic as QuantizedOp<i16>>::params(
                Quantization { scale, zero_point: 0 },
                I16_OUT,
            );
            let mut output = [1_i16; 3];
            let input = [i16::MIN, 0, i16::MAX];
            op::quantized::<Logistic, i16, i16>(&params.unwrap(), &input, &mut output).unwrap();
            assert_eq!(output, [1 << 14; 3], "{scale:e}");
        }
    }

    #[test]
    fn f32_is_near_in_all_three_pieces() {
        let input: [f32; 8] = [-100.0, -20.0, -9.5, -1.0, 0.0, 3.0, 16.7, 90.0];
        let mut output = [0.0; 8];
        op::f32::<Logistic, f32>(&input, &mut output).unwrap();
        for (x, got) in input.iter().zip(output) {
            let want = real(f64::from(*x));
            assert!((f64::from(got) - want).abs() <= 1e-6 * want + 1e-8, "{x}: {got}");
        }
    }

    #[test]
    fn odd_floats_give_what_the_reference_gives() {
        let input = [f32::NEG_INFINITY, f32::MIN, -1e-45, -0.0, 1e-45, f32::MAX, f32::INFINITY];
        let mut output = [0.25; 7];
        op::f32::<Logistic, f32>(&input, &mut output).unwrap();
        assert_eq!(output, [0.0, 0.0, 0.5, 0.5, 0.5, 1.0, 1.0]);
        op::f32::<Logistic, f32>(&[f32::NAN], &mut output[..1]).unwrap();
        assert!(output[0].is_nan());
    }

    proptest! {
        #[test]
        fn i8_agrees_with_real_numbers(x: i8, scale in 1e-6_f32..4.0, zero_point: i8) {
            let input = Quantization { scale, zero_point: zero_point.into() };
            let mut got = [0];
            op::quantized::<Logistic, i8, i8>(&<Logistic as QuantizedOp<i8>>::params(input, I8_OUT).unwrap(), &[x], &mut got).unwrap();
            let want = real((f64::from(x) - f64::from(zero_point)) * f64::from(scale)) * 256.0 - 128.0;
            prop_assert!((f64::from(got[0]) - want.min(127.0)).abs() <= 1.0);
        }

        #[test]
        fn i16_agrees_with_real_numbers(x: i16, exponent in -24_i32..2, mantissa in 1.0_f32..2.0, exact: bool) {
            let mantissa = if exact { 1.0 } else { mantissa };
            let input = Quantization { scale: mantissa * 2.0_f32.powi(exponent), zero_point: 0 };
            let mut got = [0];
            op::quantized::<Logistic, i16, i16>(&<Logistic as QuantizedOp<i16>>::params(input, I16_OUT).unwrap(), &[x], &mut got).unwrap();
            let want = real(f64::from(x) * f64::from(input.scale)) * 32768.0;
            // The factor has 15 bits, and beyond 10.6 the table is at its limit.
            prop_assert!((f64::from(got[0]) - want).abs() <= 4.0, "{} for {want}", got[0]);
        }

        #[test]
        fn any_parameters_do_not_panic(multiplier: i32, shift: i16, zero_point: i16, x: i8, y: i16) {
            let params = InputScale { multiplier, shift, zero_point };
            op::quantized::<Logistic, i8, i8>(&params, &[x], &mut [0]).unwrap();
            let params = TableScale::any(zero_point as u16, shift as u16);
            op::quantized::<Logistic, i16, i16>(&params, &[y], &mut [0]).unwrap();
        }
    }
}
