//! TANH: the hyperbolic tangent.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/tanh.cc`, `lite/kernels/internal/reference/tanh.h` and
//! `reference/integer_ops/tanh.h`.
//!
//! ```
//! use bantam_kernels::unary::op;
//! use bantam_kernels::unary::tanh::Tanh;
//! let mut output = [0.0_f32; 2];
//! op::f32::<Tanh, f32>(&[0.0, 100.0], &mut output)?;
//! assert_eq!(output, [0.0, 1.0]);
//! # Ok::<(), bantam_kernels::LengthMismatch>(())
//! ```

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::fixed_point;
use crate::number::requant::rounding_divide_by_pot;
use crate::unary::logistic::InputScale;
use crate::unary::op::{FloatOp, QuantizedOp};
use crate::unary::sigmoid_table::{TableScale, interval};

/// The hyperbolic tangent; `libm`'s `tanhf` on `f32`, where TFLM calls that of its C library.
#[derive(Debug)]
pub struct Tanh;

impl FloatOp for Tanh {
    fn f32(x: f32) -> f32 {
        libm::tanhf(x)
    }
}

impl QuantizedOp<i8> for Tanh {
    type Params = InputScale;
    const READS_OUTPUT: bool = false;

    /// The output's quantization is taken to be 1/128 and 0.
    fn params(input: Quantization, _output: Quantization) -> Result<InputScale, ParamsError> {
        InputScale::new(input)
    }

    fn apply(params: &InputScale, x: i8) -> i8 {
        params.apply(x, |x| rounding_divide_by_pot(fixed_point::tanh(x), 24))
    }
}

impl Tanh {
    /// Interpolates in the table of the sigmoid: `tanh(x) = 2 · sigmoid(2 · x) - 1`.
    #[inline(always)] // in a loop of its caller
    pub(crate) fn interpolate(scale: TableScale, x: i16) -> i16 {
        let x = scale.apply(x);
        let magnitude = x.unsigned_abs();
        // The sigmoid with 24 fractional bits.
        let sigmoid = match interval(magnitude >> 8) {
            Some((low, high)) => (low << 8) + (magnitude & 0xFF) * (high - low),
            None => 0xFFFF << 8,
        } as i32;
        let above_half = sigmoid - (1 << 23);
        let rounded = if x >= 0 { above_half + 0x80 } else { 0x7F - above_half };
        (rounded >> 8) as i16
    }
}

impl QuantizedOp<i16> for Tanh {
    type Params = TableScale;

    /// Both zero points must be 0, the output's scale 2^-15, and the input's at most 5.
    fn params(input: Quantization, output: Quantization) -> Result<TableScale, ParamsError> {
        TableScale::new(input, output, 1)
    }

    fn apply(params: &TableScale, x: i16) -> i16 {
        Self::interpolate(*params, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unary::op;
    use proptest::prelude::*;

    const I16_OUT: Quantization = Quantization { scale: 1.0 / 32768.0, zero_point: 0 };

    #[test]
    fn f32_is_near() {
        let input: [f32; 5] = [-30.0, -1.0, 0.0, 0.001, 2.0];
        let mut output = [0.0; 5];
        op::f32::<Tanh, f32>(&input, &mut output).unwrap();
        for (x, got) in input.iter().zip(output) {
            let want = f64::from(*x).tanh();
            assert!((f64::from(got) - want).abs() <= 1e-6 * want.abs(), "{x}: {got}");
        }
    }

    #[test]
    fn odd_floats_give_what_the_reference_gives() {
        let input = [f32::NEG_INFINITY, f32::MIN, -1e-45, -0.0, 1e-45, f32::MAX, f32::INFINITY];
        let mut output = [0.25; 7];
        op::f32::<Tanh, f32>(&input, &mut output).unwrap();
        let want = [-1.0_f32, -1.0, -1e-45, -0.0, 1e-45, 1.0, 1.0];
        assert_eq!(output.map(f32::to_bits), want.map(f32::to_bits));
        op::f32::<Tanh, f32>(&[f32::NAN], &mut output[..1]).unwrap();
        assert!(output[0].is_nan());
    }

    #[test]
    fn i16_is_odd_and_reaches_its_limits() {
        let input = Quantization { scale: 1.0 / 2048.0, zero_point: 0 };
        let params = <Tanh as QuantizedOp<i16>>::params(input, I16_OUT).unwrap();
        let mut output = [0; 3];
        op::quantized::<Tanh, i16, i16>(&params, &[i16::MIN, 0, i16::MAX], &mut output).unwrap();
        assert_eq!(output, [-32767, 0, 32767]);
    }

    #[test]
    fn i8_without_room_for_one_step_has_no_zero() {
        // From a scale of 8 on the radius is 0, and so is the difference that the lower limit
        // begins with.
        let params =
            <Tanh as QuantizedOp<i8>>::params(Quantization { scale: 8.0, zero_point: 3 }, I16_OUT)
                .unwrap();
        let mut output = [0; 3];
        op::quantized::<Tanh, i8, i8>(&params, &[2, 3, 4], &mut output).unwrap();
        assert_eq!(output, [-128, -128, 127]);
    }

    proptest! {
        #[test]
        fn i8_agrees_with_real_numbers(x: i8, scale in 1e-6_f32..7.0, zero_point: i8) {
            let input = Quantization { scale, zero_point: zero_point.into() };
            let mut got = [0];
            op::quantized::<Tanh, i8, i8>(&<Tanh as QuantizedOp<i8>>::params(input, input).unwrap(), &[x], &mut got).unwrap();
            let want = ((f64::from(x) - f64::from(zero_point)) * f64::from(scale)).tanh() * 128.0;
            prop_assert!((f64::from(got[0]) - want.min(127.0)).abs() <= 1.0);
        }

        #[test]
        fn i16_agrees_with_real_numbers(x: i16, exponent in -24_i32..2, mantissa in 1.0_f32..2.0, exact: bool) {
            let mantissa = if exact { 1.0 } else { mantissa };
            let input = Quantization { scale: mantissa * 2.0_f32.powi(exponent), zero_point: 0 };
            let mut got = [0];
            op::quantized::<Tanh, i16, i16>(&<Tanh as QuantizedOp<i16>>::params(input, I16_OUT).unwrap(), &[x], &mut got).unwrap();
            let want = (f64::from(x) * f64::from(input.scale)).tanh() * 32768.0;
            prop_assert!((f64::from(got[0]) - want).abs() <= 6.0, "{} for {want}", got[0]);
        }

        #[test]
        fn any_parameters_do_not_panic(multiplier: u16, right_shift: u16, y: i16) {
            let params = TableScale::any(multiplier, right_shift);
            op::quantized::<Tanh, i16, i16>(&params, &[y], &mut [0]).unwrap();
        }
    }
}
