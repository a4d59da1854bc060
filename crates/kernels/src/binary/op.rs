//! Arithmetic on two operands: the trait that says what an operator does to two numbers, and the
//! kernels that run it on tensors.
//!
//! ```
//! use bantam_kernels::binary::op::{self, ArithmeticF32Params};
//! use bantam_kernels::binary::sum::Sub;
//! use bantam_kernels::walk::broadcast::{BinaryParams, Broadcast};
//! use bantam_kernels::{Activation, Shape};
//!
//! let (matrix, row) = (Shape::new(&[2, 3])?, Shape::new(&[3])?);
//! let params =
//!     ArithmeticF32Params::new(Broadcast::new(&matrix, &row, &matrix)?, Activation::Relu);
//! let mut output = [0.0_f32; 6];
//! let (a, b) = ([5.0, 6.0, 7.0, 0.0, 1.0, 2.0], [1.0, 1.0, 2.0]);
//! op::f32::<Sub, f32>(&params, params.plan(), &a, &b, &mut output)?;
//! assert_eq!(output, [4.0, 5.0, 5.0, 0.0, 0.0, 0.0]);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

use crate::backend::elementwise::Combination;
use crate::error::{LengthMismatch, ParamsError};
use crate::number::activation::{Activation, Quantization};
use crate::number::clamp::{clamp_f32, within};
use crate::number::element::{Load, Quantized};
use crate::walk::broadcast::{BinaryParams, Broadcast, broadcast, broadcast_rows};

/// An arithmetic operator on two numbers.
pub trait BinaryOp: 'static {
    /// Parameters of quantized tensors: they bring operands to a common scale, and the result of
    /// [`COMBINATION`](Self::COMBINATION) to the output's.
    type Quantized: QuantizedParams;

    /// The result for quantized operands, less their zero points.
    const COMBINATION: Combination;

    /// Whether a fused activation clamps integers that are not quantized.
    const CLAMPS_I32: bool = true;

    /// Whether a fused activation clamps real numbers. NONE clamps them to finite ones.
    const CLAMPS_F32: bool = true;

    /// Whether the operator takes `b` as its second operand, of plain integers.
    fn accepts_i32(_b: i32) -> bool {
        true
    }

    /// The result for plain integers: by default, that for quantized operands.
    fn i32(a: i32, b: i32) -> i32 {
        Self::COMBINATION.of(a, b)
    }

    /// The result for real numbers.
    fn f32(a: f32, b: f32) -> f32;
}

/// Parameters of an arithmetic kernel on quantized tensors.
pub trait QuantizedParams: BinaryParams {
    /// Parameters for tensors of `T`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`], [`ParamsError::ZeroPoint`] or [`ParamsError::Activation`] for a
    /// quantization that `T` cannot have; [`ParamsError::Multiplier`] for scales too far apart.
    fn new<T: Quantized>(
        broadcast: Broadcast,
        inputs: [Quantization; 2],
        output: Quantization,
        activation: Activation,
    ) -> Result<Self, ParamsError>;

    /// Whether the operator takes `b` as its second operand.
    fn accepts<T: Quantized>(&self, _b: T) -> bool {
        true
    }

    /// Fills a row with the `combination` of both operands. One of a single element stands for a
    /// row of it.
    fn row<T: Quantized, I: Load<T>>(
        &self,
        combination: Combination,
        a: &[I],
        b: &[I],
        row: &mut [T],
    );
}

/// Parameters of an arithmetic kernel on `f32`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct ArithmeticF32Params {
    broadcast: Broadcast,
    min: f32,
    max: f32,
}

impl ArithmeticF32Params {
    /// Parameters for operands walked as `broadcast` says.
    pub fn new(broadcast: Broadcast, activation: Activation) -> Self {
        let (min, max) = activation.range_f32();
        Self { broadcast, min, max }
    }
}

impl BinaryParams for ArithmeticF32Params {
    fn plan(&self) -> &Broadcast {
        &self.broadcast
    }
}

