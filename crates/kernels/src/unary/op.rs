//! Operators on each element by itself: the traits that say what an operator does to a number, and
//! the kernels that run it on tensors.
//!
//! ```
//! use bantam_kernels::unary::op;
//! use bantam_kernels::unary::relu::Relu;
//!
//! let mut output = [0.0_f32; 3];
//! op::f32::<Relu, f32>(&[-1.0, 0.0, 2.5], &mut output)?;
//! assert_eq!(output, [0.0, 0.0, 2.5]);
//! # Ok::<(), bantam_kernels::LengthMismatch>(())
//! ```

use core::cell::Cell;

use crate::backend::{Backend as _, Native};
use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::number::activation::Quantization;
use crate::number::element::{Load, Quantized};
use crate::number::requant::Requant;
use crate::target::VECTORS;
use crate::walk::elementwise::map;

/// An operator on a real number.
pub trait FloatOp: 'static {
    /// The result.
    fn f32(x: f32) -> f32;
}

/// An operator on a quantized element of `T`.
pub trait QuantizedOp<T: Quantized>: 'static {
    /// What it finds out once from the quantizations of input and output.
    type Params: Copy;

    /// Whether the output's quantization is read. Otherwise it is implied.
    const READS_OUTPUT: bool = true;

    /// Parameters for an input and an output of these quantizations.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`], [`ParamsError::ZeroPoint`] or [`ParamsError::Multiplier`] for a
    /// quantization that the operator does not take.
    fn params(input: Quantization, output: Quantization) -> Result<Self::Params, ParamsError>;

    /// Parameters for integers that are not quantized, if the operator takes such.
    fn unquantized() -> Option<Self::Params> {
        None
    }

    /// Whether the operator is defined for `x`.
    fn accepts(_params: &Self::Params, _x: T) -> bool {
        true
    }

    /// The result.
    fn apply(params: &Self::Params, x: T) -> T;
}

/// Zero points of input and output, and a factor for the result.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct ScaledParams {
    pub(super) factor: Requant,
    pub(super) input_zero_point: i16,
    pub(super) output_zero_point: i16,
}

impl ScaledParams {
    /// Those for tensors of `T`, with the `factor` of their scales. `i16` needs zero points of 0.
    #[inline(always)] // `factor` is a constant to each operator
    pub(super) fn new<T: Quantized>(
        input: Quantization,
        output: Quantization,
        factor: impl Fn(f32, f32) -> f64,
    ) -> Result<Self, ParamsError> {
        let (input_scale, input_zero_point) = input.symmetric::<T>()?;
        let (output_scale, output_zero_point) = output.symmetric::<T>()?;
        let factor = Requant::from_scale(factor(input_scale, output_scale));
        Ok(Self { factor, input_zero_point, output_zero_point })
    }

    /// As [`Self::new`], with the quotient of the scales.
    pub(super) fn ratio<T: Quantized>(
        input: Quantization,
        output: Quantization,
    ) -> Result<Self, ParamsError> {
        Self::new::<T>(input, output, |input, output| f64::from(input) / f64::from(output))
    }
}

/// An operator on elements of `i8`, `i16` and `f32`.
pub trait UnaryOp: FloatOp + QuantizedOp<i8> + QuantizedOp<i16> {}

impl<O: FloatOp + QuantizedOp<i8> + QuantizedOp<i16>> UnaryOp for O {}

/// Runs `O` on quantized elements `T`.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
///
/// ```
/// use bantam_kernels::Quantization;
/// use bantam_kernels::unary::op::{self, QuantizedOp};
/// use bantam_kernels::unary::relu::Relu;
/// let half = Quantization { scale: 0.5, zero_point: 1 };
/// let params = <Relu as QuantizedOp<i8>>::params(half, half)?;
/// assert!(op::accepts::<Relu, i8, i8>(&params, &[-3, 5])); // else the inference fails
/// let mut output = [0_i8; 2];
/// op::quantized::<Relu, i8, i8>(&params, &[-3, 5], &mut output)?;
/// assert_eq!(output, [1, 5]); // 0 and 2
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn quantized<O: QuantizedOp<T>, T: Quantized, I: Load<T>>(
    params: &O::Params,
    input: &[I],
    output: &mut [T],
) -> Result<(), LengthMismatch> {
    map(input, output, |x| O::apply(params, x.load()))
}

