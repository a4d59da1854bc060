//! RESIZE_BILINEAR: images of another size, each element a mean of the four around its place.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/resize_bilinear.h`
//! (`ResizeBilinearInteger`, `ResizeBilinear`).

use core::ops::Range;

use crate::error::LengthMismatch;
use crate::resize::geometry::{ResizeParams, ResizeRows};
use crate::resize::places::{Interpolate, Place};
use crate::walk::chunks::chunks_mut;
use crate::walk::rows::{Activations, RowGeometry};
use crate::walk::rows::{RowKernel, run};

/// Gives images another size; elements are `i8` or `f32`.
///
/// With `step` as the input's size over the output's, or `(input - 1) / (output - 1)` where corners
/// are aligned, position `i` of the output lies at `i · step` of the input, or at
/// `(i + 1/2) · step - 1/2` where pixel centres lie at halves. The output is the mean of the four
/// elements around its place, each weighted with how near it is.
///
/// # Shapes
///
/// | slice    | dimensions                                        |
/// |----------|---------------------------------------------------|
/// | `input`  | `[batches, height, width, channels]`              |
/// | `output` | the same with another height and width            |
///
/// # Rounding
///
/// Bit for bit TFLM's reference kernel. Of `f32`, places, weights and sums are computed in single
/// precision in its order. Of `i8`, steps and places are multiples of 1/1024, and means are rounded
/// to nearest, ties away from zero. Where the error of a step adds up to a place beyond the input
/// (one pixel to 62, say), the reference reads what is there; here it is the last element.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
///
/// ```
/// use bantam_kernels::Nhwc;
/// use bantam_kernels::resize::geometry::{ResizeOptions, ResizeParams};
/// use bantam_kernels::resize::resize_bilinear::resize_bilinear;
/// let (input, output) = (Nhwc::new([1, 1, 2, 1])?, Nhwc::new([1, 1, 5, 1])?);
/// let options = ResizeOptions { align_corners: true, ..ResizeOptions::default() };
/// let params = ResizeParams::new(input, output, options)?;
/// let mut output = [0_i8; 5];
/// resize_bilinear(&params, (&[10, 20][..], &mut output[..]))?;
/// assert_eq!(output, [10, 13, 15, 18, 20]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn resize_bilinear<'m, T: Bilinear + 'm>(
    params: &ResizeParams,
    activations: impl Into<Activations<'m, T>>,
) -> Result<(), LengthMismatch> {
    run(&mut BilinearRows::<T>::new(params), activations.into())
}

/// An element that [`resize_bilinear`] can interpolate: `i8` or `f32`.
pub trait Bilinear: Interpolate {}

impl Bilinear for i8 {}
impl Bilinear for f32 {}

/// The rows of [`resize_bilinear`], which cannot fail.
#[derive(Clone, Copy, Debug)]
pub struct BilinearRows<'p, T: Bilinear> {
    params: &'p ResizeParams,
    rows: T::Places,
    columns: T::Places,
}

impl<'p, T: Bilinear> BilinearRows<'p, T> {
    /// The rows of images of these sizes.
    pub fn new(params: &'p ResizeParams) -> Self {
        Self { params, rows: T::places(params, 0), columns: T::places(params, 1) }
    }
}

impl<T: Bilinear> ResizeRows for BilinearRows<'_, T> {
    fn params(&self) -> &ResizeParams {
        self.params
    }

    fn source(&self, row: usize) -> Range<usize> {
        T::place(&self.rows, row).range()
    }
}

impl<T: Bilinear> RowKernel<T> for BilinearRows<'_, T> {
    fn geometry(&self) -> &dyn RowGeometry {
        self
    }

    fn row(&mut self, row: usize, input: &[T], output: &mut [T]) {
        let y = T::place(&self.rows, self.params.row_of_image(row)).part;
        let column = |x| T::place(&self.columns, x);
        means(self.params, input, output, column, |x| T::weights(y, x), T::mean);
    }
}

/// One row of the output: `mean(elements, weights)` of each channel, where `weights` are those of
/// the place between the columns, and the elements lie above left, above right, below left and
/// below right of it.
#[inline(always)] // the inner loop of its caller
fn means<'s, T: Copy, P: Copy, W>(
    params: &ResizeParams,
    input: &'s [T],
    line: &mut [T],
    columns: impl Fn(usize) -> Place<P>,
    weights: impl Fn(P) -> W,
    mean: impl Fn([T; 4], &W) -> T,
) {
    let channels = params.channels();
    let row_len = params.axis(1).len().saturating_mul(channels);
    // One row, or two.
    let (above, below) = (input, input.get(input.len().saturating_sub(row_len)..).unwrap_or(&[]));
    for (x, pixel) in chunks_mut(line, channels).enumerate() {
        let place = columns(x);
        let weights = weights(place.part);
        let corner = |row: &'s [T], column: usize| row.get(column * channels..).unwrap_or(&[]);
        let [a, b] = [place.first, place.last].map(|column| corner(above, column));
        let [c, d] = [place.first, place.last].map(|column| corner(below, column));
        for ((((out, &a), &b), &c), &d) in pixel.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *out = mean([a, b, c, d], &weights);
        }
    }
}
