//! Where a sliding window lies: strides, dilation and padding of the convolutions.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/padding.h` (`ComputePaddingHeightWidth`).

use core::ops::Range;

use crate::error::ParamsError;
use crate::walk::overlap::RowSizes;
use crate::walk::padding::Padding;
use crate::walk::shape::Nhwc;

/// Strides, dilation and padding of a convolution, as a model states them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowOptions {
    /// Treatment of the border.
    pub padding: Padding,
    /// Rows and columns from one window to the next: at least 1.
    pub stride: [i32; 2],
    /// Rows and columns from one tap of the filter to the next: at least 1.
    pub dilation: [i32; 2],
}

impl Default for WindowOptions {
    fn default() -> Self {
        Self { padding: Padding::Same, stride: [1, 1], dilation: [1, 1] }
    }
}

/// One dimension of a sliding window: size of image, result and filter; steps; padding before the
/// first element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C, align(4))]
pub struct Axis {
    input: u16,
    output: u16,
    filter: u16,
    stride: u16,
    dilation: u16,
    pad: u16,
}

/// A size of a prepared parameter block: never zero, whatever bytes the block was made from.
#[inline(always)] // one instruction
pub(crate) fn size(dim: u16) -> usize {
    usize::from(dim.max(1))
}

/// A stride, dilation or window that fits the 16 bits of a parameter block.
pub(crate) fn narrow(value: i32) -> Result<u16, ParamsError> {
    match u16::try_from(value) {
        Ok(size) if size > 0 => Ok(size),
        _ => Err(ParamsError::Dimension { value }),
    }
}

/// A padding that fits the 16 bits of a parameter block.
pub(crate) fn narrow_padding(padding: u32) -> Result<u16, ParamsError> {
    let value = i32::try_from(padding).unwrap_or(i32::MAX);
    u16::try_from(padding).map_err(|_| ParamsError::Dimension { value })
}

/// `a / b` rounded down, of dimensions, which are never zero.
#[inline(always)] // one instruction more than the division
pub(crate) fn quotient(a: u32, b: u32) -> u32 {
    a / b.max(1)
}

/// `Ok` if two dimensions that must agree do.
pub(crate) fn agree(expected: impl Into<u32>, actual: impl Into<u32>) -> Result<(), ParamsError> {
    let (expected, actual) = (expected.into(), actual.into());
    if expected == actual { Ok(()) } else { Err(ParamsError::ShapeMismatch { expected, actual }) }
}

/// The geometry of a convolution, which a model states in [`WindowOptions`].
// In place, so that one piece of code prepares nodes of all such kernels.
pub trait Sliding {
    /// Becomes the geometry of a convolution between these images: input, output and filter.
    ///
    /// # Errors
    ///
    /// Those of the kernel's `new`. The geometry is then unspecified.
    fn slide(&mut self, images: &[Nhwc; 3], options: &WindowOptions) -> Result<(), ParamsError>;
}

/// How many outputs there may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outputs {
    /// As many as the window calls for.
    All,
    /// Any number of windows that do not begin beyond the input.
    Within,
}

impl Axis {
    /// Not a window yet.
    pub(crate) const NONE: Self =
        Self { input: 1, output: 1, filter: 1, stride: 1, dilation: 1, pad: 0 };

    /// Becomes that of a window which moves as a model states it, if that leads from input to
    /// output.
    // In place, and so all that has axes: what is returned next to an error is moved more than
    // once.
    #[inline(never)]
    pub(crate) fn slide(
        &mut self,
        [input, output]: [u16; 2],
        [filter, stride, dilation]: [i32; 3],
        padding: Padding,
        outputs: Outputs,
    ) -> Result<(), ParamsError> {
        let (filter, stride, dilation) = (narrow(filter)?, narrow(stride)?, narrow(dilation)?);
        *self = Self { input, output, filter, stride, dilation, pad: 0 };
        let (input, output, stride) = (u32::from(input), u32::from(output), u32::from(stride));
        let reach = u32::from(filter - 1) * u32::from(dilation) + 1;
        let before = padding.before(input, reach, stride);
        // Beyond the input there are more than the window calls for.
        if outputs == Outputs::All || (output - 1) * stride >= input + before {
            agree(padding.output_len(input, reach, stride), output)?;
        }
        self.pad = narrow_padding(before)?;
        Ok(())
    }

