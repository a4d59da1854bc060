//! What RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR share: images of two sizes, and their rows.

use core::ops::Range;

use crate::error::ParamsError;
use crate::walk::rows::{RowGeometry, RowSizes};
use crate::walk::shape::Nhwc;
use crate::walk::window::{agree, size};

/// How positions of the output are mapped to positions of the input, as a model states it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResizeOptions {
    /// The centres of the corner pixels of input and output coincide.
    pub align_corners: bool,
    /// Pixel centres lie at halves.
    pub half_pixel_centers: bool,
}

/// Geometry of an operator that gives images another height and width.
///
/// Tensors are NHWC. Every dimension is at most 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C, align(4))]
pub struct ResizeParams {
    batches: u16,
    channels: u16,
    input: [u16; 2],
    output: [u16; 2],
    align_corners: u16,
    half_pixel_centers: u16,
}

impl ResizeParams {
    /// Resizes `input` to `output`, both `[batches, height, width, channels]`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::ShapeMismatch`] if batches or channels differ.
    pub fn new(input: Nhwc, output: Nhwc, options: ResizeOptions) -> Result<Self, ParamsError> {
        agree(input.batches(), output.batches())?;
        agree(input.channels(), output.channels())?;
        Ok(Self {
            batches: input.batches(),
            channels: input.channels(),
            input: [input.height(), input.width()],
            output: [output.height(), output.width()],
            align_corners: options.align_corners.into(),
            half_pixel_centers: options.half_pixel_centers.into(),
        })
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        let [_, width] = self.output.map(size);
        self.output_rows().saturating_mul(width).saturating_mul(self.channels())
    }

    pub(crate) fn channels(&self) -> usize {
        size(self.channels)
    }

    /// The height (0) or the width (1).
    pub(crate) fn axis(&self, axis: usize) -> Axis {
        let of = |sizes: [u16; 2]| sizes.get(axis).map_or(1, |&n| n.max(1));
        Axis {
            input: of(self.input),
            output: of(self.output),
            align_corners: self.align_corners != 0,
            half_pixel_centers: self.half_pixel_centers != 0,
        }
    }

    /// Row `row` of the output, counted over all batches, as a row of its image.
    pub(crate) fn row_of_image(&self, row: usize) -> usize {
        let [height, _] = self.output.map(size);
        row % height.max(1)
    }

    fn output_rows(&self) -> usize {
        let [height, _] = self.output.map(size);
        size(self.batches).saturating_mul(height)
    }
}

/// One dimension of a resized image: sizes of at least 1, and how one is mapped to the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    input: u16,
    output: u16,
    pub(crate) align_corners: bool,
    pub(crate) half_pixel_centers: bool,
}

impl Axis {
    /// Numerator and denominator of the step in the input for a step in the output.
    pub(crate) fn steps(self) -> [u16; 2] {
        if self.align_corners && self.output > 1 {
            [self.input - 1, self.output - 1]
        } else {
            [self.input, self.output]
        }
    }

    /// Elements of the input.
    pub(crate) fn len(self) -> usize {
        self.input.into()
    }

    /// The last position of the input.
    pub(crate) fn last(self) -> usize {
        self.len() - 1
    }
}

/// A kernel that reads a few rows of an image for each row of the result: what its geometry needs.
pub(crate) trait ResizeRows {
    /// The sizes.
    fn params(&self) -> &ResizeParams;

    /// The rows of an image that row `row` of its result reads.
    fn source(&self, row: usize) -> Range<usize>;
}

impl<R: ResizeRows> RowGeometry for R {
    fn sizes(&self) -> RowSizes {
        let params = self.params();
        let ([height, input], [_, output]) = (params.input.map(size), params.output.map(size));
        RowSizes {
            input_rows: size(params.batches).saturating_mul(height),
            input_row_len: input.saturating_mul(params.channels()),
            output_rows: params.output_rows(),
            output_row_len: output.saturating_mul(params.channels()),
        }
    }

    fn input_rows(&self, row: usize) -> Range<usize> {
        let ([input, _], [output, _]) =
            (self.params().input.map(size), self.params().output.map(size));
        let first = (row / output.max(1)).saturating_mul(input);
        let rows = self.source(self.params().row_of_image(row));
        first.saturating_add(rows.start)..first.saturating_add(rows.end)
    }
}