/// The results of an operator on `i8`, as far as they have been computed: a value that comes again
/// is looked up. Only for cores without vector registers; others compute each result.
#[derive(Clone, Debug)]
pub struct Results {
    known: [Cell<i8>; 256],
}

/// Whether looking up results pays for operators that take few instructions.
pub const LOOKS_UP: bool = Native::LOOKS_UP;

/// The entry of a value that has not come yet. Where it is the result, that is computed each time.
const UNKNOWN: i8 = 85;

impl Results {
    /// None yet.
    pub const fn new() -> Self {
        Self { known: [const { Cell::new(UNKNOWN) }; 256] }
    }

    /// As [`quantized`], with the same parameters each time.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if the output is not as long as the input.
    ///
    /// ```
    /// use bantam_kernels::Quantization;
    /// use bantam_kernels::unary::op::{QuantizedOp, Results};
    /// use bantam_kernels::unary::relu::Relu;
    /// let half = Quantization { scale: 0.5, zero_point: 1 };
    /// let params = <Relu as QuantizedOp<i8>>::params(half, half)?;
    /// let (results, mut output) = (Results::new(), [0_i8; 3]);
    /// results.quantized::<Relu>(&params, &[-3, 5, -3], &mut output)?;
    /// assert_eq!(output, [1, 5, 1]); // 0, 2 and 0
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn quantized<O: QuantizedOp<i8>>(
        &self,
        params: &O::Params,
        input: &[i8],
        output: &mut [i8],
    ) -> Result<(), LengthMismatch> {
        let apply = |x| O::apply(params, x);
        if VECTORS { map(input, output, apply) } else { self.look_up(&apply, input, output) }
    }

    /// The same of a function, where [`LOOKS_UP`] holds.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if the output is not as long as the input.
    #[inline(never)] // size: one copy for all operators
    pub fn look_up(
        &self,
        apply: &dyn Fn(i8) -> i8,
        input: &[i8],
        output: &mut [i8],
    ) -> Result<(), LengthMismatch> {
        let result = |x| {
            let Some(known) = self.known.get(usize::from(x as u8)) else { return x };
            if known.get() == UNKNOWN {
                known.set(apply(x));
            }
            known.get()
        };
        if !LOOKS_UP {
            return map(input, output, result);
        }
        LengthMismatch::check(Operand::Output, input.len(), output.len())?;
        let (mut input, mut output) = (input, output);
        while !input.is_empty() {
            let done = Native::look_up(&self.known, UNKNOWN, input, output);
            // Some are not known, or there are no four.
            let (_, from) = input.split_at_checked(done).unwrap_or_default();
            let (_, to) = output.split_at_mut_checked(done).unwrap_or_default();
            let (few, rest) = from.split_at_checked(4).unwrap_or((from, &[]));
            let (to, to_rest) = to.split_at_mut(few.len().min(to.len()));
            map(few, to, result)?;
            (input, output) = (rest, to_rest);
        }
        Ok(())
    }
}

impl Default for Results {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether `O` is defined for all elements of the input.
pub fn accepts<O: QuantizedOp<T>, T: Quantized, I: Load<T>>(
    params: &O::Params,
    input: &[I],
) -> bool {
    input.iter().all(|x| O::accepts(params, x.load()))
}

/// Runs `O` on `f32`.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
pub fn f32<O: FloatOp, I: Load<f32>>(
    input: &[I],
    output: &mut [f32],
) -> Result<(), LengthMismatch> {
    map(input, output, |x| O::f32(x.load()))
}