    /// Taps of the filter, stride and padding.
    pub(crate) fn steps(self) -> (u16, u16, u16) {
        (self.filter, self.stride, self.pad)
    }

    pub(crate) fn input(self) -> usize {
        size(self.input)
    }

    pub(crate) fn output(self) -> usize {
        size(self.output)
    }

    pub(crate) fn filter(self) -> usize {
        size(self.filter)
    }

    pub(crate) fn dilation(self) -> usize {
        size(self.dilation)
    }

    /// The part of the window of output `o` that lies within the image.
    #[inline(always)] // the callers in loops keep its constants in registers
    pub(crate) fn span(self, o: usize) -> Span {
        let (filter, input, dilation) = (self.filter(), self.input(), self.dilation());
        let origin =
            (o as isize).wrapping_mul(self.stride as isize).wrapping_sub(self.pad as isize);
        let reach = (filter - 1) * dilation;
        if origin >= 0 && input.checked_sub(reach).is_some_and(|room| (origin as usize) < room) {
            return Span { first: 0, taps: filter, start: origin as usize };
        }
        let first = if origin < 0 { origin.unsigned_abs().div_ceil(dilation) } else { 0 };
        let start = origin.wrapping_add_unsigned(first.wrapping_mul(dilation)) as usize;
        let taps = input.saturating_sub(start).div_ceil(dilation);
        Span { first, taps: taps.min(filter.saturating_sub(first)), start }
    }

    /// [`Self::span`], in one place: for what is not asked often.
    #[inline(never)] // size: one copy for what is not asked often
    pub(crate) fn span_at(&self, o: usize) -> Span {
        self.span(o)
    }
}

/// The part of a window that lies within the image, along one dimension.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first tap within the image.
    pub(crate) first: usize,
    /// Taps within the image.
    pub(crate) taps: usize,
    /// The position in the image under the first tap.
    pub(crate) start: usize,
}

/// The geometry of a two-dimensional window over a batch of NHWC images.
// Like all that it is a part of: of whole words, which are moved in less code than halves are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C, align(4))]
pub struct Window {
    /// Rows.
    pub(crate) y: Axis,
    /// Columns.
    pub(crate) x: Axis,
    batches: u16,
    /// Channels of the input.
    pub(crate) channels: u16,
}

impl Window {
    /// Not a window yet.
    pub(crate) const NONE: Self = Self { y: Axis::NONE, x: Axis::NONE, batches: 1, channels: 1 };

    /// Becomes that of a filter which moves as a model states it, between images: input, output and
    /// filter.
    #[inline(never)] // size: one copy for all kernels with windows
    pub(crate) fn slide(
        &mut self,
        [input, output, filter]: &[Nhwc; 3],
        options: &WindowOptions,
    ) -> Result<(), ParamsError> {
        (self.batches, self.channels) = (input.batches(), input.channels());
        agree(self.batches, output.batches())?;
        let WindowOptions { padding, stride, dilation } = *options;
        let steps = [filter.height().into(), stride[0], dilation[0]];
        self.y.slide([input.height(), output.height()], steps, padding, Outputs::All)?;
        let steps = [filter.width().into(), stride[1], dilation[1]];
        self.x.slide([input.width(), output.width()], steps, padding, Outputs::All)
    }

    /// Makes one row of a few short ones, where outputs depend on one pixel each: backends compute
    /// four pixels of a row at a time. Joined are the fewest rows that have a multiple of four
    /// pixels, if these are at most four rows; else, of rows of less than four pixels, the fewest
    /// that have four, if these are at most eight. What may not overlap is then such a row.
    pub(crate) fn join_rows(&mut self) {
        let Self { y, x, .. } = self;
        let is_pointwise = |axis: &Axis| axis.steps() == (1, 1, 0) && axis.input == axis.output;
        if !is_pointwise(y) || !is_pointwise(x) {
            return;
        }
        let (rows, width) = (u32::from(y.input), u32::from(x.input));
        let mut joins = (1..=8_u32).filter(|&by| rows.is_multiple_of(by));
        let by = joins
            .clone()
            .find(|by| *by <= 4 && (by * width).is_multiple_of(4))
            .or_else(|| joins.find(|by| by * width >= 4));
        let Some(by) = by else { return };
        if let Ok(width) = u16::try_from(by * width) {
            (x.input, x.output) = (width, width);
            y.input = quotient(rows, by) as u16;
            y.output = y.input;
        }
    }

