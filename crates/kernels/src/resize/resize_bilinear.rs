//! RESIZE_BILINEAR: images of another size, each element a mean of the four around its place.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/resize_bilinear.h` (`ResizeBilinearInteger`, `ResizeBilinear`).

use core::ops::Range;

use crate::error::LengthMismatch;
use crate::number::clamp::within;
use crate::resize::geometry::{Axis, ResizeParams, Rows};
use crate::walk::chunks::chunks_mut;
use crate::walk::rows::{Activations, RowGeometry, check_row, for_each_row};

/// Which rows of its input [`resize_bilinear`] reads.
pub fn resize_bilinear_rows(params: &ResizeParams) -> impl RowGeometry + '_ {
    let rows = Fixed::new(params.axis(0));
    Rows { params, source: move |y| rows.of(y).range() }
}

/// Which rows of its input [`resize_bilinear_f32`] reads.
pub fn resize_bilinear_f32_rows(params: &ResizeParams) -> impl RowGeometry + '_ {
    let rows = Float::new(params.axis(0));
    Rows { params, source: move |y| rows.of(y).range() }
}

/// Gives images of `i8` another size.
///
/// With `step` as the input's size over the output's, or `(input - 1) / (output - 1)` where corners are aligned, position `i`
/// of the output lies at `i · step` of the input, or at `(i + 1/2) · step - 1/2` where pixel centres lie at halves. The output is
/// the mean of the four elements around its place, each weighted with how near it is.
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
/// Bit-exact with TFLM's reference kernel: steps and places are multiples of 1/1024, and means are rounded to nearest, ties away
/// from zero. Where the error of a step adds up to a place beyond the input (one pixel to 62, say), the reference reads what is
/// there; here it is the last element.
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
/// let mut output = [0; 5];
/// resize_bilinear(&params, (&[10, 20][..], &mut output[..]))?;
/// assert_eq!(output, [10, 13, 15, 18, 20]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn resize_bilinear<'m>(
    params: &ResizeParams,
    activations: impl Into<Activations<'m, i8>>,
) -> Result<(), LengthMismatch> {
    let (geometry, rows) = (resize_bilinear_rows(params), Fixed::new(params.axis(0)));
    let columns = Fixed::new(params.axis(1));
    let weights = |y: i32, x: i32| [(ONE - y) * (ONE - x), (ONE - y) * x, y * (ONE - x), y * x];
    let mean = |elements: [i8; 4], weights: &[i32; 4]| {
        let products = elements.iter().zip(weights).map(|(&x, &w)| i32::from(x) * w);
        let sum: i32 = products.sum(); // the weights add up to 2^20
        let nudge = if sum > 0 { 1 << 19 } else { -(1 << 19) };
        ((sum + nudge) / (1 << 20)) as i8
    };
    for_each_row(&geometry, activations.into(), |row, input, line| {
        check_row(&geometry, row, input.len(), line.len())?;
        let y = rows.of(params.row_of_image(row)).part;
        means(params, input, line, |x| columns.of(x), |x| weights(y, x), mean);
        Ok(())
    })
}

/// Gives float images another size: see [`resize_bilinear`].
///
/// # Rounding
///
/// Bit-exact with TFLM's reference kernel: places, weights and sums are computed in single precision in its order.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
pub fn resize_bilinear_f32<'m>(
    params: &ResizeParams,
    activations: impl Into<Activations<'m, f32>>,
) -> Result<(), LengthMismatch> {
    let (geometry, rows) = (resize_bilinear_f32_rows(params), Float::new(params.axis(0)));
    let columns = Float::new(params.axis(1));
    let mean = |[a, b, c, d]: [f32; 4], &[above, below, left, right]: &[f32; 4]| {
        // The zero makes -0 a 0.
        a * above * left + c * below * left + b * above * right + d * below * right + 0.0
    };
    for_each_row(&geometry, activations.into(), |row, input, line| {
        check_row(&geometry, row, input.len(), line.len())?;
        let y = rows.of(params.row_of_image(row)).part;
        let weights = |x: f32| [1.0 - y, y, 1.0 - x, x];
        means(params, input, line, |x| columns.of(x), weights, mean);
        Ok(())
    })
}

/// One row of the output: `mean(elements, weights)` of each channel, where `weights` are those of the place between the columns,
/// and the elements lie above left, above right, below left and below right of it.
#[inline(always)]
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

/// A place between two neighbouring elements of one dimension, or on one of them.
#[derive(Clone, Copy, Debug)]
struct Place<P> {
    first: usize,
    last: usize,
    /// How far it is from `first`.
    part: P,
}

impl<P> Place<P> {
    fn range(&self) -> Range<usize> {
        self.first..self.last + 1
    }
}

/// The places of one dimension as multiples of 1/1024.
#[derive(Clone, Copy, Debug)]
struct Fixed {
    step: i32,
    half_pixel_centers: bool,
    last: i32,
}

/// 1 as such a multiple.
const ONE: i32 = 1 << 10;

impl Fixed {
    fn new(axis: Axis) -> Self {
        let [input, output] = axis.steps().map(i32::from);
        let step = (ONE * input + output / 2) / output.max(1);
        let half_pixel_centers = axis.half_pixel_centers;
        Self { step, half_pixel_centers, last: axis.last() as i32 }
    }

    fn of(&self, position: usize) -> Place<i32> {
        let mut at = self.step.wrapping_mul(position as i32);
        if self.half_pixel_centers {
            at = at.wrapping_add(self.step / 2 - ONE / 2);
        }
        // Beyond the edges both elements are the same one, and it does not matter how far away it is.
        let first = within(at / ONE, 0, self.last);
        let last = within(at.saturating_add(ONE - 1) / ONE, first, self.last);
        let part = within(at.saturating_sub(ONE * first), 0, ONE);
        Place { first: first as usize, last: last as usize, part }
    }
}

/// The places of one dimension in single precision.
#[derive(Clone, Copy, Debug)]
struct Float {
    step: f32,
    half_pixel_centers: bool,
    last: i32,
}

impl Float {
    fn new(axis: Axis) -> Self {
        let [input, output] = axis.steps().map(f32::from);
        let half_pixel_centers = axis.half_pixel_centers;
        Self { step: input / output, half_pixel_centers, last: axis.last() as i32 }
    }

    fn of(&self, position: usize) -> Place<f32> {
        let at = if self.half_pixel_centers {
            (position as f32 + 0.5) * self.step - 0.5
        } else {
            position as f32 * self.step
        };
        let first = within(libm::floorf(at) as i32, 0, self.last);
        let last = within(libm::ceilf(at) as i32, first, self.last);
        Place { first: first as usize, last: last as usize, part: at - first as f32 }
    }
}
