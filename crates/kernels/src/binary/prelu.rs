//! PRELU: negative elements are multiplied by those of a second operand, alpha.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/prelu_common.cc` (`CalculatePreluParams`,
//! `BroadcastPrelu4DSlowFloat`) and `lite/kernels/internal/reference/prelu.h`.
//!
//! ```
//! use bantam_kernels::Shape;
//! use bantam_kernels::binary::prelu;
//! use bantam_kernels::walk::broadcast::Broadcast;
//! let (row, alpha) = (Shape::new(&[2, 2])?, Shape::new(&[2])?);
//! let plan = Broadcast::new(&row, &alpha, &row)?;
//! let mut output = [0.0; 4];
//! prelu::f32::<f32>(&plan, &[-2.0, -2.0, 1.0, 1.0], &[0.5, 0.25], &mut output)?;
//! assert_eq!(output, [-1.0, -0.5, 1.0, 1.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::error::{LengthMismatch, ParamsError};
use crate::number::activation::Quantization;
use crate::number::clamp::within;
use crate::number::element::{Load, Quantized};
use crate::number::requant::Requant;
use crate::walk::broadcast::{BinaryParams, Broadcast, broadcast};

/// Runs on `f32`, walked as `plan` says: `x` from 0 on, else `x · alpha`, which is what becomes of
/// a NaN.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the plan says.
pub fn f32<I: Load<f32>>(
    plan: &Broadcast,
    input: &[I],
    alpha: &[I],
    output: &mut [f32],
) -> Result<(), LengthMismatch> {
    broadcast(plan, input, alpha, output, |x, alpha| {
        let x = x.load();
        if x >= 0.0 { x } else { x * alpha.load() }
    })
}

/// Parameters of a PRELU on `i8` or `i16`, with an alpha of `i8`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct PreluParams {
    broadcast: Broadcast,
    positive: Requant,
    negative: Requant,
    input_zero_point: i16,
    alpha_zero_point: i16,
    output_zero_point: i16,
    unused: i16,
}

impl BinaryParams for PreluParams {
    fn plan(&self) -> &Broadcast {
        &self.broadcast
    }
}

impl PreluParams {
    /// Parameters for tensors of `T` that are walked as `broadcast` says.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] or [`ParamsError::ZeroPoint`] for a quantization that its type cannot
    /// have.
    pub fn new<T: Quantized>(
        broadcast: Broadcast,
        input: Quantization,
        alpha: Quantization,
        output: Quantization,
    ) -> Result<Self, ParamsError> {
        let (input_scale, input_zero_point) = input.of::<T>()?;
        let (alpha_scale, alpha_zero_point) = alpha.of::<i8>()?;
        let (output_scale, output_zero_point) = output.of::<T>()?;
        let [input_scale, alpha_scale, output_scale] =
            [input_scale, alpha_scale, output_scale].map(f64::from);
        Ok(Self {
            broadcast,
            positive: Requant::from_scale(input_scale / output_scale),
            negative: Requant::from_scale(input_scale * alpha_scale / output_scale),
            input_zero_point,
            alpha_zero_point,
            output_zero_point,
            unused: 0,
        })
    }

