//! {NAME}: {SUMMARY}
//!
//! Source: TFLM 90b983c2b, `micro/kernels/{snake}.cc`.

use core::ops::Range;

use crate::error::LengthMismatch;
use crate::resize::geometry::{ResizeParams, ResizeRows};
use crate::walk::chunks::{chunks_mut, copy};
use crate::walk::rows::{Activations, RowGeometry, RowKernel, run};

/// {SUMMARY}
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
pub fn {snake}<'m, T: Copy + 'm>(
    params: &ResizeParams,
    activations: impl Into<Activations<'m, T>>,
) -> Result<(), LengthMismatch> {
    run(&mut {Camel}Rows::new(params), activations.into())
}

/// The rows of [`{snake}`], which cannot fail.
#[derive(Clone, Copy, Debug)]
pub struct {Camel}Rows<'p> {
    params: &'p ResizeParams,
}

impl<'p> {Camel}Rows<'p> {
    /// The rows of images of these sizes.
    pub fn new(params: &'p ResizeParams) -> Self {
        Self { params }
    }
}

impl ResizeRows for {Camel}Rows<'_> {
    fn params(&self) -> &ResizeParams {
        self.params
    }

    fn source(&self, _row: usize) -> Range<usize> {
        // The rows that a row of the output is made of go here.
        0..1
    }
}

impl<T: Copy> RowKernel<T> for {Camel}Rows<'_> {
    fn geometry(&self) -> &dyn RowGeometry {
        self
    }

    fn row(&mut self, _row: usize, input: &[T], output: &mut [T]) {
        // The arithmetic goes here.
        for pixel in chunks_mut(output, self.params.channels()) {
            copy(input, pixel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resize::geometry::ResizeOptions;
    use crate::walk::shape::Nhwc;
    use alloc::vec;

    /// Rows with what they become, worked out by hand.
    const KNOWN: &[(&[i32], &[i32])] = &[];

    #[test]
    fn known_rows_have_known_results() {
        assert!(!KNOWN.is_empty(), "{NAME} has no known results yet");
        for &(row, want) in KNOWN {
            let [from, to] =
                [row, want].map(|row| Nhwc::new([1, 1, row.len() as i32, 1]).unwrap());
            let params = ResizeParams::new(from, to, ResizeOptions::default()).unwrap();
            let mut found = vec![0; want.len()];
            {snake}(&params, (row, &mut found[..])).unwrap();
            assert_eq!(found, want);
        }
    }
}
