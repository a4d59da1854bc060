//! What ADD and SUB of quantized tensors share, and the parameters of all arithmetic on plain numbers.

use crate::error::{LengthMismatch, ParamsError};
use crate::number::activation::{Activation, ActivationRange, Quantization};
use crate::number::element::{Load, Quantized};
use crate::number::requant::{
    Requant, rounding_divide_by_pot, saturating_rounding_doubling_high_mul,
};
use crate::walk::broadcast::{BinaryParams, Broadcast};

/// Parameters of an arithmetic kernel on `f32`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct ArithmeticF32Params {
    pub(crate) broadcast: Broadcast,
    pub(crate) min: f32,
    pub(crate) max: f32,
}

impl ArithmeticF32Params {
    /// Parameters for operands walked as `broadcast` says.
    pub fn new(broadcast: Broadcast, activation: Activation) -> Self {
        let (min, max) = activation.range_f32();
        Self { broadcast, min, max }
    }
}

/// Parameters of an arithmetic kernel on `i32`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct ArithmeticI32Params {
    pub(crate) broadcast: Broadcast,
    pub(crate) min: i32,
    pub(crate) max: i32,
}

impl ArithmeticI32Params {
    /// Parameters for operands walked as `broadcast` says.
    pub fn new(broadcast: Broadcast, activation: Activation) -> Self {
        let (min, max) = activation.range_i32();
        Self { broadcast, min, max }
    }

    /// `value` within the activation's range.
    #[inline(always)]
    pub(crate) fn clamp(&self, value: i32) -> i32 {
        value.max(self.min).min(self.max)
    }
}

impl BinaryParams for ArithmeticF32Params {
    fn plan(&self) -> &Broadcast {
        &self.broadcast
    }

    fn with_plan(mut self, plan: Broadcast) -> Self {
        self.broadcast = plan;
        self
    }
}

impl BinaryParams for ArithmeticI32Params {
    fn plan(&self) -> &Broadcast {
        &self.broadcast
    }

    fn with_plan(mut self, plan: Broadcast) -> Self {
        self.broadcast = plan;
        self
    }
}

/// Parameters of a quantized sum or difference: both operands are brought to twice the larger scale, with a left shift
/// that keeps their fractions.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub(crate) struct SumParams {
    pub(crate) broadcast: Broadcast,
    input1_multiplier: i32,
    input2_multiplier: i32,
    output_multiplier: i32,
    input1_shift: i16,
    input2_shift: i16,
    output_shift: i16,
    input1_zero_point: i16,
    input2_zero_point: i16,
    output_zero_point: i16,
    min: i16,
    max: i16,
}

impl SumParams {
    /// Source: TFLM 90b983c2b, `micro/kernels/add_common.cc` (`CalculateOpDataAdd`), in double precision.
    pub(crate) fn new<T: Quantized>(
        broadcast: Broadcast,
        inputs: [Quantization; 2],
        output: Quantization,
        activation: Activation,
    ) -> Result<Self, ParamsError> {
        let [(scale1, input1_zero_point), (scale2, input2_zero_point)] =
            [inputs[0].of::<T>()?, inputs[1].of::<T>()?];
        let (output_scale, output_zero_point) = output.of::<T>()?;
        let range = ActivationRange::new::<T>(activation, output_scale, output.zero_point)?;
        let larger = if scale1 > scale2 { scale1 } else { scale2 };
        let [scale1, scale2, output_scale] = [scale1, scale2, output_scale].map(f64::from);
        let twice_max = 2.0 * f64::from(larger);
        let input1 = below_one(scale1 / twice_max)?;
        let input2 = below_one(scale2 / twice_max)?;
        let factor = below_one(twice_max / (f64::from(1 << left_shift::<T>()) * output_scale))?;
        Ok(Self {
            broadcast,
            input1_multiplier: input1.multiplier,
            input2_multiplier: input2.multiplier,
            output_multiplier: factor.multiplier,
            input1_shift: input1.shift as i16,
            input2_shift: input2.shift as i16,
            output_shift: factor.shift as i16,
            input1_zero_point,
            input2_zero_point,
            output_zero_point,
            min: range.min as i16,
            max: range.max as i16,
        })
    }

    /// Fills `output` with `combine` of the operands on their common scale, rescaled.
    ///
    /// Source: TFLM 90b983c2b, `reference/integer_ops/add.h` (`AddFunc`), `reference/add.h` (`AddElementwise`) and
    /// `reference/sub.h` (`SubElementwise`).
    #[inline(always)]
    pub(crate) fn run<T: Quantized, A: Load<T>, B: Load<T>>(
        &self,
        input1: &[A],
        input2: &[B],
        output: &mut [T],
        combine: impl Fn(i32, i32) -> i32,
    ) -> Result<(), LengthMismatch> {
        let zero_points = [self.input1_zero_point, self.input2_zero_point, self.output_zero_point];
        let [zero_point1, zero_point2, output_zero_point] = zero_points.map(i32::from);
        let shifts = [self.input1_shift, self.input2_shift, self.output_shift];
        let [shift1, shift2, output_shift] = shifts.map(|shift| u32::from(shift.unsigned_abs()));
        let (min, max) = (i32::from(self.min), i32::from(self.max));
        crate::walk::broadcast::broadcast(&self.broadcast, input1, input2, output, |x, y| {
            let x: i32 = x.load().into();
            let y: i32 = y.load().into();
            let x = (x - zero_point1).wrapping_shl(left_shift::<T>());
            let y = (y - zero_point2).wrapping_shl(left_shift::<T>());
            let raw = combine(
                scale_down(x, self.input1_multiplier, shift1),
                scale_down(y, self.input2_multiplier, shift2),
            );
            let scaled = scale_down(raw, self.output_multiplier, output_shift);
            T::from_clamped(scaled.wrapping_add(output_zero_point).max(min).min(max))
        })
    }
}

/// Bits that a difference from the zero point is shifted left by before it is scaled.
const fn left_shift<T: Quantized>() -> u32 {
    if T::MAX > 127 { 15 } else { 20 }
}

/// `x` times a factor below one.
#[inline(always)]
fn scale_down(x: i32, multiplier: i32, right_shift: u32) -> i32 {
    rounding_divide_by_pot(saturating_rounding_doubling_high_mul(x, multiplier), right_shift)
}

/// The fixed-point form of a factor between 0 and 1, both excluded.
fn below_one(factor: f64) -> Result<Requant, ParamsError> {
    let requant = Requant::from_scale(factor);
    if factor > 0.0 && factor < 1.0 && requant.shift <= 0 {
        Ok(requant)
    } else {
        Err(ParamsError::Multiplier)
    }
}

#[cfg(test)]
mod tests;
