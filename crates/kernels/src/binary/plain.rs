//! Operators on two elements as they are, without parameters.
//!
//! ```
//! use bantam_kernels::Shape;
//! use bantam_kernels::binary::floor_div::FloorMod;
//! use bantam_kernels::binary::plain::{accepts, plain};
//! use bantam_kernels::walk::broadcast::Broadcast;
//! let (pair, one) = (Shape::new(&[2])?, Shape::new(&[])?);
//! let plan = Broadcast::new(&pair, &one, &pair)?;
//! let mut output = [0.0; 2];
//! assert!(accepts::<FloorMod, f32>(&[2.0]));
//! plain::<FloorMod, f32>(&plan, &[5.0, 6.5], &[2.0], &mut output)?;
//! assert_eq!(output, [1.0, 0.5]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
