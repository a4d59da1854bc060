//! What the functions of depthwise convolutions take, and the checks of its lengths.

use core::ops::Range;

use crate::operands::{Factors, end, product};

/// The taps of a window of a depthwise convolution, in elements of input and filter.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    /// Rows of taps: at least 1.
    pub rows: usize,
    /// Taps in each row: at least 1.
    pub columns: usize,
    /// From row to row, in input and filter.
    pub row: [usize; 2],
    /// From tap to tap within a row, in input and filter.
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
    #[cfg(any(bantam_dsp, bantam_thumb1))]
    pub(crate) fn skips(&self) -> [usize; 2] {
        let skip = |row: usize, column: usize| row.wrapping_sub(self.columns.wrapping_mul(column));
        [skip(self.row[0], self.column[0]), skip(self.row[1], self.column[1])]
    }
}

/// What becomes of the sums of a window of a depthwise convolution, a multiple of 4 of them.
#[derive(Debug)]
pub enum Sums<'a> {
    /// They are added to these.
    Added(&'a mut [i32]),
    /// Outputs are made of them. No factor is one of the long way.
    Scaled {
        /// What they begin with: four little-endian bytes for each channel.
        bias: &'a [[u8; 4]],
        /// What makes outputs of them.
        factors: &'a Factors<'a>,
        /// The outputs.
        output: &'a mut [i8],
    },
}

impl Sums<'_> {
    /// How many they are, if there is what they need, and a multiple of 4 but 0.
    pub(crate) fn channels(&self) -> Option<usize> {
        let (channels, is_there) = match self {
            Self::Added(sums) => (sums.len(), true),
            Self::Scaled { bias, factors, output } => {
                let channels = output.len();
                (channels, channels <= bias.len() && factors.are_for(channels))
            }
        };
        (is_there && channels != 0 && channels.is_multiple_of(4)).then_some(channels)
    }
}

/// A row of a depthwise convolution with a window of 3 × 3, each of whose channels has one filter.
///
/// With stride 1 there is a column of padding on either side, and as many outputs as inputs; with
/// stride 2 there is one on the right, and half as many. No factor may be one of the long way.
/// Factors begin with the first channel that is computed, all else with the first that there is.
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
    /// What [`pack`](crate::portable::pack) makes of both, for
    /// [`packed_row`](crate::portable::packed_row).
    pub packed: &'a [Packed],
    /// What makes outputs of sums.
    pub factors: Factors<'a>,
    /// The zero point of the input, which padding has.
    pub zero_point: i16,
}

impl DepthwiseRow<'_> {
    /// Whether there are inputs and factors for `channels`, one at least, and room for so many
    /// outputs; and whether they are as the loops want them.
    pub(crate) fn is_for(&self, channels: &Range<usize>, output: usize) -> bool {
        let outputs = match self.stride {
            1 => self.width,
            2 if self.width.is_multiple_of(2) => self.width / 2,
            _ => return false,
        };
        let [above, rows] = self.rows;
        let rows_fit = match (above, rows) {
            (0, 3) => true,
            (0 | 1, 2) => self.row.is_multiple_of(2),
            _ => false,
        };
        rows_fit
            && !channels.is_empty()
            && end([rows, self.row], [self.width, self.pixel], channels.end) <= self.input.len()
            && end([outputs, self.pixel], [1, 0], channels.end) <= output
            && self.factors.is_short
            && self.factors.are_for(channels.len())
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
