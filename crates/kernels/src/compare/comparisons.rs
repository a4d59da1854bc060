//! EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS and LESS_EQUAL.
//!
//! The six share one kernel for each type, which finds out how two elements compare and looks up
//! whether the operator holds then. The output is a byte: 1 where it holds, 0 elsewhere.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/comparisons.cc` and
//! `lite/kernels/internal/reference/comparisons.h`.
//!
//! ```
//! use bantam_kernels::Shape;
//! use bantam_kernels::compare::comparisons::{Comparison, LessEqual, compare};
//! use bantam_kernels::walk::broadcast::Broadcast;
//!
//! let (row, scalar) = (Shape::new(&[3])?, Shape::new(&[])?);
//! let plan = Broadcast::new(&row, &scalar, &row)?;
//! let mut output = [0; 3];
//! compare::<i32, i32>(&plan, LessEqual::HOLDS, &[1, 2, 3], &[2], &mut output)?;
//! assert_eq!(output, [1, 1, 0]);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

use core::cmp::Ordering;

use crate::error::{LengthMismatch, ParamsError};
use crate::number::activation::Quantization;
use crate::number::element::Load;
use crate::number::requant::{Requant, scale_down};
use crate::walk::broadcast::{BinaryParams, Broadcast, broadcast};

/// Ways in which two elements may compare: a bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Orderings(pub(super) u8);

impl Orderings {
    pub(super) const LESS: u8 = 1;
    pub(super) const EQUAL: u8 = 2;
    pub(super) const GREATER: u8 = 4;
    /// One of the elements is not a number.
    const UNORDERED: u8 = 8;

    /// 1 if `a` and `b` compare in one of these ways, else 0.
    #[inline(always)] // A call for each element would take longer than the comparison.
    pub(super) fn hold<T: PartialOrd>(self, a: T, b: T) -> u8 {
        let ordering = match a.partial_cmp(&b) {
            Some(Ordering::Less) => Self::LESS,
            Some(Ordering::Equal) => Self::EQUAL,
            Some(Ordering::Greater) => Self::GREATER,
            None => Self::UNORDERED,
        };
        u8::from(self.0 & ordering != 0)
    }
}

/// A comparison.
pub trait Comparison: 'static {
    /// When it holds.
    const HOLDS: Orderings;
}

/// `a == b`.
#[derive(Debug)]
pub struct Equal;
impl Comparison for Equal {
    const HOLDS: Orderings = Orderings(Orderings::EQUAL);
}

/// `a != b`, which holds for NaN.
#[derive(Debug)]
pub struct NotEqual;
impl Comparison for NotEqual {
    const HOLDS: Orderings = Orderings(!Orderings::EQUAL);
}

/// `a > b`.
#[derive(Debug)]
pub struct Greater;
impl Comparison for Greater {
    const HOLDS: Orderings = Orderings(Orderings::GREATER);
}

/// `a >= b`.
#[derive(Debug)]
pub struct GreaterEqual;
impl Comparison for GreaterEqual {
    const HOLDS: Orderings = Orderings(Orderings::GREATER | Orderings::EQUAL);
}

/// `a < b`.
#[derive(Debug)]
pub struct Less;
impl Comparison for Less {
    const HOLDS: Orderings = Orderings(Orderings::LESS);
}

/// `a <= b`.
#[derive(Debug)]
pub struct LessEqual;
impl Comparison for LessEqual {
    const HOLDS: Orderings = Orderings(Orderings::LESS | Orderings::EQUAL);
}

/// Parameters of a comparison of quantized elements: each input's scale, and its zero point.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct ComparisonParams {
    broadcast: Broadcast,
    multipliers: [i32; 2],
    right_shifts: [i16; 2],
    zero_points: [i16; 2],
}

impl ComparisonParams {
    /// Parameters for inputs of `i8`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::ZeroPoint`] for a zero point outside `i8`; [`ParamsError::Scale`] for a scale
    /// that is not positive, [`ParamsError::Multiplier`] for one of 1 and more, for which the
    /// reference stops the program.
    pub fn new(broadcast: Broadcast, inputs: [Quantization; 2]) -> Result<Self, ParamsError> {
        let [(scale1, zero_point1), (scale2, zero_point2)] =
            [inputs[0].of::<i8>()?, inputs[1].of::<i8>()?];
        let factors =
            [Requant::from_fraction(scale1.into())?, Requant::from_fraction(scale2.into())?];
        Ok(Self {
            broadcast,
            multipliers: factors.map(|factor| factor.multiplier),
            right_shifts: factors.map(|factor| factor.shift.unsigned_abs() as i16),
            zero_points: [zero_point1, zero_point2],
        })
    }
}

impl BinaryParams for ComparisonParams {
    fn plan(&self) -> &Broadcast {
        &self.broadcast
    }
}

/// Compares quantized elements, walked as `plan` says, by the real numbers that they stand for: in
/// steps of 1/256, with the reference's rounding.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the plan says.
///
/// ```
/// use bantam_kernels::compare::comparisons::{
///     Comparison, ComparisonParams, Greater, compare_quantized,
/// };
/// use bantam_kernels::walk::broadcast::Broadcast;
/// use bantam_kernels::{Quantization, Shape};
/// let pair = Shape::new(&[2])?;
/// let plan = Broadcast::new(&pair, &pair, &pair)?;
/// let of = |scale| Quantization { scale, zero_point: 0 };
/// let params = ComparisonParams::new(plan, [of(0.5), of(0.25)])?;
/// let mut output = [0; 2];
/// compare_quantized(&params, &plan, Greater::HOLDS, &[4, 4], &[7, 9], &mut output)?;
/// assert_eq!(output, [1, 0]); // 2 > 1.75, but not 2 > 2.25
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_quantized(
    params: &ComparisonParams,
    plan: &Broadcast,
    holds: Orderings,
    a: &[i8],
    b: &[i8],
    output: &mut [u8],
) -> Result<(), LengthMismatch> {
    const LEFT_SHIFT: u32 = 8;
    let [multiplier1, multiplier2] = params.multipliers;
    let [shift1, shift2] = params.right_shifts.map(|shift| u32::from(shift.unsigned_abs()));
    let [zero_point1, zero_point2] = params.zero_points.map(i32::from);
    broadcast(plan, a, b, output, |x, y| {
        let x = (i32::from(x) - zero_point1) << LEFT_SHIFT;
        let y = (i32::from(y) - zero_point2) << LEFT_SHIFT;
        holds.hold(scale_down(x, multiplier1, shift1), scale_down(y, multiplier2, shift2))
    })
}

/// Compares elements of `T` as they are, walked as `plan` says.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the plan says.
pub fn compare<T: PartialOrd, I: Load<T>>(
    plan: &Broadcast,
    holds: Orderings,
    a: &[I],
    b: &[I],
    output: &mut [u8],
) -> Result<(), LengthMismatch> {
    broadcast(plan, a, b, output, |x, y| holds.hold(x.load(), y.load()))
}

#[cfg(test)]
mod tests;
