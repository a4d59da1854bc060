//! Windows as runs of elements: where in input and filter the taps of a window lie.

use crate::target::VECTORS;
use crate::walk::window::{Span, Window, size};

/// The taps of one window that lie within the input, as runs that are contiguous in input and
/// filter.
///
/// Runs form a grid: rows of the window, and some in each row.
#[derive(Clone, Copy, Debug)]
pub struct Taps {
    /// The first run in input and filter.
    pub(crate) first: [usize; 2],
    /// From one row to the next, in input and filter.
    pub(crate) rows: [usize; 2],
    /// From one run to the next within a row, in input and filter.
    pub(crate) columns: [usize; 2],
    /// Rows, and runs in each.
    pub(crate) count: [usize; 2],
    /// Elements of a run.
    len: usize,
    /// Whether all taps of the filter lie within the input.
    whole: bool,
}

impl Taps {
    /// No taps.
    pub(crate) const NONE: Self =
        Self { first: [0; 2], rows: [0; 2], columns: [0; 2], count: [0; 2], len: 0, whole: false };

    /// A single run of `len` elements at the beginning of input and filter.
    pub(crate) fn one_run(len: usize) -> Self {
        Self { first: [0; 2], rows: [0; 2], columns: [0; 2], count: [1; 2], len, whole: true }
    }

    /// The taps under these rows and columns of a filter with so many channels, a run for each tap.
    #[inline(always)] // size: one caller
    pub(crate) fn new(window: &Window, rows: &Span, columns: &Span, channels: usize) -> Self {
        let (x, [row, column]) = (&window.x, window.steps(channels));
        let in_c = size(window.channels);
        let from = (rows.start * x.input() + columns.start) * in_c;
        let tap = (rows.first * x.filter() + columns.first) * channels;
        Self {
            first: [from, tap],
            rows: row,
            columns: column,
            count: [rows.taps, columns.taps],
            len: channels,
            whole: rows.taps * columns.taps == window.filter_area(),
        }
    }

    /// Runs at the places `first` of input and filter, `count` rows and columns of them, `rows` and
    /// `columns` apart. Distances may be negative: they wrap.
    pub(crate) fn grid(
        first: [usize; 2],
        rows: [usize; 2],
        columns: [usize; 2],
        count: [usize; 2],
        len: usize,
    ) -> Self {
        Self { first, rows, columns, count, len, whole: false }
    }

    /// Goes to channel `channel` of the input.
    #[inline(always)] // one instruction
    pub(crate) fn begin_at(&mut self, channel: usize) {
        self.first[0] = self.first[0].wrapping_add(channel);
    }

    /// Makes one run of those of each row, if they follow each other in input and filter.
    #[inline(always)] // a few instructions
    pub(crate) fn join(&mut self) {
        let [input, filter] = self.columns;
        if input == filter && filter == self.len {
            self.len = filter * core::mem::replace(&mut self.count[1], 1);
        }
    }

    /// Elements of a run.
    #[inline(always)] // a field
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Elements of all runs.
    pub(crate) fn elements(&self) -> usize {
        self.count[0].wrapping_mul(self.count[1]).wrapping_mul(self.len)
    }

    /// Whether all taps of the filter lie within the input.
    #[inline(always)] // a field
    pub(crate) fn is_whole(&self) -> bool {
        self.whole
    }

    /// Calls `f` with the place of each run in input and filter, from the given channels of both
    /// on, in the order of the input.
    #[inline(always)] // the closure is the inner loop of its caller
    pub(crate) fn for_each(
        &self,
        [input_channel, filter_channel]: [usize; 2],
        mut f: impl FnMut(usize, usize),
    ) {
        let [mut from, mut tap] = self.first;
        (from, tap) = (from.wrapping_add(input_channel), tap.wrapping_add(filter_channel));
        for _ in 0..self.count[0] {
            let (mut input, mut filter) = (from, tap);
            for run in 0..self.count[1] {
                if VECTORS {
                    // As products: LLVM would keep the two sums in one vector register, and take
                    // them out of it for each run.
                    input = from.wrapping_add(run.wrapping_mul(self.columns[0]));
                    filter = tap.wrapping_add(run.wrapping_mul(self.columns[1]));
                }
                f(input, filter);
                input = input.wrapping_add(self.columns[0]);
                filter = filter.wrapping_add(self.columns[1]);
            }
            from = from.wrapping_add(self.rows[0]);
            tap = tap.wrapping_add(self.rows[1]);
        }
    }
}

/// The windows of one row of the output.
#[derive(Clone, Copy, Debug)]
pub struct RowWindows<'w> {
    pub(crate) window: &'w Window,
    /// Rows of the window that lie within the image.
    pub(crate) rows: Span,
    channels: usize,
}

