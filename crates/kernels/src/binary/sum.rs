//! ADD and SUB: the sum and the difference, clamped by an activation.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/add_common.cc`, `sub_common.cc`,
//! `lite/kernels/internal/reference/add.h`, `sub.h` and `reference/integer_ops/add.h`.

use crate::binary::op::{BinaryOp, QuantizedParams};
use crate::error::{LengthMismatch, ParamsError};
use crate::number::activation::{Activation, ActivationRange, Quantization};
use crate::number::clamp::within;
use crate::number::element::{Load, Quantized};
use crate::number::requant::{Requant, scale_down};
use crate::walk::broadcast::{BinaryParams, Broadcast, broadcast};

/// `a + b`. Integers wrap, and the reference ignores their activation.
#[derive(Debug)]
pub struct Add;

impl BinaryOp for Add {
    type Quantized = SumParams;
    const CLAMPS_I32: bool = false;
    fn combine(a: i32, b: i32) -> i32 {
        a.wrapping_add(b)
    }
    fn i32(a: i32, b: i32) -> i32 {
        a.wrapping_add(b)
    }
    fn f32(a: f32, b: f32) -> f32 {
        a + b
    }
}

/// `a - b`. Integers wrap.
#[derive(Debug)]
pub struct Sub;

impl BinaryOp for Sub {
    type Quantized = SumParams;
    fn combine(a: i32, b: i32) -> i32 {
        a.wrapping_sub(b)
    }
    fn i32(a: i32, b: i32) -> i32 {
        a.wrapping_sub(b)
    }
    fn f32(a: f32, b: f32) -> f32 {
        a - b
    }
}

/// Parameters of a quantized sum or difference: both operands are brought to twice the larger
/// scale, with a left shift that keeps their fractions. Zero points of `i16` need not be 0.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct SumParams {
    pub(crate) broadcast: Broadcast,
    pub(crate) input1_multiplier: i32,
    pub(crate) input2_multiplier: i32,
    pub(crate) output_multiplier: i32,
    pub(crate) input1_shift: i16,
    pub(crate) input2_shift: i16,
    pub(crate) output_shift: i16,
    pub(crate) input1_zero_point: i16,
    pub(crate) input2_zero_point: i16,
    pub(crate) output_zero_point: i16,
    pub(crate) min: i16,
    pub(crate) max: i16,
}

impl BinaryParams for SumParams {
    fn plan(&self) -> &Broadcast {
        &self.broadcast
    }
}

impl QuantizedParams for SumParams {
    /// Scales are combined in double precision, as `CalculateOpDataAdd` does, and as current builds
    /// of TFLM do for SUB (`CalculateOpDataSub` at 90b983c2b uses single precision).
    ///
    /// # Errors
    ///
    /// As in the trait; [`ParamsError::Multiplier`] if the output's scale is less than 2^-19
    /// (`i16`: 2^-14) of the larger input's.
    fn new<T: Quantized>(
        broadcast: Broadcast,
        inputs: [Quantization; 2],
        output: Quantization,
        activation: Activation,
    ) -> Result<Self, ParamsError> {
        let factor = |twice_max: f64, output_scale: f32| {
            let step = f64::from(1 << left_shift::<T>()) * f64::from(output_scale);
            Requant::from_fraction(twice_max / step)
        };
        Self::with_factor::<T>(broadcast, inputs, output, activation, factor)
    }

    /// Source: `AddFunc` in `reference/integer_ops/add.h`, `AddElementwise` in `reference/add.h`
    /// and `SubElementwise` in `reference/sub.h`.
    #[inline(always)] // `combine` is a constant to each operator.
    fn run<T: Quantized, I: Load<T>>(
        &self,
        plan: &Broadcast,
        a: &[I],
        b: &[I],
        output: &mut [T],
        combine: impl Fn(i32, i32) -> i32,
    ) -> Result<(), LengthMismatch> {
        let shift = u32::from(self.output_shift.unsigned_abs());
        let scale = |raw| scale_down(raw, self.output_multiplier, shift);
        self.run_with(plan, a, b, output, left_shift::<T>(), |x, y| scale(combine(x, y)))
    }
}

impl SumParams {
    /// Parameters with the output's `factor` of twice the larger scale of the inputs and of the
    /// output's scale.
    #[inline(always)] // `factor` is a constant to each kind of parameters.
    pub(super) fn with_factor<T: Quantized>(
        broadcast: Broadcast,
        inputs: [Quantization; 2],
        output: Quantization,
        activation: Activation,
        factor: impl Fn(f64, f32) -> Result<Requant, ParamsError>,
    ) -> Result<Self, ParamsError> {
        let [(scale1, input1_zero_point), (scale2, input2_zero_point)] =
            [inputs[0].of::<T>()?, inputs[1].of::<T>()?];
        let (output_scale, output_zero_point) = output.of::<T>()?;
        let range = ActivationRange::new::<T>(activation, output_scale, output.zero_point)?;
        let twice_max = 2.0 * f64::from(if scale1 > scale2 { scale1 } else { scale2 });
        let input1 = Requant::from_fraction(f64::from(scale1) / twice_max)?;
        let input2 = Requant::from_fraction(f64::from(scale2) / twice_max)?;
        let factor = factor(twice_max, output_scale)?;
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

    /// Fills `output` with `result` of the operands on their common scale, with `left_shift` bits
    /// of fraction, on the output's.
    #[inline(always)] // `result` is a constant to each operator.
    pub(super) fn run_with<T: Quantized, I: Load<T>>(
        &self,
        plan: &Broadcast,
        a: &[I],
        b: &[I],
        output: &mut [T],
        left_shift: u32,
        result: impl Fn(i32, i32) -> i32,
    ) -> Result<(), LengthMismatch> {
        let zero_points = [self.input1_zero_point, self.input2_zero_point, self.output_zero_point];
        let [zero_point1, zero_point2, output_zero_point] = zero_points.map(i32::from);
        let shifts = [self.input1_shift, self.input2_shift];
        let [shift1, shift2] = shifts.map(|shift| u32::from(shift.unsigned_abs()));
        let (min, max) = (i32::from(self.min), i32::from(self.max));
        broadcast(plan, a, b, output, |x, y| {
            let x: i32 = x.load().into();
            let y: i32 = y.load().into();
            let x = (x - zero_point1).wrapping_shl(left_shift);
            let y = (y - zero_point2).wrapping_shl(left_shift);
            let result = result(
                scale_down(x, self.input1_multiplier, shift1),
                scale_down(y, self.input2_multiplier, shift2),
            );
            T::from_clamped(within(result.wrapping_add(output_zero_point), min, max))
        })
    }
}

/// Bits that a difference from the zero point is shifted left by before it is scaled.
const fn left_shift<T: Quantized>() -> u32 {
    if T::MAX > 127 { 15 } else { 20 }
}
