//! What the functions work on, and the checks of its lengths.
/// Pixels that are multiplied at a time.
pub const PIXELS: usize = 4;

/// Filters that [`dots`](crate::dots) multiplies at a time.
pub const DOTS: usize = 4;

/// How many fours of filters that are `depth` apart have weights for so many inputs; 0 for none.
pub(crate) fn fours_of_filters(inputs: usize, weights: usize, depth: usize) -> usize {
    match weights.checked_sub(inputs) {
        Some(rest) if inputs > 0 && depth > 0 => (rest / depth + 1) / DOTS,
        _ => 0,
    }
}

/// Pixels that are multiplied at a time where [`FIVE`](crate::FIVE).
pub const PIXELS_AND_ONE: usize = PIXELS + 1;

/// `a · b`, or `usize::MAX` where that is more.
pub(crate) const fn product(a: usize, b: usize) -> usize {
    // Without a product of 64 bits this would take dozens of instructions for small numbers, too.
    if cfg!(bantam_thumb1) && (a | b) >> (usize::BITS / 2) == 0 {
        return a.wrapping_mul(b);
    }
    a.saturating_mul(b)
}

/// Inputs of a pixel in groups that lie together in a patch, and words for such a group.
pub(crate) const GROUP: [usize; 2] = if cfg!(bantam_thumb1) { [1, 1] } else { [4, 2] };

/// Words of a patch for `depth` inputs of each of `pixels` pixels.
pub const fn patch_len(pixels: usize, depth: usize) -> usize {
    let [inputs, words] = GROUP;
    product(depth.div_ceil(inputs).saturating_mul(words), pixels)
}

/// Inputs of each of `pixels` pixels that a patch of so many words has room for; 0 for no pixels.
pub const fn patch_depth(pixels: usize, words: usize) -> usize {
    let [inputs, of_group] = GROUP;
    match words.checked_div(product(of_group, pixels)) {
        Some(groups) => groups.saturating_mul(inputs),
        None => 0,
    }
}

/// The end of the last of some pieces of `len` elements, which lie in rows and columns, each with
/// how many there are and how far they are apart. `usize::MAX`, which no slice has, if there are
/// none.
#[inline(never)] // size: one copy for all functions
pub(crate) fn end([rows, row]: [usize; 2], [columns, column]: [usize; 2], len: usize) -> usize {
    let (Some(rows), Some(columns)) = (rows.checked_sub(1), columns.checked_sub(1)) else {
        return usize::MAX;
    };
    let last = product(rows, row).saturating_add(product(columns, column));
    last.saturating_add(len)
}

/// Inputs in a patch, and the weights that they are multiplied with.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The patch. Halves beyond `len` that share a word with others are 0.
    pub patch: &'a [i32],
    /// Inputs of each pixel.
    pub len: usize,
    /// The weights of the first filter under these inputs, and so on.
    pub weights: &'a [i8],
    /// From one filter to the next.
    pub depth: usize,
}

impl Part<'_> {
    /// Whether there are inputs of `pixels` pixels and weights of `filters` filters, and at least
    /// one of each.
    pub(crate) fn is_for(&self, pixels: usize, filters: usize) -> bool {
        self.len != 0
            && self.depth >= self.len
            && end([filters, self.depth], [1, 0], self.len) <= self.weights.len()
            && patch_len(pixels, self.len) <= self.patch.len()
    }
}

/// Filters of [`dense_pairs`](crate::dense_pairs) that lie together: four pairs.
pub const PAIRED: usize = 8;

/// The inputs of a fully connected layer, and its weights.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'a> {
    /// The inputs: at least 1.
    pub input: &'a [i8],
    /// Their zero point.
    pub zero_point: i16,
    /// The weights, one filter after the other: as many of each as there are inputs.
    pub weights: &'a [i8],
}

