//! RESIZE_NEAREST_NEIGHBOR: images of another size, each element the nearest one.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/resize_nearest_neighbor.h`
//! (`GetNearestNeighbor`, `ResizeNearestNeighbor`).

use core::ops::Range;

use crate::error::LengthMismatch;
use crate::resize::geometry::{Axis, ResizeParams, ResizeRows};
use crate::walk::chunks::{chunks_mut, copy};
use crate::walk::rows::{Activations, RowGeometry};
use crate::walk::rows::{RowKernel, run};

/// Gives images another size; elements may be of any type.
///
/// With `step` as the input's size over the output's, or `(input - 1) / (output - 1)` where corners
/// are aligned, and `offset` as a half where pixel centres lie at halves, position `i` of the
/// output is position
///
/// ```text
/// min(⌊(i + offset) · step⌋, input - 1)
/// ```
///
/// of the input, rounded half up instead of down where corners are aligned.
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
/// Positions are those of the reference, which computes them in single precision. Here it takes
/// integers only.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
///
/// ```
/// use bantam_kernels::Nhwc;
/// use bantam_kernels::resize::geometry::{ResizeOptions, ResizeParams};
/// use bantam_kernels::resize::resize_nearest_neighbor::resize_nearest_neighbor;
/// let (input, output) = (Nhwc::new([1, 1, 2, 1])?, Nhwc::new([1, 2, 5, 1])?);
/// let params = ResizeParams::new(input, output, ResizeOptions::default())?;
/// let mut output = [0; 10];
/// resize_nearest_neighbor(&params, (&[3, 7][..], &mut output[..]))?;
/// assert_eq!(output, [3, 3, 3, 7, 7, 3, 3, 3, 7, 7]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn resize_nearest_neighbor<'m, T: Copy + 'm>(
    params: &ResizeParams,
    activations: impl Into<Activations<'m, T>>,
) -> Result<(), LengthMismatch> {
    run(&mut NearestRows::new(params), activations.into())
}

/// The rows of [`resize_nearest_neighbor`], which cannot fail.
#[derive(Clone, Copy, Debug)]
pub struct NearestRows<'p> {
    params: &'p ResizeParams,
    rows: Nearest,
    columns: Nearest,
}

impl<'p> NearestRows<'p> {
    /// The rows of images of these sizes.
    pub fn new(params: &'p ResizeParams) -> Self {
        let [rows, columns] = [0, 1].map(|axis| Nearest::new(params.axis(axis)));
        Self { params, rows, columns }
    }
}

impl ResizeRows for NearestRows<'_> {
    fn params(&self) -> &ResizeParams {
        self.params
    }

    fn source(&self, row: usize) -> Range<usize> {
        let row = self.rows.of(row);
        row..row + 1
    }
}

impl<T: Copy> RowKernel<T> for NearestRows<'_> {
    fn geometry(&self) -> &dyn RowGeometry {
        self
    }

    fn row(&mut self, _row: usize, input: &[T], output: &mut [T]) {
        let channels = self.params.channels();
        for (x, pixel) in chunks_mut(output, channels).enumerate() {
            copy(input.get(self.columns.of(x) * channels..).unwrap_or(&[]), pixel);
        }
    }
}

/// Significant bits of a number in single precision.
const SIGNIFICANT: u32 = 24;

/// The nearest position of one dimension, computed with integers as single precision would have it.
#[derive(Clone, Copy, Debug)]
struct Nearest {
    /// The step is `significand / 2^shift`, and `significand` has 24 bits.
    significand: u64,
    shift: u32,
    half_pixel_centers: bool,
    rounds: bool,
    last: usize,
}

impl Nearest {
    fn new(axis: Axis) -> Self {
        let [numerator, denominator] = axis.steps().map(u64::from);
        // Of 16 bits each: the quotient has at least 26, the lowest of which may stand for all that
        // follow.
        let quotient = (numerator << 41) / denominator.max(1);
        let inexact = (numerator << 41) % denominator.max(1) != 0;
        let (significand, excess) = to_single(quotient | u64::from(inexact));
        Self {
            significand,
            shift: 41 - excess,
            half_pixel_centers: axis.half_pixel_centers,
            rounds: axis.align_corners,
            last: axis.last(),
        }
    }

    fn of(&self, position: usize) -> usize {
        let twice = 2 * position as u64 + u64::from(self.half_pixel_centers);
        // In 2^-(shift + 1): 17 bits times 24.
        let (significand, excess) = to_single(twice.wrapping_mul(self.significand));
        let half = u64::from(self.rounds) << self.shift;
        let nearest = ((significand << excess) + half) >> (self.shift + 1);
        (nearest as usize).min(self.last)
    }
}

/// `value` as a significand of at most 24 bits, rounded to nearest with ties to even, and the bits
/// that it is to be shifted left by.
fn to_single(value: u64) -> (u64, u32) {
    let excess = (u64::BITS - value.leading_zeros()).saturating_sub(SIGNIFICANT);
    let Some(below) = excess.checked_sub(1) else { return (value, 0) };
    let significand = value >> excess;
    let fraction = value & ((1 << excess) - 1);
    let up = fraction + (significand & 1) > 1 << below;
    (significand + u64::from(up), excess)
}