    /// Runs on elements `T`, walked as `plan` says: that of the parameters, or
    /// [`Broadcast::flat`] for a part of operands of one shape.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if a slice is not as long as the plan says.
    ///
    /// ```
    /// use bantam_kernels::binary::prelu::PreluParams;
    /// use bantam_kernels::walk::broadcast::{BinaryParams, Broadcast};
    /// use bantam_kernels::{Quantization, Shape};
    /// let (matrix, row) = (Shape::new(&[2, 2])?, Shape::new(&[2])?);
    /// let plan = Broadcast::new(&matrix, &row, &matrix)?;
    /// let of = |scale| Quantization { scale, zero_point: 0 };
    /// let params = PreluParams::new::<i8>(plan, of(1.0), of(0.25), of(1.0))?;
    /// let mut output = [0; 4];
    /// params.run::<i8, i8>(params.plan(), &[8, -8, -8, 8], &[1, 2], &mut output)?;
    /// assert_eq!(output, [8, -4, -2, 8]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn run<T: Quantized, I: Load<T>>(
        &self,
        plan: &Broadcast,
        input: &[I],
        alpha: &[i8],
        output: &mut [T],
    ) -> Result<(), LengthMismatch> {
        let zero_points = [self.input_zero_point, self.alpha_zero_point, self.output_zero_point];
        let [input_zero_point, alpha_zero_point, output_zero_point] = zero_points.map(i32::from);
        broadcast(plan, input, alpha, output, |x, alpha| {
            let x: i32 = x.load().into();
            let x = x - input_zero_point;
            let scaled = if x >= 0 {
                self.positive.apply_positive(x)
            } else {
                self.negative.apply_positive(x.wrapping_mul(i32::from(alpha) - alpha_zero_point))
            };
            T::from_clamped(within(scaled.wrapping_add(output_zero_point), T::MIN, T::MAX))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::shape::Shape;
    use proptest::prelude::*;

    fn of(scale: f32, zero_point: i32) -> Quantization {
        Quantization { scale, zero_point }
    }

    #[test]
    fn odd_floats_give_what_the_reference_gives() {
        let mut output = [0.5; 4];
        let plan = Broadcast::flat(4);
        let input = [-0.0, f32::NEG_INFINITY, -3.0, f32::NAN];
        f32::<f32>(&plan, &input, &[9.0, -1.0, 0.5, 1.0], &mut output).unwrap();
        assert_eq!(output[0].to_bits(), (-0.0_f32).to_bits());
        assert_eq!(output[1..3], [f32::INFINITY, -1.5]);
        assert!(output[3].is_nan());
    }

    #[test]
    fn alpha_has_the_range_of_its_own_type() {
        let shape = Shape::new(&[2]).unwrap();
        let plan = Broadcast::new(&shape, &shape, &shape).unwrap();
        let new = |alpha| PreluParams::new::<i16>(plan, of(1.0, 300), alpha, of(1.0, -300));
        assert!(new(of(1.0, -128)).is_ok());
        let error = new(of(1.0, 200)).map(|_| ());
        assert_eq!(error, Err(ParamsError::ZeroPoint { value: 200 }));
    }

    proptest! {
        #[test]
        fn integers_agree_with_real_numbers(
            x: i16, alpha: i8, scales in [0.01_f32..1.0, 0.001_f32..0.01, 0.01_f32..1.0], zero_points: [i8; 3],
        ) {
            let [input, factor, output] = [0, 1, 2].map(|i| of(scales[i], zero_points[i].into()));
            let params = PreluParams::new::<i16>(Broadcast::flat(1), input, factor, output).unwrap();
            let mut got = [0_i16];
            params.run::<i16, i16>(params.plan(), &[x], &[alpha], &mut got).unwrap();
            let real = |x: i32, of: Quantization| f64::from(x - of.zero_point) * f64::from(of.scale);
            let x = real(x.into(), input);
            let result = if x >= 0.0 { x } else { x * real(alpha.into(), factor) };
            let want = result / f64::from(output.scale) + f64::from(output.zero_point);
            prop_assert!((f64::from(got[0]) - want.clamp(-32768.0, 32767.0)).abs() <= 1.0);
        }

        #[test]
        fn any_parameters_do_not_panic(fields: [i32; 4], zero_points: [i16; 3], x: i16, alpha: i8) {
            let params = PreluParams {
                broadcast: Broadcast::flat(1),
                positive: Requant { multiplier: fields[0], shift: fields[1] },
                negative: Requant { multiplier: fields[2], shift: fields[3] },
                input_zero_point: zero_points[0],
                alpha_zero_point: zero_points[1],
                output_zero_point: zero_points[2],
                unused: 0,
            };
            params.run::<i16, i16>(params.plan(), &[x], &[alpha], &mut [0]).unwrap();
        }
    }
}
