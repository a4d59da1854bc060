//! What the functions work on, and the checks of its lengths.

use crate::operands::end;

/// Channels of a block of constants for [`convolve`](super::convolve).
pub const FOURS: usize = 4;

/// Channels of a block of constants for [`depthwise`](super::depthwise).
pub const SIXTEENS: usize = 16;

/// Where the bias of a channel is in constants whose blocks have so many channels. A block has the
/// biases of its channels, then their multipliers, then their shifts; a block of sixteen has
/// channels 0, 4, 8 and 12 first, then 1, 5, 9 and 13, and so on.
pub const fn word(channel: usize, block: usize) -> usize {
    let within = channel % block;
    channel / block * 3 * block + within % 4 * (block / 4) + within / 4
}

/// Words for the constants of so many channels.
pub const fn constants_len(channels: usize, block: usize) -> usize {
    channels.div_ceil(block).saturating_mul(3 * block)
}

/// What makes outputs of sums: for a sum `s` of channel `c`, with `n` bits to the right,
///
/// ```text
/// output = clamp(zero_point + round(round((s + bias[c]) · multiplier[c] / 2^31) / 2^n))
/// ```
///
/// rounded twice as TFLite does: this is `SaturatingRoundingDoublingHighMul` and
/// `RoundingDivideByPOT` of gemmlowp's `fixedpoint.h`. It is exact for any sum, multipliers that
/// are not negative, and 1 to 31 bits.
#[derive(Clone, Copy, Debug)]
pub struct Channels<'a> {
    /// Bias, multiplier and shift of each channel, as [`word`] says; a shift to the right is
    /// negative.
    pub constants: &'a [i32],
    /// Added to what is scaled.
    pub zero_point: i8,
    /// The least and the greatest output.
    pub range: [i8; 2],
}

/// Where the outputs of several pixels go.
#[derive(Debug)]
pub struct Outputs<'a> {
    /// What makes outputs of sums.
    pub channels: Channels<'a>,
    /// From pixel to pixel.
    pub stride: usize,
    /// The outputs from the first channel of the first pixel on.
    pub output: &'a mut [i8],
}

impl Outputs<'_> {
    /// Whether there is room for `channels` of each of so many pixels, and constants.
    pub(super) fn are_for(&self, pixels: usize, channels: usize, block: usize) -> bool {
        end([pixels, self.stride], [1, 0], channels) <= self.output.len()
            && constants_len(channels, block) <= self.channels.constants.len()
    }
}

/// Pixels of a convolution, whose windows are equally far apart.
#[derive(Clone, Copy, Debug)]
pub struct Pixels<'a> {
    /// The inputs, from the first one under the first window on.
    pub input: &'a [i8],
    /// From window to window.
    pub step: usize,
    /// How many there are: at least 1.
    pub count: usize,
    /// Rows of a window, of which each is one run of inputs: at least 1.
    pub rows: usize,
    /// From row to row.
    pub row: usize,
    /// Inputs of a row: at least 1.
    pub run: usize,
}

/// Pieces of an input that lie under a window, in rows and columns.
#[derive(Clone, Copy, Debug)]
pub struct Pieces<'a> {
    /// The input, from the first piece on.
    pub input: &'a [i8],
    /// The place of the first piece in the window.
    pub to: usize,
    /// Rows, and pieces in each: at least 1.
    pub count: [usize; 2],
    /// From row to row, of the input and of the window.
    pub rows: [usize; 2],
    /// From piece to piece of a row, of the input and of the window.
    pub columns: [usize; 2],
    /// Elements of a piece: at least 1.
    pub len: usize,
}

impl Pieces<'_> {
    /// Whether all pieces lie within the input, and have a place in a window of that length.
    pub(super) fn fit(&self, window: usize) -> bool {
        let &Self { input, to, count: [rows, columns], len, .. } = self;
        let ([from_row, to_row], [from_column, to_column]) = (self.rows, self.columns);
        len != 0
            && end([rows, from_row], [columns, from_column], len) <= input.len()
            && end([rows, to_row], [columns, to_column], len).saturating_add(to) <= window
    }
}

