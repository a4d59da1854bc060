//! SUM and MEAN over any axes.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/reduce_common.cc` (`PrepareMeanOrSumHelper`),
//! `lite/kernels/internal/reference/reduce.h` (`Mean`, `ReduceGeneric`, `QuantizedMeanOrSum`).

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::clamp::within;
use crate::number::element::Quantized;
use crate::number::requant::Requant;
use crate::reduce::axes::{Reduce, ReduceOp, Reduction};

/// The sum. Integers are added exactly (modulo 2^32), then scaled once with TFLite's double
/// rounding; floats are added in the order of the input.
#[derive(Debug)]
pub struct Sum;

/// The mean: the [`Sum`], with the number of elements in the factor that scales it. Floats are
/// divided by it.
#[derive(Debug)]
pub struct Mean;

/// What is summed up, and how the sum is scaled from the input's quantization to the output's.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct SumParams {
    reduction: Reduction,
    requant: Requant,
    input_zero_point: i32,
    output_zero_point: i32,
}

impl SumParams {
    /// Parameters of floats.
    fn new_f32(reduction: Reduction) -> Self {
        let requant = Requant::default();
        Self { reduction, requant, input_zero_point: 0, output_zero_point: 0 }
    }

    /// Parameters of a quantized sum.
    // size: one copy for both operators.
    #[inline(never)]
    fn new(
        reduction: Reduction,
        input: Quantization,
        output: Quantization,
    ) -> Result<Self, ParamsError> {
        let scales = (input.finite_scale()?, output.finite_scale()?);
        Ok(Self {
            reduction,
            requant: Requant::from_scale(f64::from(scales.0) / f64::from(scales.1)),
            input_zero_point: input.zero_point,
            output_zero_point: output.zero_point,
        })
    }

    /// Divides the factor by the number of elements that make up one of the output.
    ///
    /// It is first multiplied by the power of two below that number, which the shift takes back, so
    /// that all of its bits are kept. The shift must not fall below -31.
    fn divided(mut self) -> Self {
        let Requant { multiplier, shift } = self.requant;
        let elements = (self.reduction.reduced_len() as i64).max(1);
        let bits = elements.ilog2() as i32;
        let bits = bits.min(32).min(31 + shift).max(0);
        let multiplier = ((i64::from(multiplier) << bits) / elements) as i32;
        self.requant = Requant { multiplier, shift: shift - bits };
        self
    }

    /// Scales sums.
    fn finish<T: Quantized>(&self) -> impl Fn(i32) -> T {
        let elements = self.reduction.reduced_len() as i32;
        let zero = self.input_zero_point.wrapping_mul(elements);
        move |sum: i32| {
            let scaled = self.requant.apply(sum.wrapping_sub(zero));
            let value = scaled.wrapping_add(self.output_zero_point);
            T::from_clamped(within(value, T::MIN, T::MAX))
        }
    }
}

impl AsRef<Reduction> for SumParams {
    fn as_ref(&self) -> &Reduction {
        &self.reduction
    }
}

impl ReduceOp for Sum {
    type Params = SumParams;

    fn params_f32(reduction: Reduction) -> SumParams {
        SumParams::new_f32(reduction)
    }

    fn params(
        reduction: Reduction,
        input: Quantization,
        output: Quantization,
    ) -> Result<SumParams, ParamsError> {
        SumParams::new(reduction, input, output)
    }
}

impl<T: Quantized> Reduce<T> for Sum {
    type Sum = i32;

    fn start() -> i32 {
        0
    }

    fn add(sum: i32, x: T) -> i32 {
        sum.wrapping_add(x.into())
    }

    fn finish(params: &SumParams) -> impl Fn(i32) -> T {
        params.finish()
    }
}

impl Reduce<f32> for Sum {
    type Sum = f32;

    fn start() -> f32 {
        0.0
    }

    fn add(sum: f32, x: f32) -> f32 {
        sum + x
    }

    fn finish(_params: &SumParams) -> impl Fn(f32) -> f32 {
        |sum| sum
    }
}

impl ReduceOp for Mean {
    type Params = SumParams;

    fn params_f32(reduction: Reduction) -> SumParams {
        SumParams::new_f32(reduction)
    }

    fn params(
        reduction: Reduction,
        input: Quantization,
        output: Quantization,
    ) -> Result<SumParams, ParamsError> {
        SumParams::new(reduction, input, output).map(SumParams::divided)
    }
}

impl<T: Quantized> Reduce<T> for Mean {
    type Sum = i32;

    fn start() -> i32 {
        0
    }

    fn add(sum: i32, x: T) -> i32 {
        sum.wrapping_add(x.into())
    }

    fn finish(params: &SumParams) -> impl Fn(i32) -> T {
        params.finish()
    }
}

impl Reduce<f32> for Mean {
    type Sum = f32;

    fn start() -> f32 {
        0.0
    }

    fn add(sum: f32, x: f32) -> f32 {
        sum + x
    }

    fn finish(params: &SumParams) -> impl Fn(f32) -> f32 {
        let elements = params.reduction.reduced_len() as f32;
        move |sum| sum / elements
    }
}

#[cfg(test)]
mod tests;
