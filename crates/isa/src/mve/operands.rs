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

/// Whether there are multipliers, shifts and slots for all biases, and at least one.
pub(super) fn can_arrange(
    biases: &[i32],
    multipliers: &[i32],
    shifts: &[u8],
    block: usize,
    constants: &[i32],
) -> bool {
    let count = biases.len();
    matches!(block, FOURS | SIXTEENS)
        && count != 0
        && count <= multipliers.len()
        && count <= shifts.len()
        && constants_len(count, block) <= constants.len()
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

/// The windows of a row of outputs, with their padding.
#[derive(Clone, Copy, Debug)]
pub struct Windows<'a> {
    /// The inputs, from the first column of the first row on that lies under the windows.
    pub input: &'a [i8],
    /// How many windows there are: at least 1.
    pub count: usize,
    /// Columns of the input.
    pub width: usize,
    /// Columns of padding in front of the first: fewer than a window reaches.
    pub pad: usize,
    /// Columns from window to window: at least 1.
    pub stride: usize,
    /// Columns from tap to tap: at least 1.
    pub dilation: usize,
    /// Taps of a row: at least 1.
    pub columns: usize,
    /// Rows of taps: above the image, in it (at least 1), and below.
    pub rows: [usize; 3],
    /// From column to column of the input.
    pub column: usize,
    /// From row to row of taps in the input.
    pub row: usize,
    /// Elements of a tap: at least 1.
    pub tap: usize,
    /// What lies under taps outside.
    pub zero_point: i8,
}

impl Windows<'_> {
    /// What [`Self::are_small`] compares with: products of two sizes do not overflow.
    const MOST: usize = (1 << 15) - 1;

    /// Whether no size is so large that the functions refuse it.
    pub fn are_small(&self) -> bool {
        let &Self { count, width, pad, stride, dilation, columns, rows: [a, b, c], .. } = self;
        count | width | pad | stride | dilation | columns | a | b | c <= Self::MOST
    }

    /// Taps of a window, if it is small.
    pub(super) fn taps(&self) -> usize {
        let [above, within, below] = self.rows;
        above.wrapping_add(within).wrapping_add(below).wrapping_mul(self.columns)
    }

    /// Columns from the first window to the last, and from the first tap of one to its last, if
    /// they are small.
    fn spans(&self) -> [usize; 2] {
        [
            self.count.wrapping_sub(1).wrapping_mul(self.stride),
            self.columns.wrapping_sub(1).wrapping_mul(self.dilation),
        ]
    }

    /// Whether they are small, each has a tap in the image, and all of the image that lies under
    /// them is there.
    pub(super) fn are_there(&self) -> bool {
        let &Self { count, width, pad, stride, dilation, columns, rows: [_, rows, _], .. } = self;
        let [last, reach] = self.spans();
        let is_empty = count == 0 || columns == 0 || rows == 0 || self.tap == 0;
        !is_empty
            && stride != 0
            && dilation != 0
            && self.are_small()
            && pad <= reach
            && last < width + pad
            && end([rows, self.row], [width, self.column], self.tap) <= self.input.len()
    }

    /// Whether the taps of a row of a window follow each other in the input.
    pub(super) fn are_joined(&self) -> bool {
        self.columns == 1 || self.dilation == 1 && self.tap == self.column
    }

    /// Whether each window is one piece of the input.
    pub(super) fn are_pieces(&self) -> bool {
        let [last, reach] = self.spans();
        self.rows == [0, 1, 0]
            && self.pad == 0
            && self.are_joined()
            && last.wrapping_add(reach) < self.width
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

/// Bytes of memory for windows with which [`convolve`](super::convolve) suits filters of so many
/// weights, and those with which it is fastest.
pub const fn window_len(depth: usize) -> [usize; 2] {
    match depth {
        0..=16 => [32, 32],
        17..=32 => [64, 64],
        _ if depth.is_multiple_of(16) => [depth, depth.saturating_mul(2)],
        _ => [depth, depth],
    }
}

impl Filters<'_> {
    /// Whether there are `len` weights of each filter, and at least one.
    pub(super) fn have(&self, len: usize) -> bool {
        len != 0 && end([self.channels, self.depth], [1, 0], len) <= self.weights.len()
    }

    /// Whether all inputs, weights, constants and outputs are there, and the memory that windows
    /// need.
    pub(super) fn are_for(&self, windows: &Windows<'_>, buffer: usize, out: &Outputs<'_>) -> bool {
        let [least, _] = window_len(self.depth);
        windows.are_there()
            && windows.taps().saturating_mul(windows.tap) == self.depth
            && self.have(self.depth)
            && (least <= buffer || windows.are_pieces())
            && out.are_for(windows.count, self.channels, FOURS)
    }
}

/// Filters of a depthwise convolution, each of whose channels has one.
#[derive(Clone, Copy, Debug)]
pub struct Taps<'a> {
    /// The weights, tap by tap, from the first channel on.
    pub filter: &'a [i8],
    /// From tap to tap.
    pub step: usize,
    /// Channels: a multiple of 4, and elements of a tap of the windows.
    pub channels: usize,
    /// Whether no weight is -128, as [`fold_taps`](super::fold_taps) says: then two products fit
    /// into 16 bits. Outputs are unspecified if this is set in spite of such a weight.
    pub is_symmetric: bool,
}

impl Taps<'_> {
    /// Whether there are so many taps.
    pub(super) fn have(&self, count: usize) -> bool {
        end([count, self.step], [1, 0], self.channels) <= self.filter.len()
    }

    /// Whether all inputs, weights, constants and outputs are there.
    pub(super) fn are_for(&self, windows: &Windows<'_>, out: &Outputs<'_>) -> bool {
        let channels = self.channels;
        channels != 0
            && channels.is_multiple_of(4)
            && channels == windows.tap
            && windows.are_there()
            && self.have(windows.taps())
            && out.are_for(windows.count, channels, SIXTEENS)
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
