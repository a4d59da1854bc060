//! Sums of any number of elements of one quantization: those of ADD_N and CUMSUM.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/add_n.cc` and `cumsum.cc` (`CalculateOpData`),
//! `lite/kernels/internal/reference/add_n.h` and `cumsum.h`.

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::clamp::within;
use crate::number::requant::{Requant, scale_down};

/// How elements `T` are added up.
pub trait LongSum<T> {
    /// What they are added up in.
    type Sum: Copy;

    /// The sum of no elements.
    fn start(&self) -> Self::Sum;

    /// The sum with one more element.
    fn add(&self, sum: Self::Sum, x: T) -> Self::Sum;

    /// The sum as an element.
    fn finish(&self, sum: Self::Sum) -> T;
}

/// Sums of floats, from 0 on.
#[derive(Clone, Copy, Debug)]
pub struct FloatSum;

impl LongSum<f32> for FloatSum {
    type Sum = f32;

    fn start(&self) -> f32 {
        0.0
    }

    fn add(&self, sum: f32, x: f32) -> f32 {
        sum + x
    }

    fn finish(&self, sum: f32) -> f32 {
        sum
    }
}

/// Bits that a difference from the zero point is shifted left by before it is scaled, less the one
/// of the factor 1/2 that the reference applies to each element.
const LEFT_SHIFT: u32 = 19;

/// Sums of `i8`, which are rescaled to the output's quantization.
///
/// As in the reference, the sum of no elements is minus the zero point, so that all sums have one
/// zero point too many. Sums beyond 32 bits wrap.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct QuantizedSum {
    factor: Requant,
    input_zero_point: i16,
    output_zero_point: i16,
}

impl QuantizedSum {
    /// Sums of elements of quantization `input`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] or [`ParamsError::ZeroPoint`] for a quantization that `i8` cannot
    /// have; [`ParamsError::Multiplier`] if the output's scale is less than 2^-19 of the input's.
    pub fn new(input: Quantization, output: Quantization) -> Result<Self, ParamsError> {
        let (input_scale, input_zero_point) = input.of::<i8>()?;
        let (output_scale, output_zero_point) = output.of::<i8>()?;
        let step = f64::from(1 << LEFT_SHIFT) * f64::from(output_scale);
        let factor = Requant::from_fraction(f64::from(input_scale) / step)?;
        Ok(Self { factor, input_zero_point, output_zero_point })
    }
}

impl LongSum<i8> for QuantizedSum {
    type Sum = i32;

    fn start(&self) -> i32 {
        -i32::from(self.input_zero_point)
    }

    fn add(&self, sum: i32, x: i8) -> i32 {
        sum.wrapping_add(i32::from(x) - i32::from(self.input_zero_point))
    }

    fn finish(&self, sum: i32) -> i8 {
        let Requant { multiplier, shift } = self.factor;
        let scaled = scale_down(sum.wrapping_shl(LEFT_SHIFT), multiplier, shift.unsigned_abs());
        within(scaled.wrapping_add(self.output_zero_point.into()), -128, 127) as i8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(scale: f32, zero_point: i32) -> Quantization {
        Quantization { scale, zero_point }
    }

    #[test]
    fn a_scale_too_small_is_refused() {
        let new = |output| QuantizedSum::new(of(1.0, 0), output).map(|_| ());
        assert_eq!(new(of(1e-7, 0)), Err(ParamsError::Multiplier));
        assert_eq!(new(of(1.0, 128)), Err(ParamsError::ZeroPoint { value: 128 }));
    }

    proptest! {
        #[test]
        fn sums_have_one_zero_point_too_many(
            x in prop::collection::vec(any::<i8>(), 0..9), scales in [0.01_f32..1.0, 0.01_f32..1.0], zero_points: [i8; 2],
        ) {
            let [input, output] = [0, 1].map(|i| of(scales[i], zero_points[i].into()));
            let sum = QuantizedSum::new(input, output).unwrap();
            let got = sum.finish(x.iter().fold(sum.start(), |total, &x| sum.add(total, x)));
            let total: i32 = x.iter().map(|&x| i32::from(x) - input.zero_point).sum();
            let real = f64::from(total - input.zero_point) * f64::from(input.scale);
            let want = real / f64::from(output.scale) + f64::from(output.zero_point);
            prop_assert!((f64::from(got) - want.clamp(-128.0, 127.0)).abs() <= 0.501);
        }

        #[test]
        fn any_parameters_do_not_panic(multiplier: i32, shift: i32, zero_points: [i16; 2], sum: i32, x: i8) {
            let [input_zero_point, output_zero_point] = zero_points;
            let factor = Requant { multiplier, shift };
            let params = QuantizedSum { factor, input_zero_point, output_zero_point };
            params.finish(params.add(sum, x));
            params.start();
        }
    }
}
