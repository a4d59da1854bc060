//! DIV: the quotient, clamped by an activation.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/div.cc` and `lite/kernels/internal/reference/div.h`.
//!
//! ```
//! use bantam_kernels::binary::op::{self, ArithmeticF32Params};
//! use bantam_kernels::binary::div::Div;
//! use bantam_kernels::walk::broadcast::{BinaryParams, Broadcast};
//! use bantam_kernels::{Activation, Shape};
//! let pair = Shape::new(&[2])?;
//! let plan = Broadcast::new(&pair, &pair, &pair)?;
//! let params = ArithmeticF32Params::new(plan, Activation::None);
//! let mut output = [0.0_f32; 2];
//! op::f32::<Div, f32>(&params, params.plan(), &[6.0, 1.0], &[3.0, 4.0], &mut output)?;
//! assert_eq!(output, [2.0, 0.25]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::backend::elementwise::{Combination, Scaled};
use crate::binary::mul::MulParams;
use crate::binary::op::{BinaryOp, QuantizedParams};
use crate::error::ParamsError;
use crate::number::activation::{Activation, Quantization};
use crate::number::element::{Load, Quantized};
use crate::number::fixed_point::reciprocal;
use crate::number::requant::{
    multiply_by_quantized_multiplier, saturating_rounding_doubling_high_mul,
};
use crate::walk::broadcast::{BinaryParams, Broadcast, pairs};

/// `a / b`, rounded towards zero on plain integers. Integers do not accept a divisor of 0, for
/// which the reference stops the program; the smallest integer by -1 wraps to itself.
#[derive(Debug)]
pub struct Div;

impl BinaryOp for Div {
    type Quantized = DivParams;
    const COMBINATION: Combination = Combination::Other(quotient);

    fn accepts_i32(b: i32) -> bool {
        b != 0
    }
    fn i32(a: i32, b: i32) -> i32 {
        if b == 0 { 0 } else { a.wrapping_div(b) }
    }
    fn f32(a: f32, b: f32) -> f32 {
        a / b
    }
}

/// The quotient in 32 bits, as many fractional ones as fit.
fn quotient(a: i32, b: i32) -> i32 {
    let (a, b) = if b < 0 { (-a, -b) } else { (a, b) };
    let (inverse, _) = reciprocal(b, INTEGER_BITS);
    saturating_rounding_doubling_high_mul(a.wrapping_shl(headroom(a)), inverse)
}

/// Integer bits of an operand.
const INTEGER_BITS: i32 = 31;

/// Bits below the sign that are equal to it.
fn headroom(x: i32) -> u32 {
    (x ^ (x >> 31)).leading_zeros() - 1
}

/// Bits of the fraction that [`quotient`] gives for `a` and `b`.
fn fraction_bits(a: i32, b: i32) -> i32 {
    let (a, b) = if b < 0 { (-a, -b) } else { (a, b) };
    headroom(a) as i32 + INTEGER_BITS - b.leading_zeros() as i32
}

/// Parameters of a quantized DIV.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(transparent)]
pub struct DivParams(pub(super) MulParams);

impl BinaryParams for DivParams {
    fn plan(&self) -> &Broadcast {
        self.0.plan()
    }
}

impl QuantizedParams for DivParams {
    /// Scales are combined in double precision, where `CalculateOpDataDiv` at 90b983c2b uses single
    /// precision: results of `i8` are the same.
    fn new<T: Quantized>(
        broadcast: Broadcast,
        inputs: [Quantization; 2],
        output: Quantization,
        activation: Activation,
    ) -> Result<Self, ParamsError> {
        let factor =
            |a: f32, b: f32, output: f32| f64::from(a) / (f64::from(b) * f64::from(output));
        MulParams::with_factor::<T>(broadcast, inputs, output, activation, factor).map(Self)
    }

    fn accepts<T: Quantized>(&self, b: T) -> bool {
        let b: i32 = b.into();
        b != self.0.scaled.quantization.input2_zero_point.into()
    }

    #[inline(always)] // `combination` is a constant to each operator
    fn row<T: Quantized, I: Load<T>>(
        &self,
        combination: Combination,
        a: &[I],
        b: &[I],
        row: &mut [T],
    ) {
        let Scaled { multiplier, shift, quantization } = self.0.scaled;
        let result = |x, y| {
            let shift = i32::from(shift).wrapping_sub(fraction_bits(x, y));
            // Beyond 31 bits C++ leaves the result open: nothing would remain.
            if shift < -31 || y == 0 {
                0
            } else {
                multiply_by_quantized_multiplier(combination.of(x, y), multiplier, shift)
            }
        };
        pairs(a, b, row, quantization.outputs(result));
    }
}
