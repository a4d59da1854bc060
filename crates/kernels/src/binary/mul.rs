//! MUL: the product, clamped by an activation.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/mul_common.cc`, `lite/kernels/internal/reference/mul.h`
//! and `reference/integer_ops/mul.h`.
//!
//! ```
//! use bantam_kernels::binary::op::{self, ArithmeticF32Params};
//! use bantam_kernels::binary::mul::Mul;
//! use bantam_kernels::walk::broadcast::{BinaryParams, Broadcast};
//! use bantam_kernels::{Activation, Shape};
//! let pair = Shape::new(&[2])?;
//! let plan = Broadcast::new(&pair, &pair, &pair)?;
//! let params = ArithmeticF32Params::new(plan, Activation::None);
//! let mut output = [0.0_f32; 2];
//! op::f32::<Mul, f32>(&params, params.plan(), &[6.0, 1.0], &[3.0, 4.0], &mut output)?;
//! assert_eq!(output, [18.0, 4.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::backend::elementwise::{BinaryQuantization, Combination, Scaled};
use crate::backend::{Backend as _, Native};
use crate::binary::op::{BinaryOp, QuantizedParams};
use crate::error::ParamsError;
use crate::number::activation::{Activation, Quantization};
use crate::number::element::{Load, Quantized};
use crate::number::requant::Requant;
use crate::walk::broadcast::{BinaryParams, Broadcast};

/// `a · b`. Integers wrap.
#[derive(Debug)]
pub struct Mul;

impl BinaryOp for Mul {
    type Quantized = MulParams;
    const COMBINATION: Combination = Combination::Product;

    fn f32(a: f32, b: f32) -> f32 {
        a * b
    }
}

/// Parameters of a quantized MUL.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct MulParams {
    pub(super) broadcast: Broadcast,
    pub(super) scaled: Scaled,
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

    #[inline(always)] // `combination` is a constant to each operator
    fn row<T: Quantized, I: Load<T>>(
        &self,
        combination: Combination,
        a: &[I],
        b: &[I],
        row: &mut [T],
    ) {
        Native::combine_scaled(&self.scaled, combination, a, b, row);
    }
}

impl MulParams {
    /// Parameters with the output's `factor` of the scales of inputs and output.
    #[inline(always)] // `factor` is a constant to each kind of parameters
    pub(super) fn with_factor<T: Quantized>(
        broadcast: Broadcast,
        inputs: [Quantization; 2],
        output: Quantization,
        activation: Activation,
        factor: impl Fn(f32, f32, f32) -> f64,
    ) -> Result<Self, ParamsError> {
        let (quantization, [scale1, scale2, output_scale]) =
            BinaryQuantization::new::<T, true>(inputs, output, activation)?;
        let Requant { multiplier, shift } =
            Requant::from_scale(factor(scale1, scale2, output_scale));
        Ok(Self { broadcast, scaled: Scaled { multiplier, shift: shift as i16, quantization } })
    }
}
