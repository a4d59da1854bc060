//! SUM and MEAN over any axes.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/reduce_common.cc` (`PrepareMeanOrSumHelper`),
//! `lite/kernels/internal/reference/reduce.h` (`Mean`, `ReduceGeneric`, `QuantizedMeanOrSum`).
//!
//! ```
//! use bantam_kernels::Shape;
//! use bantam_kernels::reduce::axes::{ReduceOp, Reduction, reduce};
//! use bantam_kernels::reduce::sum::{Mean, Summed};
//! let rows = Reduction::new(&Shape::new(&[2, 2])?, &[1], &Shape::new(&[2])?)?;
//! let mut output = [0.0_f32; 2];
//! reduce::<Mean, f32, f32>(&Mean::unscaled(rows), (&[1.0, 5.0, 2.0, 4.0][..], &mut output[..]))?;
//! assert_eq!(output, [3.0, 3.0]);
//! let sum = Summed::<false>::unscaled(rows); // SUM
//! reduce::<Summed<false>, f32, f32>(&sum, (&[1.0, 5.0, 2.0, 4.0][..], &mut output[..]))?;
//! assert_eq!(output, [6.0, 6.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::backend::elementwise::Rescale;
use crate::backend::{Backend as _, Native};
use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::element::{Load, Quantized};
use crate::number::requant::Requant;
use crate::reduce::axes::{QuantizedReduceOp, Reduce, ReduceOp, Reduction};

/// The sum, or with `MEAN` the mean. Integers are added exactly (modulo 2^32), then scaled once
/// with TFLite's double rounding; floats are added in the order of the input.
#[derive(Debug)]
pub struct Summed<const MEAN: bool>;

/// The sum.
pub type Sum = Summed<false>;

/// The mean: the [`Sum`], with the number of elements in the factor that scales it. Floats are
/// divided by it.
pub type Mean = Summed<true>;

/// What is summed up, and how the sum is scaled from the input's quantization to the output's.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct SumParams {
    reduction: Reduction,
    rescale: Rescale,
}

impl SumParams {
    /// Parameters of a quantized sum.
    // size: one copy for both operators.
    #[inline(never)]
    fn new(
        reduction: Reduction,
        input: Quantization,
        output: Quantization,
    ) -> Result<Self, ParamsError> {
        Ok(Self { reduction, rescale: Rescale::new(input, output)? })
    }

    /// Divides the factor by the number of elements that make up one of the output.
    ///
    /// It is first multiplied by the power of two below that number, which the shift takes back, so
    /// that all of its bits are kept. The shift must not fall below -31.
    fn divided(mut self) -> Self {
        let Requant { multiplier, shift } = self.rescale.factor;
        let elements = (self.reduction.reduced_len() as i64).max(1);
        let bits = elements.ilog2() as i32;
        let bits = bits.min(32).min(31 + shift).max(0);
        let multiplier = ((i64::from(multiplier) << bits) / elements) as i32;
        self.rescale.factor = Requant { multiplier, shift: shift - bits };
        self
    }
}

impl AsRef<Reduction> for SumParams {
    fn as_ref(&self) -> &Reduction {
        &self.reduction
    }
}

impl<const MEAN: bool> ReduceOp for Summed<MEAN> {
    type Params = SumParams;

    fn unscaled(reduction: Reduction) -> SumParams {
        SumParams { reduction, rescale: Rescale::NONE }
    }

    fn resolved(params: &SumParams, reduction: Reduction) -> SumParams {
        let params = SumParams { reduction, ..*params };
        if MEAN { params.divided() } else { params }
    }
}

impl<const MEAN: bool> QuantizedReduceOp for Summed<MEAN> {
    fn params(
        reduction: Reduction,
        input: Quantization,
        output: Quantization,
    ) -> Result<SumParams, ParamsError> {
        let params = SumParams::new(reduction, input, output)?;
        Ok(if MEAN { params.divided() } else { params })
    }
}

impl<T: Quantized, const MEAN: bool> Reduce<T> for Summed<MEAN> {
    type Sum = i32;

    fn start() -> i32 {
        0
    }

    fn add(sum: i32, x: T) -> i32 {
        sum.wrapping_add(x.into())
    }

    fn finish(params: &SumParams) -> impl Fn(i32) -> T {
        let elements = params.reduction.reduced_len() as i32;
        let input_zero_point = params.rescale.input_zero_point.wrapping_mul(elements);
        Rescale { input_zero_point, ..params.rescale }.outputs()
    }

    #[inline(always)] // a constant to most
    fn sums<I: Load<T>>(input: &[I], count: [usize; 2], steps: [usize; 2]) -> Option<[i32; 4]> {
        Native::sums(I::as_i8(input)?, count, steps)
    }
}

impl<const MEAN: bool> Reduce<f32> for Summed<MEAN> {
    type Sum = f32;

    fn start() -> f32 {
        0.0
    }

    fn add(sum: f32, x: f32) -> f32 {
        sum + x
    }

    fn finish(params: &SumParams) -> impl Fn(f32) -> f32 {
        let elements = params.reduction.reduced_len() as f32;
        move |sum| if MEAN { sum / elements } else { sum }
    }
}

#[cfg(test)]
mod tests;