impl Dense<'_> {
    /// Whether there are so many filters, at least one of them, and inputs.
    pub(crate) fn has(&self, filters: usize) -> bool {
        let needed = product(filters, self.input.len());
        needed != 0 && needed <= self.weights.len()
    }

    /// Whether there are so many filters in pairs, from a multiple of four on.
    pub(crate) fn has_pairs(&self, filters: usize) -> bool {
        self.has(filters)
            && filters.is_multiple_of(PAIRED)
            && self.input.len().is_multiple_of(4)
            && self.weights.as_ptr().addr().is_multiple_of(4)
    }
}

/// What lies under the windows of [`PIXELS`] pixels: rows of inputs, equally far apart.
#[derive(Clone, Copy, Debug)]
pub struct Windows<'a, T = i8> {
    /// The inputs.
    pub input: &'a [T],
    /// Where the windows of the pixels begin.
    pub pixels: [usize; PIXELS],
    /// From row to row of a window.
    pub row: usize,
    /// Inputs of a row of a window: at least 1.
    pub run: usize,
}

impl<T> Windows<'_, T> {
    /// Whether inputs `from..from + len` of each window and all of their rows lie within the slice;
    /// and at least one input.
    pub(crate) fn have(&self, part: [usize; 2]) -> bool {
        let end = end_of_rows(part, [self.row, self.run]);
        let fits = |room: usize| self.pixels.iter().all(|&pixel| pixel <= room);
        self.input.len().checked_sub(end).is_some_and(fits)
    }

    /// The row and the column of input `from` of a window.
    #[inline(always)] // a division
    pub(crate) fn place(&self, from: usize) -> [usize; 2] {
        let row = from.checked_div(self.run).unwrap_or(0);
        [row, from.wrapping_sub(row.wrapping_mul(self.run))]
    }
}

/// The end of the last row that inputs `from..from + len` of a window have something of;
/// `usize::MAX`, which no slice has, if there are none.
fn end_of_rows([from, len]: [usize; 2], [row, run]: [usize; 2]) -> usize {
    match from.saturating_add(len).saturating_sub(1).checked_div(run) {
        Some(last) if len != 0 => end([last.saturating_add(1), row], [1, 0], run),
        _ => usize::MAX,
    }
}

/// What lies under the window of one pixel: runs of inputs, in rows and columns.
#[derive(Clone, Copy, Debug)]
pub struct Runs<'a> {
    /// The inputs.
    pub input: &'a [i8],
    /// Where the first run begins: among the inputs, and in the window.
    pub first: [usize; 2],
    /// From row to row, of both. Distances may be negative: they wrap.
    pub rows: [usize; 2],
    /// From run to run within a row, of both.
    pub columns: [usize; 2],
    /// Rows, and runs in each.
    pub count: [usize; 2],
    /// Inputs of a run.
    pub len: usize,
}

impl Runs<'_> {
    /// Calls `take` with the pieces of runs that lie within inputs `from..from + len` of the
    /// window: where a piece begins behind `from`, and its inputs.
    #[inline(always)] // one caller each
    pub(crate) fn each_within(&self, [from, len]: [usize; 2], mut take: impl FnMut(usize, &[i8])) {
        let (len, run) = (len as isize, self.len as isize);
        let [mut row, mut row_at] = self.first;
        row_at = row_at.wrapping_sub(from);
        for _ in 0..self.count[0] {
            let (mut place, mut at) = (row, row_at);
            for _ in 0..self.count[1] {
                // What the part has of this run.
                let before = 0.max((at as isize).wrapping_neg());
                let behind = run.min(len.wrapping_sub(at as isize));
                if before < behind {
                    let begin = place.wrapping_add(before as usize);
                    let piece = self.input.get(begin..).unwrap_or_default();
                    if let Some(piece) = piece.get(..(behind - before) as usize) {
                        take(at.wrapping_add(before as usize), piece);
                    }
                }
                place = place.wrapping_add(self.columns[0]);
                at = at.wrapping_add(self.columns[1]);
            }
            row = row.wrapping_add(self.rows[0]);
            row_at = row_at.wrapping_add(self.rows[1]);
        }
    }
}

