//! Kernels as objects that compute one output row at a time.

use crate::error::LengthMismatch;
use crate::walk::rows::{Activations, RowGeometry, walk_rows};

/// A kernel that computes one row of its output after the other.
///
/// Whatever may be wrong is found where it is made; a row cannot fail.
pub trait RowKernel<T> {
    /// Which rows of the input each row of the output reads.
    fn geometry(&self) -> &dyn RowGeometry;

    /// Computes row `row` of the output, counted over all batches. `input` are the input rows that
    /// the [geometry](RowGeometry::input_rows) names.
    fn row(&self, row: usize, input: &[T], output: &mut [T]);
}

/// Computes all rows, apart from the input or over it.
///
/// # Errors
///
/// As [`for_each_row`](crate::walk::rows::for_each_row).
pub fn run<T>(
    kernel: &impl RowKernel<T>,
    mut activations: Activations<'_, T>,
) -> Result<(), LengthMismatch> {
    walk_rows(kernel.geometry(), &mut activations, &mut |row, input, output| {
        kernel.row(row, input, output);
        Ok(())
    })
}