/// Parameters of an arithmetic kernel on `i32`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct ArithmeticI32Params {
    broadcast: Broadcast,
    min: i32,
    max: i32,
}

impl ArithmeticI32Params {
    /// Parameters for operands walked as `broadcast` says.
    pub fn new(broadcast: Broadcast, activation: Activation) -> Self {
        let (min, max) = activation.range_i32();
        Self { broadcast, min, max }
    }
}

impl BinaryParams for ArithmeticI32Params {
    fn plan(&self) -> &Broadcast {
        &self.broadcast
    }
}

/// Runs `O` on quantized elements `T`, walked as `plan` says: that of `params`, or
/// [`Broadcast::flat`] for a part of operands of one shape.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the plan says.
///
/// ```
/// use bantam_kernels::binary::op::{self, QuantizedParams};
/// use bantam_kernels::binary::sum::{Add, SumParams};
/// use bantam_kernels::walk::broadcast::{BinaryParams, Broadcast};
/// use bantam_kernels::{Activation, Quantization, Shape};
/// let pair = Shape::new(&[2])?;
/// let plan = Broadcast::new(&pair, &pair, &pair)?;
/// let of = |scale| Quantization { scale, zero_point: 0 };
/// let params = SumParams::new::<i8>(plan, [of(0.5), of(0.25)], of(0.5), Activation::None)?;
/// let mut output = [0_i8; 2];
/// op::quantized::<Add, i8, i8>(&params, params.plan(), &[2, 3], &[4, 8], &mut output)?;
/// assert_eq!(output, [4, 7]); // 1 + 1 and 1.5 + 2, in steps of 0.5
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn quantized<O: BinaryOp, T: Quantized, I: Load<T>>(
    params: &O::Quantized,
    plan: &Broadcast,
    a: &[I],
    b: &[I],
    output: &mut [T],
) -> Result<(), LengthMismatch> {
    broadcast_rows(plan, a, b, output, |a, b, row| params.row(O::COMBINATION, a, b, row))
}

/// Runs `O` on `i32`, as [`quantized`]; the result is clamped to the activation's range.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the plan says.
///
/// ```
/// use bantam_kernels::binary::op::{self, ArithmeticI32Params};
/// use bantam_kernels::binary::mul::Mul;
/// use bantam_kernels::walk::broadcast::{BinaryParams, Broadcast};
/// use bantam_kernels::{Activation, Shape};
/// let pair = Shape::new(&[2])?;
/// let plan = Broadcast::new(&pair, &pair, &pair)?;
/// let params = ArithmeticI32Params::new(plan, Activation::Relu);
/// let mut output = [0; 2];
/// op::i32::<Mul, i32>(&params, params.plan(), &[2, 3], &[4, -5], &mut output)?;
/// assert_eq!(output, [8, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn i32<O: BinaryOp, I: Load<i32>>(
    params: &ArithmeticI32Params,
    plan: &Broadcast,
    a: &[I],
    b: &[I],
    output: &mut [i32],
) -> Result<(), LengthMismatch> {
    let (min, max) = (params.min, params.max);
    broadcast(plan, a, b, output, |x, y| {
        let result = O::i32(x.load(), y.load());
        if O::CLAMPS_I32 { within(result, min, max) } else { result }
    })
}

/// Runs `O` on `f32`, as [`quantized`]; the result is clamped to the activation's range, where a
/// NaN stays one.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the plan says.
pub fn f32<O: BinaryOp, I: Load<f32>>(
    params: &ArithmeticF32Params,
    plan: &Broadcast,
    a: &[I],
    b: &[I],
    output: &mut [f32],
) -> Result<(), LengthMismatch> {
    let (min, max) = (params.min, params.max);
    broadcast(plan, a, b, output, |x, y| {
        let result = O::f32(x.load(), y.load());
        if O::CLAMPS_F32 { clamp_f32(result, min, max) } else { result }
    })
}
