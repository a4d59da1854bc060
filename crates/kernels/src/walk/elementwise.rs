//! One operand, one result for each of its elements.

use crate::error::{LengthMismatch, Operand};

/// Fills `output` with `op` of each element of `input`, in order.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
#[inline] // size: one caller for each operator and type
pub fn map<I: Copy, O>(
    input: &[I],
    output: &mut [O],
    op: impl Fn(I) -> O,
) -> Result<(), LengthMismatch> {
    LengthMismatch::check(Operand::Output, input.len(), output.len())?;
    output.iter_mut().zip(input).for_each(|(out, &x)| *out = op(x));
    Ok(())
}