impl<'w> RowWindows<'w> {
    /// The windows of output row `row`, with a filter of so many channels.
    #[inline(never)] // size: one copy for all kernels
    pub(crate) fn new(window: &'w Window, row: usize, channels: usize) -> Self {
        Self { window, rows: window.row_span(row), channels }
    }

    /// Channels of the filter.
    #[cfg(any(test, all(feature = "mve", target_arch = "arm")))]
    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    /// Pixels of the row.
    pub(crate) fn len(&self) -> usize {
        self.window.x.output()
    }

    /// The taps of pixel `at` from a channel of the input on, as few runs.
    #[inline(always)] // a call
    pub(crate) fn runs(&self, at: usize, channel: usize) -> Taps {
        self.taps_from(at, channel, true)
    }

    /// The taps of pixel `at`.
    #[inline(always)] // a call
    pub(crate) fn taps(&self, at: usize) -> Taps {
        self.taps_from(at, 0, false)
    }

    /// The taps of pixel `at` from a channel of the input on, as few runs if they are joined.
    #[inline(never)] // stack: its spans are not needed while the pixel is computed
    fn taps_from(&self, at: usize, channel: usize, are_joined: bool) -> Taps {
        let columns = &self.window.x.span_at(at);
        let mut taps = Taps::new(self.window, &self.rows, columns, self.channels);
        taps.begin_at(channel);
        if are_joined {
            taps.join();
        }
        taps
    }

    /// [`Self::taps`], where they are to stay.
    #[inline(never)] // stack: as above
    pub(crate) fn put_taps(&self, at: usize, taps: &mut Taps) {
        *taps = Taps::new(self.window, &self.rows, &self.window.x.span_at(at), self.channels);
    }
}

/// Output channels that a convolution computes together: some of one group, one block after the
/// other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocks {
    channels: usize,
    group_len: usize,
    most: usize,
    first: usize,
    /// Whether the last one comes first; `channels` are those that are left then.
    is_reversed: bool,
}

/// Some output channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    /// The first, and how many.
    pub(crate) first: usize,
    pub(crate) len: usize,
    /// The group that they belong to.
    pub(crate) group: usize,
}

impl Blocks {
    /// All channels, in groups of `group_len`, at most `most` at a time.
    #[inline(always)] // four registers
    pub(crate) fn new([channels, group_len, most]: [usize; 3]) -> Self {
        Self {
            channels,
            group_len: group_len.max(1),
            most: most.max(1),
            first: 0,
            is_reversed: false,
        }
    }

    /// The same, the last one first in every other row, if all channels are of one group: what the
    /// row before it ended with is still selected.
    #[inline(always)] // a comparison
    pub(crate) fn of_row(self, row: usize) -> Self {
        Self { is_reversed: row % 2 == 1 && self.group_len == self.channels, ..self }
    }
}

impl Iterator for Blocks {
    type Item = Block;

    #[inline(always)] // stack: the state of its caller's loop
    fn next(&mut self) -> Option<Block> {
        if self.is_reversed {
            let last = self.channels.checked_sub(1)?;
            let first = last - last % self.most;
            let len = self.channels - first;
            self.channels = first;
            return Some(Block { first, len, group: 0 });
        }
        let (first, group) = (self.first, self.first / self.group_len);
        let rest = self.channels.checked_sub(first).filter(|&rest| rest > 0)?;
        let in_group = self.group_len - (first - group * self.group_len);
        let len = self.most.min(in_group).min(rest);
        self.first = first + len;
        Some(Block { first, len, group })
    }
}

/// A row of outputs from pixel `at` on.
#[inline(always)] // one instruction and a check
pub(crate) fn from_pixel<T>(output: &mut [T], at: usize, channels: usize) -> &mut [T] {
    output.get_mut(at.wrapping_mul(channels)..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::Blocks;

    #[test]
    fn every_other_row_has_the_same_blocks_from_the_last_on() {
        let blocks = |row, sizes| -> Vec<_> {
            Blocks::new(sizes).of_row(row).map(|block| (block.first, block.len)).collect()
        };
        assert_eq!(blocks(0, [10, 10, 4]), [(0, 4), (4, 4), (8, 2)]);
        assert_eq!(blocks(1, [10, 10, 4]), [(8, 2), (4, 4), (0, 4)]);
        assert_eq!(blocks(1, [8, 8, 4]), [(4, 4), (0, 4)]);
        assert_eq!(blocks(1, [0, 0, 4]), []);
        // Groups keep their order.
        assert_eq!(blocks(1, [6, 3, 2]), [(0, 2), (2, 1), (3, 2), (5, 1)]);
    }
}