/// The row and the column of input `from` of a window, of whose rows each has `run` inputs.
#[cfg(any(bantam_dsp, bantam_thumb1))]
#[inline(always)] // a division
pub(crate) fn place(from: usize, run: usize) -> [usize; 2] {
    let row = from.checked_div(run).unwrap_or(0);
    [row, from.wrapping_sub(row.wrapping_mul(run))]
}

/// Pixels of a convolution whose windows are equally far apart.
#[derive(Clone, Copy, Debug)]
pub struct Groups<'a> {
    /// The inputs.
    pub input: &'a [i8],
    /// Pixels: at least 1.
    pub count: usize,
    /// The first of those whose windows lie within the input, and the end of them.
    pub inside: [usize; 2],
    /// Where the window of the first of them begins.
    pub first: usize,
    /// From window to window.
    pub step: usize,
    /// From row to row of a window.
    pub row: usize,
    /// Inputs of a row of a window: at least 1.
    pub run: usize,
    /// The zero point of the input.
    pub zero_point: i16,
}

/// What takes over inputs of a pixel whose window does not lie within the input, or of one that is
/// computed by itself. It gets the patch; the pixels that this has, and which of them it is; the
/// pixel; where the inputs begin in the window, and how many they are.
pub type Edge<'e> = dyn FnMut(&mut [i32], [usize; 2], usize, [usize; 2]) + 'e;

/// Filters of a convolution.
#[derive(Clone, Copy, Debug)]
pub struct Filters<'a> {
    /// The weights, one filter after the other.
    pub weights: &'a [i8],
    /// Weights of each filter that lie under inputs.
    pub len: usize,
    /// From one filter to the next.
    pub depth: usize,
    /// Four little-endian bytes for each channel.
    pub bias: &'a [[u8; 4]],
    /// Filters, which are output channels: at least 1.
    pub channels: usize,
}

impl Groups<'_> {
    /// How many pixels are taken five at a time, and not four: as many as there can be, if their
    /// inputs are whole words that all fit in a patch of so many words. Fours may overlap.
    #[cfg(bantam_dsp)]
    pub(crate) fn in_fives(&self, filters: &Filters<'_>, patch: usize) -> usize {
        let are_words = (filters.len | self.run).is_multiple_of(4);
        let fits = filters.len <= patch_depth(PIXELS_AND_ONE, patch);
        let in_fours = PIXELS * (self.count.wrapping_mul(PIXELS) % PIXELS_AND_ONE);
        if are_words && fits { self.count.saturating_sub(in_fours) } else { 0 }
    }

    /// How many inputs of each pixel are taken at a time: all that a patch of so many words has
    /// room for. `None` if slices are too short, or if there are no sums for several parts.
    #[inline(always)] // stack: one caller
    pub(crate) fn part_len(
        &self,
        filters: &Filters<'_>,
        [patch, sums]: [usize; 2],
        outputs: &Outputs<'_>,
    ) -> Option<usize> {
        let &Filters { weights, len, depth, bias, channels } = filters;
        let most = patch_depth(PIXELS, patch);
        let [begin, behind] = self.inside;
        // Of each window whole rows, and none without inputs.
        let rows = len.wrapping_add(self.run.wrapping_sub(1)).checked_div(self.run).unwrap_or(0);
        let [rows, pixels] = [[rows, self.row], [behind.saturating_sub(begin), self.step]];
        let are_there = len != 0
            && most != 0
            && depth >= len
            && self.count != 0
            && behind <= self.count
            && (begin >= behind
                || end(rows, pixels, self.run).saturating_add(self.first) <= self.input.len())
            && end([channels, depth], [1, 0], len) <= weights.len()
            && end([self.count, outputs.stride], [1, 0], channels) <= outputs.output.len()
            && bias.len() >= channels
            && outputs.factors.are_for(channels)
            && (len <= most || sums >= channels);
        are_there.then_some(most)
    }
}

