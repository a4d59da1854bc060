//! MUL: the product, clamped by an activation.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/mul_common.cc`, `lite/kernels/internal/reference/mul.h`
//! and `reference/integer_ops/mul.h`.

use crate::binary::op::{BinaryOp, QuantizedParams};
use crate::error::{LengthMismatch, ParamsError};
use crate::number::activation::{Activation, ActivationRange, Quantization};
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

    #[inline(always)] // `combine` is a constant to each operator.
    fn run<T: Quantized, I: Load<T>>(
        &self,
        plan: &Broadcast,
        a: &[I],
        b: &[I],
        output: &mut [T],
        combine: impl Fn(i32, i32) -> i32,
    ) -> Result<(), LengthMismatch> {
        let zero_points = [self.input1_zero_point, self.input2_zero_point, self.output_zero_point];
        let [zero_point1, zero_point2, output_zero_point] = zero_points.map(i32::from);
        let (shift, min, max) = (self.shift.into(), self.min.into(), self.max.into());
        broadcast(plan, a, b, output, |x, y| {
            let x: i32 = x.load().into();
            let y: i32 = y.load().into();
            let product = combine(x - zero_point1, y - zero_point2);
            let scaled = multiply_by_quantized_multiplier(product, self.multiplier, shift);
            T::from_clamped(scaled.wrapping_add(output_zero_point).max(min).min(max))
        })
    }
}
