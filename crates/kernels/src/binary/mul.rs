//! MUL: the product, clamped by an activation.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/mul_common.cc`, `lite/kernels/internal/reference/mul.h`
//! and `reference/integer_ops/mul.h`.

use crate::binary::op::{BinaryOp, QuantizedParams};
use crate::error::{LengthMismatch, ParamsError};
use crate::number::activation::{Activation, ActivationRange, Quantization};
use crate::number::clamp::within;
use crate::number::element::{Load, Quantized};
use crate::number::requant::{Requant, multiply_by_quantized_multiplier};
use crate::walk::broadcast::{BinaryParams, Broadcast, broadcast};

/// `a · b`. Integers wrap.
#[derive(Debug)]
pub struct Mul;

impl BinaryOp for Mul {
    type Quantized = MulParams;
    fn combine(a: i32, b: i32) -> i32 {
        a.wrapping_mul(b)
    }
    fn i32(a: i32, b: i32) -> i32 {
        a.wrapping_mul(b)
    }
    fn f32(a: f32, b: f32) -> f32 {
        a * b
    }
}

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

impl BinaryParams for MulParams {
    fn plan(&self) -> &Broadcast {
        &self.broadcast
    }
}

impl QuantizedParams for MulParams {
    /// As in the trait; `i16` needs zero points of 0.
    fn new<T: Quantized>(
        broadcast: Broadcast,
        inputs: [Quantization; 2],
        output: Quantization,
        activation: Activation,
    ) -> Result<Self, ParamsError> {
        let factor = |a: f32, b: f32, output: f32| f64::from(a) * f64::from(b) / f64::from(output);
        Self::with_factor::<T>(broadcast, inputs, output, activation, factor)
    }

    #[inline(always)] // `combine` is a constant to each operator.
    fn run<T: Quantized, I: Load<T>>(
        &self,
        plan: &Broadcast,
        a: &[I],
        b: &[I],
        output: &mut [T],
        combine: impl Fn(i32, i32) -> i32,
    ) -> Result<(), LengthMismatch> {
        let shift = self.shift.into();
        self.run_with(plan, a, b, output, |x, y| {
            multiply_by_quantized_multiplier(combine(x, y), self.multiplier, shift)
        })
    }
}

impl MulParams {
    /// Parameters with the output's `factor` of the scales of inputs and output.
    #[inline(always)] // `factor` is a constant to each kind of parameters.
    pub(super) fn with_factor<T: Quantized>(
        broadcast: Broadcast,
        inputs: [Quantization; 2],
        output: Quantization,
        activation: Activation,
        factor: impl Fn(f32, f32, f32) -> f64,
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
        let factor = Requant::from_scale(factor(scale1, scale2, output_scale));
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

    #[cfg(test)]
    pub(super) fn any(
        broadcast: Broadcast,
        multiplier: i32,
        shift: i16,
        zero_points: [i16; 3],
    ) -> Self {
        let [input1_zero_point, input2_zero_point, output_zero_point] = zero_points;
        let (min, max) = (output_zero_point, input1_zero_point);
        Self {
            broadcast,
            multiplier,
            shift,
            input1_zero_point,
            input2_zero_point,
            output_zero_point,
            min,
            max,
        }
    }

    /// The zero point of the second input.
    pub(super) fn input2_zero_point(&self) -> i32 {
        self.input2_zero_point.into()
    }

    /// The factor that brings a result to the output's scale.
    pub(super) fn factor(&self) -> Requant {
        Requant { multiplier: self.multiplier, shift: self.shift.into() }
    }

    /// Fills `output` with `result` of the operands, less their zero points, on the output's scale.
    #[inline(always)] // `result` is a constant to each operator.
    pub(super) fn run_with<T: Quantized, I: Load<T>>(
        &self,
        plan: &Broadcast,
        a: &[I],
        b: &[I],
        output: &mut [T],
        result: impl Fn(i32, i32) -> i32,
    ) -> Result<(), LengthMismatch> {
        let zero_points = [self.input1_zero_point, self.input2_zero_point, self.output_zero_point];
        let [zero_point1, zero_point2, output_zero_point] = zero_points.map(i32::from);
        let (min, max) = (self.min.into(), self.max.into());
        broadcast(plan, a, b, output, |x, y| {
            let x: i32 = x.load().into();
            let y: i32 = y.load().into();
            let result = result(x - zero_point1, y - zero_point2);
            T::from_clamped(within(result.wrapping_add(output_zero_point), min, max))
        })
    }
}
