//! ADD and SUB: the sum and the difference, clamped by an activation.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/add_common.cc`, `sub_common.cc`,
//! `lite/kernels/internal/reference/add.h`, `sub.h` and `reference/integer_ops/add.h`.
//!
//! ```
//! use bantam_kernels::binary::op::{self, ArithmeticF32Params};
//! use bantam_kernels::binary::sum::{Add, Sub};
//! use bantam_kernels::walk::broadcast::{BinaryParams, Broadcast};
//! use bantam_kernels::{Activation, Shape};
//! let pair = Shape::new(&[2])?;
//! let plan = Broadcast::new(&pair, &pair, &pair)?;
//! let params = ArithmeticF32Params::new(plan, Activation::None);
//! let mut output = [0.0_f32; 2];
//! op::f32::<Add, f32>(&params, params.plan(), &[6.0, 1.0], &[3.0, 4.0], &mut output)?;
//! assert_eq!(output, [9.0, 5.0]);
//! op::f32::<Sub, f32>(&params, params.plan(), &[6.0, 1.0], &[3.0, 4.0], &mut output)?;
//! assert_eq!(output, [3.0, -3.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::backend::elementwise::{BinaryQuantization, Combination, Terms};
use crate::backend::{Backend as _, Native};
use crate::binary::op::{BinaryOp, QuantizedParams};
use crate::error::ParamsError;
use crate::number::activation::{Activation, Quantization};
use crate::number::element::{Load, Quantized};
use crate::number::requant::Requant;
use crate::walk::broadcast::{BinaryParams, Broadcast};

/// `a + b`. Integers wrap, and the reference ignores their activation.
#[derive(Debug)]
pub struct Add;

impl BinaryOp for Add {
    type Quantized = SumParams;
    const COMBINATION: Combination = Combination::Sum;
    const CLAMPS_I32: bool = false;

    fn f32(a: f32, b: f32) -> f32 {
        a + b
    }
}

/// `a - b`. Integers wrap.
#[derive(Debug)]
pub struct Sub;

impl BinaryOp for Sub {
    type Quantized = SumParams;
    const COMBINATION: Combination = Combination::Difference;

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
    pub(super) broadcast: Broadcast,
    pub(super) terms: Terms,
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
            let step = f64::from(1 << Terms::left_shift::<T>()) * f64::from(output_scale);
            Requant::from_fraction(twice_max / step)
        };
        let quantization = BinaryQuantization::new::<T, false>(inputs, output, activation)?;
        Self::with_factor(broadcast, quantization, factor)
    }

    #[inline(always)] // `combination` is a constant to each operator
    fn row<T: Quantized, I: Load<T>>(
        &self,
        combination: Combination,
        a: &[I],
        b: &[I],
        row: &mut [T],
    ) {
        Native::combine_terms(&self.terms, combination, a, b, row);
    }
}

impl SumParams {
    /// Parameters with the output's `factor` of twice the larger scale of the inputs and of the
    /// output's scale.
    #[inline(always)] // `factor` is a constant to each kind of parameters
    pub(super) fn with_factor(
        broadcast: Broadcast,
        (quantization, [scale1, scale2, output_scale]): (BinaryQuantization, [f32; 3]),
        factor: impl Fn(f64, f32) -> Result<Requant, ParamsError>,
    ) -> Result<Self, ParamsError> {
        let twice_max = 2.0 * f64::from(if scale1 > scale2 { scale1 } else { scale2 });
        let factors = [
            Requant::from_fraction(f64::from(scale1) / twice_max)?,
            Requant::from_fraction(f64::from(scale2) / twice_max)?,
            factor(twice_max, output_scale)?,
        ];
        let multipliers = factors.map(|factor| factor.multiplier);
        let shifts = factors.map(|factor| factor.shift as i16);
        Ok(Self { broadcast, terms: Terms { multipliers, shifts, quantization } })
    }
}
