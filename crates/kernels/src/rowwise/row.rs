//! The engine of operators that work on the innermost dimension.
//!
//! ```
//! use bantam_kernels::rowwise::row::rows;
//! use bantam_kernels::rowwise::softmax::{Softmax, SoftmaxF32Params};
//! let mut output = [0.0; 2];
//! rows::<Softmax, f32, f32>(&SoftmaxF32Params::new(2, 1.0), &[3.0, 3.0], &mut output)?;
//! assert_eq!(output, [0.5, 0.5]);
//! # Ok::<(), bantam_kernels::LengthMismatch>(())
//! ```

use crate::error::{LengthMismatch, Operand};
use crate::walk::chunks::{chunks, chunks_mut};

/// An operator that makes a row of `O` of each row of `I`, its innermost dimension. Both are as
/// long.
pub trait RowOp<I, O> {
    /// What a node needs to know.
    type Params;

    /// Elements of a row.
    fn depth(params: &Self::Params) -> u32;

    /// Computes a row. Input and output are `depth` elements.
    fn row(params: &Self::Params, input: &[I], output: &mut [O]);
}

/// Computes all rows.
///
/// # Errors
///
/// [`LengthMismatch`] if the input is not made of whole rows, or the output is not as long. Nothing
/// is written.
#[inline] // size: one caller for each operator and type
pub fn rows<P: RowOp<I, O>, I, O>(
    params: &P::Params,
    input: &[I],
    output: &mut [O],
) -> Result<(), LengthMismatch> {
    let depth = check_rows(P::depth(params), input.len(), output.len())?;
    let pairs = chunks(input, depth).zip(chunks_mut(output, depth));
    pairs.for_each(|(input, output)| P::row(params, input, output));
    Ok(())
}

/// The length of a row, if input and output are of one length, and that of whole rows.
// size: one copy for all types.
#[inline(never)]
fn check_rows(depth: u32, input_len: usize, output_len: usize) -> Result<usize, LengthMismatch> {
    let depth = depth.max(1) as usize;
    let whole_rows = input_len.checked_next_multiple_of(depth);
    LengthMismatch::check(Operand::Input, whole_rows.unwrap_or(usize::MAX), input_len)?;
    LengthMismatch::check(Operand::Output, input_len, output_len)?;
    Ok(depth)
}