/// What makes outputs of sums: for a sum `s` of channel `c`, with `n` its shift,
///
/// ```text
/// output = clamp(zero_point + round(round(s · multipliers[c] / 2^31) / 2^n))
/// ```
///
/// rounded twice as TFLite does: this is `SaturatingRoundingDoublingHighMul` and
/// `RoundingDivideByPOT` of gemmlowp's `fixedpoint.h`. A sum that is shifted to the left is so
/// before it is multiplied, without the bits that are too many.
#[derive(Clone, Copy, Debug)]
pub struct Factors<'a> {
    /// Significands, with the binary point above bit 31; not negative.
    pub multipliers: &'a [i32],
    /// Bits to shift, as [`shift`] makes them.
    pub shifts: &'a [u8],
    /// Added to what is scaled.
    pub zero_point: i8,
    /// Whether none of them is one of the long way.
    pub is_short: bool,
}

/// The bit of a shift for whose sums the short way is not exact.
const WIDE: u8 = 0x80;

/// The bit of a shift to the left, or of none.
pub(crate) const LEFT: u8 = 0x40;

/// The largest shift of the short way, less one.
const MOST: u32 = 22;

/// An element of [`Factors::shifts`], for a shift of `right` bits to the right, or of `-right` bits
/// to the left, and sums that are not above `bound` in absolute value.
///
/// The short way takes half of the instructions. It is for sums between -2^30 and 2^30 and shifts
/// of 1 to 23 bits.
#[inline(always)]
pub const fn shift(right: i32, bound: u32) -> u8 {
    let less_one = right.wrapping_sub(1) as u32;
    if less_one > 30 {
        let left = right.wrapping_neg();
        // Of larger shifts only the lowest five bits count, and that they are larger.
        return LEFT | if left > 31 { 32 } else { 0 } | (left & 31) as u8;
    }
    let is_wide = less_one > MOST || bound >= 1 << 30;
    if is_wide { less_one as u8 | WIDE } else { less_one as u8 }
}

/// Whether [`dense`](crate::dense) takes a factor with a shift of so many bits to the right,
/// whatever the sums: those whose double saturates give outputs that saturate, too.
pub const fn is_for_any_sum(right: i32) -> bool {
    right >= 1 && right <= 21
}

/// Whether a shift is one of the long way.
pub const fn is_wide(shift: u8) -> bool {
    shift & (WIDE | LEFT) != 0
}

impl Factors<'_> {
    /// Whether there are factors for so many channels.
    pub(crate) fn are_for(&self, channels: usize) -> bool {
        channels <= self.multipliers.len() && channels <= self.shifts.len()
    }

    /// Whether there is one factor, which all channels have.
    #[inline(always)] // two comparisons
    pub(crate) fn is_one(&self) -> bool {
        self.multipliers.len() == 1 && self.shifts.len() == 1
    }

    /// Whether there are factors for so many channels, or one that all have.
    pub(crate) fn are_for_all(&self, channels: usize) -> bool {
        self.is_one() || self.are_for(channels)
    }

    /// Whether there are factors for so many channels of four pixels that are `stride` apart, and
    /// room for their outputs.
    pub(crate) fn are_for_four(&self, channels: usize, stride: usize, outputs: usize) -> bool {
        end([PIXELS, stride], [1, 0], channels) <= outputs && self.are_for(channels)
    }

    /// Half of the last bit that is shifted out, and the zero point in front of it, both to be
    /// shifted to the left by the channel's shift.
    #[cfg(any(bantam_dsp, bantam_thumb1))]
    pub(crate) fn round(&self) -> i32 {
        2 * i32::from(self.zero_point) + 1
    }
}

/// Where the outputs of several pixels go.
#[derive(Debug)]
pub struct Outputs<'a> {
    /// What makes outputs of sums.
    pub factors: Factors<'a>,
    /// From pixel to pixel; 0 where only those of the last pixel are to remain.
    pub stride: usize,
    /// The outputs from the first channel of the first pixel on.
    pub output: &'a mut [i8],
}
