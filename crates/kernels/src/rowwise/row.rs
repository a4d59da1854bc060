//! The engine of operators that work on the innermost dimension.
//!
//! ```
//! use bantam_kernels::rowwise::row::rows;
//! use bantam_kernels::rowwise::softmax::{Softmax, SoftmaxF32Params};
//! let mut row = [3.0, 3.0];
//! rows::<Softmax, f32>(&SoftmaxF32Params::new(2, 1.0), &mut row)?;
//! assert_eq!(row, [0.5, 0.5]);
//! # Ok::<(), bantam_kernels::LengthMismatch>(())
//! ```

use crate::error::{LengthMismatch, Operand};
use crate::walk::chunks::chunks_mut;

/// An operator that makes a row of each row of elements `T`, its innermost dimension, in its place.
pub trait RowOp<T> {
    /// What a node needs to know.
    type Params;

    /// Elements of a row.
    fn depth(params: &Self::Params) -> u32;

    /// Computes a row of `depth` elements.
    fn row(params: &Self::Params, row: &mut [T]);
}

/// Computes all rows, each in its place.
///
/// # Errors
///
/// [`LengthMismatch`] if the tensor is not made of whole rows. Nothing is written.
#[inline] // size: one caller for each operator and type
pub fn rows<P: RowOp<T>, T>(params: &P::Params, tensor: &mut [T]) -> Result<(), LengthMismatch> {
    let depth = whole_rows(P::depth(params), tensor.len())?;
    chunks_mut(tensor, depth).for_each(|row| P::row(params, row));
    Ok(())
}

/// The length of a row, if `len` is that of whole rows.
pub(crate) fn whole_rows(depth: u32, len: usize) -> Result<usize, LengthMismatch> {
    let depth = depth.max(1) as usize;
    LengthMismatch::check(Operand::Input, len - len % depth, len)?;
    Ok(depth)
}