    /// Whether images and filter are one column, and no padding lies under a window.
    pub(crate) fn is_whole_column(&self) -> bool {
        let Self { y, x, .. } = self;
        x.input == 1 && x.filter == 1 && y.pad == 0 && y.span_at(y.output() - 1).taps == y.filter()
    }

    /// Rows of all images and of all results, whose pixels have so many channels.
    #[inline(never)] // size: one copy for all kernels
    pub(crate) fn sizes(&self, channels: usize) -> RowSizes {
        let (Self { y, x, .. }, batches) = (self, size(self.batches));
        // size: products of two sizes of 16 bits fit 32.
        RowSizes {
            input_rows: batches.wrapping_mul(y.input()),
            input_row_len: x.input().wrapping_mul(size(self.channels)),
            output_rows: batches.wrapping_mul(y.output()),
            // So do those of channels, whose number is a size of the output.
            output_row_len: x.output().wrapping_mul(channels),
        }
    }

    /// The rows of the image, counted over all batches, that are under the window of output row
    /// `row`, counted likewise.
    pub(crate) fn input_rows(&self, row: usize) -> Range<usize> {
        // size: nothing wraps for a row of the output, as products of two sizes of 16 bits fit 32.
        let first = (row / self.y.output()).wrapping_mul(self.y.input());
        let Span { taps, start, .. } = self.y.span_at(row % self.y.output());
        let Some(steps) = taps.checked_sub(1) else { return first..first };
        let start = first.wrapping_add(start);
        start..start.wrapping_add(steps.wrapping_mul(self.y.dilation())).wrapping_add(1)
    }

    /// The part of the window of output row `row` within the rows that [`Self::input_rows`] names.
    pub(crate) fn row_span(&self, row: usize) -> Span {
        Span { start: 0, ..self.y.span_at(row % self.y.output()) }
    }

    /// From row to row of the taps of a filter with so many channels, and from tap to tap, both in
    /// input and filter.
    #[inline(always)] // a few instructions
    pub(crate) fn steps(&self, channels: usize) -> [[usize; 2]; 2] {
        let (Self { y, x, .. }, in_c) = (self, size(self.channels));
        let row = [y.dilation() * x.input() * in_c, x.filter() * channels];
        [row, [x.dilation() * in_c, channels]]
    }

    /// Taps of the filter.
    pub(crate) fn filter_area(&self) -> usize {
        // Two sizes of 16 bits.
        self.y.filter().wrapping_mul(self.x.filter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows and pixels of each, of a window of so many taps and such a stride over an image.
    fn joined([rows, width]: [u16; 2], taps: u16, stride: i32) -> [usize; 2] {
        let image = |height: u16, width: u16| Nhwc::new([1, height.into(), width.into(), 1]);
        let outputs = [rows, width].map(|len| len.div_ceil(stride as u16));
        let images = [image(rows, width), image(outputs[0], outputs[1]), image(taps, taps)];
        let options = WindowOptions { stride: [stride; 2], ..WindowOptions::default() };
        let mut window = Window::NONE;
        window.slide(&images.map(Result::unwrap), &options).unwrap();
        window.join_rows();
        assert_eq!(
            [window.y.input, window.x.input],
            [window.y.output, window.x.output].map(|len| len * stride as u16)
        );
        [window.y.input(), window.x.input()]
    }

    #[test]
    fn short_rows_of_single_pixels_are_joined() {
        for (image, expected) in [
            ([6, 6], [3, 12]),
            ([48, 48], [48, 48]),
            ([24, 1], [6, 4]),
            ([30, 1], [6, 5]),
            ([3, 3], [1, 9]),
            ([25, 5], [25, 5]),
            ([7, 7], [7, 7]),
            ([11, 1], [11, 1]),
            ([65535, 65533], [65535, 65533]),
        ] {
            assert_eq!(joined(image, 1, 1), expected, "{image:?}");
        }
    }

    #[test]
    fn windows_of_several_pixels_keep_their_rows() {
        assert_eq!((joined([6, 6], 3, 1), joined([6, 6], 1, 2)), ([6, 6], [6, 6]));
    }
}
