//! MUL: the product of two tensors that broadcast against each other, clamped by an activation.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/mul_common.cc`, `lite/kernels/internal/reference/mul.h` and
//! `reference/integer_ops/mul.h`.

use crate::binary::arithmetic::{ArithmeticF32Params, ArithmeticI32Params};
use crate::error::{LengthMismatch, ParamsError};
use crate::number::activation::{Activation, ActivationRange, Quantization};
use crate::number::clamp::clamp_f32;
use crate::number::element::{Load, Quantized};
use crate::number::requant::{Requant, multiply_by_quantized_multiplier};
use crate::walk::broadcast::{BinaryParams, Broadcast, broadcast};

/// Parameters of a quantized MUL.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct MulParams {
    broadcast: Broadcast,
    multiplier: i32,
    shift: i16,
    input1_zero_point: i16,
    input2_zero_point: i16,
    output_zero_point: i16,
    min: i16,
    max: i16,
}

impl MulParams {
    /// Parameters for tensors of `T`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`], [`ParamsError::ZeroPoint`] or [`ParamsError::Activation`] for a quantization that `T` cannot
    /// have; `i16` needs zero points of 0.
    pub fn new<T: Quantized>(
        broadcast: Broadcast,
        inputs: [Quantization; 2],
        output: Quantization,
        activation: Activation,
    ) -> Result<Self, ParamsError> {
        if T::MAX > 127 {
            for quantization in [inputs[0], inputs[1], output] {
                quantization.with_zero_point(0)?;
            }
        }
        let (scale1, input1_zero_point) = inputs[0].of::<T>()?;
        let (scale2, input2_zero_point) = inputs[1].of::<T>()?;
        let (output_scale, output_zero_point) = output.of::<T>()?;
        let range = ActivationRange::new::<T>(activation, output.scale, output.zero_point)?;
        let factor =
            Requant::from_scale(f64::from(scale1) * f64::from(scale2) / f64::from(output_scale));
        Ok(Self {
            broadcast,
            multiplier: factor.multiplier,
            shift: factor.shift as i16,
            input1_zero_point,
            input2_zero_point,
            output_zero_point,
            min: range.min as i16,
            max: range.max as i16,
        })
    }

    #[inline(always)]
    fn run<T: Quantized, A: Load<T>, B: Load<T>>(
        &self,
        input1: &[A],
        input2: &[B],
        output: &mut [T],
    ) -> Result<(), LengthMismatch> {
        let zero_points = [self.input1_zero_point, self.input2_zero_point, self.output_zero_point];
        let [zero_point1, zero_point2, output_zero_point] = zero_points.map(i32::from);
        let (shift, min, max) = (self.shift.into(), self.min.into(), self.max.into());
        broadcast(&self.broadcast, input1, input2, output, |x, y| {
            let x: i32 = x.load().into();
            let y: i32 = y.load().into();
            let product = (x - zero_point1).wrapping_mul(y - zero_point2);
            let scaled = multiply_by_quantized_multiplier(product, self.multiplier, shift);
            T::from_clamped(scaled.wrapping_add(output_zero_point).max(min).min(max))
        })
    }
}

impl BinaryParams for MulParams {
    fn plan(&self) -> &Broadcast {
        &self.broadcast
    }

    fn with_plan(mut self, plan: Broadcast) -> Self {
        self.broadcast = plan;
        self
    }
}

/// `input1 · input2` on `i8`.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the parameters say.
pub fn mul_i8(
    params: &MulParams,
    input1: &[i8],
    input2: &[i8],
    output: &mut [i8],
) -> Result<(), LengthMismatch> {
    params.run(input1, input2, output)
}

/// `input1 · input2` on `i16`.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the parameters say.
pub fn mul_i16<A: Load<i16>, B: Load<i16>>(
    params: &MulParams,
    input1: &[A],
    input2: &[B],
    output: &mut [i16],
) -> Result<(), LengthMismatch> {
    params.run(input1, input2, output)
}

/// `input1 · input2` on `i32`, wrapping, then clamped.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the parameters say.
pub fn mul_i32<A: Load<i32>, B: Load<i32>>(
    params: &ArithmeticI32Params,
    input1: &[A],
    input2: &[B],
    output: &mut [i32],
) -> Result<(), LengthMismatch> {
    broadcast(&params.broadcast, input1, input2, output, |x, y| {
        params.clamp(x.load().wrapping_mul(y.load()))
    })
}

/// `input1 · input2` on `f32`.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the parameters say.
pub fn mul_f32<A: Load<f32>, B: Load<f32>>(
    params: &ArithmeticF32Params,
    input1: &[A],
    input2: &[B],
    output: &mut [f32],
) -> Result<(), LengthMismatch> {
    let (min, max) = (params.min, params.max);
    broadcast(&params.broadcast, input1, input2, output, |x, y| {
        clamp_f32(x.load() * y.load(), min, max)
    })
}
