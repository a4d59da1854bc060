//! HARD_SWISH: `x · clamp(x + 3, 0, 6) / 6`.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/hard_swish_common.cc` (`HardSwishPrepare`) and
//! `lite/kernels/internal/reference/hard_swish.h`.
//!
//! ```
//! use bantam_kernels::unary::op;
//! use bantam_kernels::unary::hard_swish::HardSwish;
//! let mut output = [0.0_f32; 2];
//! op::f32::<HardSwish, f32>(&[-4.0, 5.0], &mut output)?;
//! assert_eq!(output, [0.0, 5.0]);
//! # Ok::<(), bantam_kernels::LengthMismatch>(())
//! ```

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::clamp::within;
use crate::number::requant::Requant;
use crate::unary::op::{FloatOp, QuantizedOp};

/// `x · clamp(x + 3, 0, 6) / 6`; in 16-bit fixed point on `i8`.
#[derive(Debug)]
pub struct HardSwish;

impl FloatOp for HardSwish {
    fn f32(x: f32) -> f32 {
        let shifted = x + 3.0;
        // As in the reference a NaN counts as 0 here.
        let positive = if shifted > 0.0 { shifted } else { 0.0 };
        x * (if positive < 6.0 { positive } else { 6.0 }) / 6.0
    }
}

/// A factor of 16 bits: `multiplier · 2^(shift - 15)`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
struct Factor {
    multiplier: i16,
    shift: i16,
}

impl Factor {
    /// Source: `DownScaleInt32ToInt16Multiplier` in `lite/kernels/internal/common.h`.
    fn from_scale(scale: f64) -> Self {
        let Requant { multiplier, shift } = Requant::from_scale(scale);
        let rounded = multiplier.saturating_add(1 << 15) >> 16;
        Self { multiplier: within(rounded, 0, i16::MAX.into()) as i16, shift: shift as i16 }
    }
}

/// Parameters of a HARD_SWISH on `i8`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct HardSwishParams {
    /// To the output's scale.
    output: Factor,
    /// To a scale on which 3 is 2^15.
    gate: Factor,
    input_zero_point: i16,
    output_zero_point: i16,
}

impl QuantizedOp<i8> for HardSwish {
    type Params = HardSwishParams;

    /// # Errors
    ///
    /// As in the trait; [`ParamsError::Multiplier`] if the input's scale is 128 times the output's
    /// or more, or above 2^24.
    fn params(input: Quantization, output: Quantization) -> Result<HardSwishParams, ParamsError> {
        let (input_scale, input_zero_point) = input.of::<i8>()?;
        let (output_scale, output_zero_point) = output.of::<i8>()?;
        // With seven bits of fraction.
        let scale = input_scale / 128.0;
        let factors = [scale / output_scale, scale / (3.0 / 32768.0)];
        let [output, gate] = factors.map(|factor| Factor::from_scale(factor.into()));
        if output.shift > 0 || gate.shift > 31 {
            return Err(ParamsError::Multiplier);
        }
        Ok(HardSwishParams { output, gate, input_zero_point, output_zero_point })
    }

    fn apply(params: &HardSwishParams, x: i8) -> i8 {
        let x = i16::from(x).wrapping_sub(params.input_zero_point).wrapping_mul(128);
        let value = rounding_high_mul(x, params.output.multiplier);
        let Factor { multiplier, shift } = params.gate;
        // All but the last bit of the left shift come first: what saturates here does so again.
        let gate = if shift > 0 { shifted_left(x, shift - 1) } else { x };
        let gate = rounding_high_mul(gate, multiplier);
        let gate = match shift {
            1.. => shifted_left(gate, 1),
            0 => gate,
            _ => rounding_shift_right(gate, shift.unsigned_abs()),
        };
        // From -1..1 to 0..1.
        let gate = (i32::from(gate) + (1 << 15)) >> 1;
        // Rounded towards zero.
        let product = (gate * i32::from(value) / (1 << 15)) as i16;
        let scaled = rounding_shift_right(product, params.output.shift.unsigned_abs());
        let value = i32::from(scaled.wrapping_add(params.output_zero_point));
        within(value, -128, 127) as i8
    }
}

