//! What the functions of depthwise convolutions take, and the checks of its lengths.

use core::ops::Range;

use crate::operands::{Factors, end, product};

/// The taps of a window of a depthwise convolution, in elements of input and filter.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Grid {
    /// 0: rows of taps, at least 1.
    pub rows: usize,
    /// 4: taps in each row, at least 1.
    pub columns: usize,
    /// 8: from row to row, in input and filter.
    pub row: [usize; 2],
    /// 16: from tap to tap within a row, in input and filter.
    pub column: [usize; 2],
}

impl Grid {
    /// Whether all taps lie within slices of these lengths of input and filter, for so many
    /// channels.
    pub(crate) fn is_within(&self, [input, filter]: [usize; 2], channels: usize) -> bool {
        let ([row, filter_row], [column, filter_column]) = (self.row, self.column);
        end([self.rows, row], [self.columns, column], channels) <= input
            && end([self.rows, filter_row], [self.columns, filter_column], channels) <= filter
    }

    /// From behind the last tap of a row to the first of the next, in input and filter.
    #[cfg(any(bantam_dsp, bantam_riscv, bantam_thumb1))]
    pub(crate) fn skips(&self) -> [usize; 2] {
        let skip = |row: usize, column: usize| row.wrapping_sub(self.columns.wrapping_mul(column));
        [skip(self.row[0], self.column[0]), skip(self.row[1], self.column[1])]
    }
}

/// Whether loops compute windows of so many channels: a multiple of 4 but 0.
#[inline(always)] // two comparisons
pub(crate) fn is_for_loops(channels: usize) -> bool {
    channels != 0 && channels.is_multiple_of(4)
}

/// A row of a depthwise convolution with a window of 3 × 3, each of whose channels has one filter.
///
/// With stride 1 there is a column of padding on either side, and as many outputs as inputs; with
/// stride 2 there is one on the right, and half as many.
#[derive(Clone, Copy, Debug)]
pub struct DepthwiseRow<'a> {
    /// The inputs under the rows of the window that lie in the image.
    pub input: &'a [i8],
    /// From row to row of the input: even, if there are two.
    pub row: usize,
    /// From pixel to pixel of input and output, and from tap to tap of the filter.
    pub pixel: usize,
    /// Pixels of a row of the input.
    pub width: usize,
    /// The first row of the window that lies in the image, and how many do: 2 or 3.
    pub rows: [usize; 2],
    /// 1, or 2.
    pub stride: usize,
    /// The weights in all rows.
    pub filter: &'a [i8],
    /// Four little-endian bytes for each channel.
    pub bias: &'a [[u8; 4]],
    /// The zero point of the input, which padding has.
    pub zero_point: i16,
}

/// What some channels of a [`DepthwiseRow`] have, from the first that is computed on.
#[derive(Clone, Copy, Debug)]
pub struct RowChannels<'a> {
    /// What makes outputs of sums: none of the long way.
    pub factors: Factors<'a>,
    /// Filters and biases as [`pack`](crate::portable::pack) makes them, where loops
    /// [want that](crate::PACKS).
    pub packed: &'a [Packed],
}

impl DepthwiseRow<'_> {
    /// Whether there are inputs and factors for `channels`, one at least, and room for so many
    /// outputs; and whether they are as the loops want them. If so, which row is missing: 0 for
    /// none, 1 for the first, 2 for the last.
    #[inline(always)] // size: one caller
    pub(crate) fn missing(
        &self,
        channels: &Range<usize>,
        factors: &Factors<'_>,
        output: usize,
    ) -> Option<usize> {
        let missing = match self.rows {
            [0, 3] => 0,
            [1, 2] => 1,
            [0, 2] => 2,
            _ => return None,
        };
        let stride_two = usize::from(self.stride == 2);
        let is_odd = stride_two & self.width | usize::from(missing != 0) & self.row;
        let outputs = self.width >> stride_two;
        let rows = self.rows[1];
        let fits = matches!(self.stride, 1 | 2)
            && is_odd & 1 == 0
            && !channels.is_empty()
            && end([rows, self.row], [self.width, self.pixel], channels.end) <= self.input.len()
            && end([outputs, self.pixel], [1, 0], channels.end) <= output
            && factors.is_short
            && factors.are_for(channels.len());
        fits.then_some(missing)
    }

    /// Whether there are filters and biases up to channel `channels`.
    pub(crate) fn has_filters(&self, channels: usize) -> bool {
        end([3, product(self.pixel, 3)], [3, self.pixel], channels) <= self.filter.len()
            && channels <= self.bias.len()
    }
}

/// Filter and bias of a channel of a depthwise convolution with a window of 3 × 3, as the loops of
/// the DSP extension want them. The lower half of a word comes first:
///
/// | word | |
/// |---|---|
/// | 0 to 2 | twice the weights of rows 0 and 1 in each column |
/// | 3 | twice the weights of row 2 in columns 0 and 1 |
/// | 4 | the shift, less one; twice the weight of row 2 in column 2 |
/// | 5 | twice the bias, less twice the sum of the weights times the input's zero point |
pub type Packed = [u32; 6];
