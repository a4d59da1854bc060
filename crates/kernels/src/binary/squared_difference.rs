//! SQUARED_DIFFERENCE: the square of the difference.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/squared_difference.cc`.
//!
//! ```
//! use bantam_kernels::binary::op::{self, ArithmeticF32Params};
//! use bantam_kernels::binary::squared_difference::SquaredDifference;
//! use bantam_kernels::walk::broadcast::{BinaryParams, Broadcast};
//! use bantam_kernels::{Activation, Shape};
//! let pair = Shape::new(&[2])?;
//! let plan = Broadcast::new(&pair, &pair, &pair)?;
//! let params = ArithmeticF32Params::new(plan, Activation::None);
//! let mut output = [0.0_f32; 2];
//! let (a, b) = ([6.0, 1.0], [3.0, 4.0]);
//! op::f32::<SquaredDifference, f32>(&params, params.plan(), &a, &b, &mut output)?;
//! assert_eq!(output, [9.0, 9.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::backend::elementwise::{BinaryQuantization, Combination, Terms};
use crate::binary::op::{BinaryOp, QuantizedParams};
use crate::binary::sum::SumParams;
use crate::error::ParamsError;
use crate::number::activation::{Activation, Quantization};
use crate::number::element::{Load, Quantized};
use crate::number::requant::{Requant, multiply_by_quantized_multiplier};
use crate::walk::broadcast::{BinaryParams, Broadcast, pairs};

/// `(a - b)²`. Integers wrap, and real numbers may be infinite.
#[derive(Debug)]
pub struct SquaredDifference;

impl BinaryOp for SquaredDifference {
    type Quantized = SquaredDifferenceParams;
    const COMBINATION: Combination = Combination::Other(|a, b| {
        let difference = a.wrapping_sub(b);
        difference.wrapping_mul(difference)
    });
    const CLAMPS_F32: bool = false;

    fn f32(a: f32, b: f32) -> f32 {
        (a - b) * (a - b)
    }
}

/// Parameters of a quantized SQUARED_DIFFERENCE: operands on a common scale, as those of SUB, with
/// so few bits of fraction that squares fit into 32 bits.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(transparent)]
pub struct SquaredDifferenceParams(SumParams);

impl BinaryParams for SquaredDifferenceParams {
    fn plan(&self) -> &Broadcast {
        self.0.plan()
    }
}

/// Bits that a difference from the zero point is shifted left by before it is scaled.
const fn left_shift<T: Quantized>() -> u32 {
    if T::MAX > 127 { 0 } else { 7 }
}

impl QuantizedParams for SquaredDifferenceParams {
    /// As in the trait; `i16` needs zero points of 0.
    fn new<T: Quantized>(
        broadcast: Broadcast,
        inputs: [Quantization; 2],
        output: Quantization,
        activation: Activation,
    ) -> Result<Self, ParamsError> {
        let factor = |twice_max: f64, output_scale: f32| {
            let step = (1 << (2 * left_shift::<T>())) as f32 * output_scale;
            Ok(Requant::from_scale(twice_max * twice_max / f64::from(step)))
        };
        let quantization = BinaryQuantization::new::<T, true>(inputs, output, activation)?;
        SumParams::with_factor(broadcast, quantization, factor).map(Self)
    }

    #[inline(always)] // `combination` is a constant to each operator
    fn row<T: Quantized, I: Load<T>>(
        &self,
        combination: Combination,
        a: &[I],
        b: &[I],
        row: &mut [T],
    ) {
        let Terms { multipliers: [.., multiplier], shifts: [.., shift], .. } = self.0.terms;
        let result =
            |x, y| multiply_by_quantized_multiplier(combination.of(x, y), multiplier, shift.into());
        pairs(a, b, row, self.0.terms.outputs(left_shift::<T>(), result));
    }
}