/// Filters of a convolution.
#[derive(Clone, Copy, Debug)]
pub struct Filters<'a> {
    /// The weights that lie under inputs, from the first filter on.
    pub weights: &'a [i8],
    /// From filter to filter.
    pub depth: usize,
    /// Filters, which are output channels: at least 1.
    pub channels: usize,
}

impl Filters<'_> {
    /// Whether there are `len` weights of each filter, and at least one.
    pub(super) fn have(&self, len: usize) -> bool {
        len != 0 && end([self.channels, self.depth], [1, 0], len) <= self.weights.len()
    }
}

impl Pixels<'_> {
    /// Inputs under a window.
    pub(super) fn len(&self) -> usize {
        self.rows.saturating_mul(self.run)
    }

    /// Whether all inputs, weights, constants and outputs are there, and a buffer if one is needed:
    /// for windows of several rows.
    pub(super) fn are_for(&self, filters: &Filters<'_>, buffer: usize, out: &Outputs<'_>) -> bool {
        let last = end([self.rows, self.row], [1, 0], self.run);
        end([self.count, self.step], [1, 0], last) <= self.input.len()
            && filters.have(self.len())
            && (self.rows == 1 || self.len() <= buffer)
            && out.are_for(self.count, filters.channels, FOURS)
    }
}

/// Pixels of a depthwise convolution, each of whose channels has one filter.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// The inputs, from the first channel under the first tap of the first window on.
    pub input: &'a [i8],
    /// From window to window.
    pub step: usize,
    /// How many windows there are: at least 1.
    pub count: usize,
    /// Rows of taps, and taps in each: at least 1.
    pub taps: [usize; 2],
    /// From row to row of taps, and from tap to tap of a row.
    pub steps: [usize; 2],
    /// The weights, tap by tap, from the first channel on.
    pub filter: &'a [i8],
    /// From tap to tap of the filter.
    pub tap: usize,
    /// Channels: a multiple of 4.
    pub channels: usize,
}

impl Window<'_> {
    /// Whether all inputs, weights, constants and outputs are there.
    pub(super) fn is_for(&self, out: &Outputs<'_>) -> bool {
        let &Self { taps: [rows, columns], steps: [row, column], channels, .. } = self;
        let last = end([rows, row], [columns, column], channels);
        let taps = rows.saturating_mul(columns);
        channels != 0
            && channels.is_multiple_of(4)
            && end([self.count, self.step], [1, 0], last) <= self.input.len()
            && end([taps, self.tap], [1, 0], channels) <= self.filter.len()
            && out.are_for(self.count, channels, SIXTEENS)
    }
}

/// A fully connected layer: its filters follow each other.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'a> {
    /// One input for each weight of a filter: at least 1.
    pub input: &'a [i8],
    /// Weights of the first unit, of the second, and so on.
    pub weights: &'a [i8],
    /// Four little-endian bytes for each unit, or nothing at all.
    pub bias: &'a [[u8; 4]],
    /// Multiplier and bits to shift to the left, which are negative, of each unit; or one of each
    /// for all of them.
    pub factors: [&'a [i32]; 2],
    /// The zero point of the input, less than 127.
    pub input_zero_point: i8,
    /// The zero point of the output.
    pub zero_point: i8,
    /// The least and the greatest output.
    pub range: [i8; 2],
}

impl Dense<'_> {
    /// Whether weights, biases and factors are there for so many units.
    pub(super) fn is_for(&self, units: usize) -> bool {
        let depth = self.input.len();
        depth != 0
            && self.input_zero_point < i8::MAX
            && units.checked_mul(depth).is_some_and(|len| len <= self.weights.len())
            && (self.bias.is_empty() || units <= self.bias.len())
            && self.factors.iter().all(|factors| factors.len() == 1 || units <= factors.len())
            && self.factors[0].len() == self.factors[1].len()
    }
}
