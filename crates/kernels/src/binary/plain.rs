//! Operators on two elements as they are, without parameters.

use crate::error::LengthMismatch;
use crate::number::element::Load;
use crate::walk::broadcast::{Broadcast, broadcast};

/// An operator on two elements of one type.
pub trait PlainOp: 'static {
    /// The type: `f32`, or `u8` for truth values.
    type Element: Copy;

    /// Whether the operator takes `b` as its second operand.
    fn accepts(_b: Self::Element) -> bool {
        true
    }

    /// The result.
    fn apply(a: Self::Element, b: Self::Element) -> Self::Element;
}

/// Runs `O`, walked as `plan` says.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the plan says.
pub fn plain<O: PlainOp, I: Load<O::Element>>(
    plan: &Broadcast,
    a: &[I],
    b: &[I],
    output: &mut [O::Element],
) -> Result<(), LengthMismatch> {
    broadcast(plan, a, b, output, |x, y| O::apply(x.load(), y.load()))
}

/// Whether `O` takes all elements of its second operand.
pub fn accepts<O: PlainOp, I: Load<O::Element>>(b: &[I]) -> bool {
    b.iter().all(|y| O::accepts(y.load()))
}