/// `value · 2^amount`, saturated.
///
/// Source: `SaturatingLeftShift` in `reference/hard_swish.h`.
fn shifted_left(value: i16, amount: i16) -> i16 {
    let wide = i64::from(value) << within(amount, 0, 31);
    within(wide, i16::MIN.into(), i16::MAX.into()) as i16
}

/// The high 16 bits of `2·a·b`, rounded to nearest.
///
/// Source: gemmlowp's `SaturatingRoundingDoublingHighMul` for `int16_t`.
fn rounding_high_mul(a: i16, b: i16) -> i16 {
    let high = (i32::from(a) * i32::from(b) + (1 << 14)) >> 15;
    high.min(i16::MAX.into()) as i16
}

/// `x / 2^exponent`, rounded to nearest, ties away from zero, up to an exponent of 15. Beyond it
/// the mask is -1 as it is in the reference, and what is not negative becomes 1.
///
/// Source: gemmlowp's `RoundingDivideByPOT` for `int16_t`.
fn rounding_shift_right(x: i16, exponent: u16) -> i16 {
    let exponent = u32::from(exponent.min(31));
    let mask = ((1_u32 << exponent) - 1) as i16;
    let threshold = (mask >> 1) + i16::from(x < 0);
    ((i32::from(x) >> exponent) + i32::from(x & mask > threshold)) as i16
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
    fn odd_floats_give_what_the_reference_gives() {
        let input = [-4.0, -3.0, -0.0, 1.0, 3.0, f32::INFINITY];
        let mut output = [0.25; 6];
        op::f32::<HardSwish, f32>(&input, &mut output).unwrap();
        let want = [-0.0, -0.0, -0.0, 4.0 / 6.0, 3.0, f32::INFINITY];
        assert_eq!(output.map(f32::to_bits), want.map(f32::to_bits));
        op::f32::<HardSwish, f32>(&[f32::NAN, f32::NEG_INFINITY], &mut output[..2]).unwrap();
        assert!(output[0].is_nan() && output[1].is_nan());
    }

    #[test]
    fn scales_too_far_apart_are_refused() {
        let new = |input, output| HardSwish::params(input, output).map(|_| ());
        assert_eq!(new(of(128.0, 0), of(0.5, 0)), Err(ParamsError::Multiplier));
        assert_eq!(new(of(1e9, 0), of(1e9, 0)), Err(ParamsError::Multiplier));
        assert_eq!(new(of(0.1, 0), of(0.1, 0)), Ok(()));
    }

    #[test]
    fn shifts_round_as_those_of_the_reference() {
        assert_eq!([3, -3, 2, -2].map(|x| rounding_shift_right(x, 1)), [2, -2, 1, -1]);
        assert_eq!([0, 7, -7].map(|x| rounding_shift_right(x, 16)), [1, 1, -1]);
        assert_eq!([-300, 300].map(|x| shifted_left(x, 7)), [i16::MIN, i16::MAX]);
        assert_eq!(rounding_high_mul(i16::MIN, i16::MIN), i16::MAX);
    }

    proptest! {
        #[test]
        fn i8_agrees_with_real_numbers(
            x: i8, scales in [0.01_f32..0.2, 0.01_f32..0.2], zero_points: [i8; 2],
        ) {
            let input = of(scales[0], zero_points[0].into());
            let output = of(scales[1], zero_points[1].into());
            let params = HardSwish::params(input, output).unwrap();
            let mut got = [0_i8];
            op::quantized::<HardSwish, i8, i8>(&params, &[x], &mut got).unwrap();
            let real = f64::from(i32::from(x) - input.zero_point) * f64::from(input.scale);
            let real = real * (real + 3.0).clamp(0.0, 6.0) / 6.0;
            let want = real / f64::from(output.scale) + f64::from(output.zero_point);
            prop_assert!((f64::from(got[0]) - want.clamp(-128.0, 127.0)).abs() <= 1.1);
        }

        #[test]
        fn any_parameters_do_not_panic(fields: [i16; 6], x: i8) {
            let [multiplier, shift, other, other_shift, input_zero_point, output_zero_point] = fields;
            let params = HardSwishParams {
                output: Factor { multiplier, shift },
                gate: Factor { multiplier: other, shift: other_shift },
                input_zero_point,
                output_zero_point,
            };
            op::quantized::<HardSwish, i8, i8>(&params, &[x], &mut [0]).unwrap();
        }
    }
}
