//! The pixels of a row that no padding lies under.

use core::ops::Range;

use crate::walk::taps::{RowWindows, Taps};
use crate::walk::window::size;

/// The pixels of a row whose windows lie within the columns of the input.
pub(super) struct Inside {
    pub(super) pixels: Range<usize>,
    /// The taps of the first of them.
    pub(super) taps: Taps,
    /// Elements of the input from one window to the next.
    pub(super) step: usize,
}

impl Inside {
    /// Of a row each of whose rows of taps is one run; none, where it is not.
    pub(super) fn new(windows: &RowWindows<'_>, channel: usize) -> Self {
        let mut pixels = pixels(windows);
        let taps = windows.runs(pixels.start, channel);
        // Only rows that are one run each are taken over at once.
        if taps.count[1] != 1 || taps.elements() == 0 {
            pixels = 0..0;
        }
        Self { pixels, taps, step: step(windows) }
    }

    /// Of the `depth` weights of a filter those that lie under inputs: if some pixels are inside,
    /// whole rows.
    pub(super) fn range(&self, depth: usize) -> Range<usize> {
        if self.pixels.is_empty() {
            return 0..depth;
        }
        let tap = self.taps.first[1];
        tap..tap + self.taps.elements()
    }
}

/// The pixels whose windows lie within the columns of the input.
pub(super) fn pixels(windows: &RowWindows<'_>) -> Range<usize> {
    let axis = &windows.window.x;
    let (_, stride, pad) = axis.steps();
    let (stride, pad) = (size(stride), usize::from(pad));
    let reach = (axis.filter() - 1) * axis.dilation();
    // How far the first window could be moved.
    match (axis.input() + pad).checked_sub(reach + 1) {
        Some(room) => pad.div_ceil(stride)..axis.output().min(room / stride + 1),
        None => 0..0,
    }
}

/// Elements of the input from one window to the next.
pub(super) fn step(windows: &RowWindows<'_>) -> usize {
    let (_, stride, _) = windows.window.x.steps();
    size(stride) * size(windows.window.channels)
}
