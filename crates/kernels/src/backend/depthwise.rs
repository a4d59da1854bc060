//! The geometry of depthwise convolutions.

use crate::walk::taps::RowWindows;
use crate::walk::window::{Window, size};

/// The kind of a geometry with [usual rows](DepthwiseWindow::has_usual_rows).
const USUAL_ROWS: u16 = 1;

/// The kind of a geometry with [whole columns](DepthwiseWindow::has_whole_columns).
const WHOLE_COLUMNS: u16 = 2;

/// The geometry of a depthwise convolution: a window over images each of whose channels has
/// `multiplier` filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct DepthwiseWindow {
    pub(crate) window: Window,
    multiplier: u16,
    /// [`USUAL_ROWS`], [`WHOLE_COLUMNS`], or 0.
    kind: u16,
}

impl DepthwiseWindow {
    /// Such a geometry.
    pub(crate) fn new(window: Window, multiplier: u16) -> Self {
        let mut depthwise = Self { window, multiplier, kind: 0 };
        depthwise.choose(multiplier);
        depthwise
    }

    /// Takes over how many filters each channel has, and what follows of that and the window.
    pub(crate) fn choose(&mut self, multiplier: u16) {
        self.multiplier = multiplier;
        let x = &self.window.x;
        let (_, stride, pad) = x.steps();
        let are_usual = self.is_three_by_three()
            && u32::from(stride) + u32::from(pad) == 2
            && x.output() * usize::from(stride) == x.input();
        self.kind = match () {
            () if are_usual => USUAL_ROWS,
            () if multiplier == 1 && self.window.is_whole_column() => WHOLE_COLUMNS,
            () => 0,
        };
    }

    /// Filters of each channel of the input: at least 1.
    pub(crate) fn multiplier(&self) -> usize {
        size(self.multiplier)
    }

    /// Channels of the output.
    #[inline(never)] // size: a call is smaller
    pub(crate) fn channels(&self) -> usize {
        size(self.window.channels).saturating_mul(self.multiplier())
    }

    /// Taps of a filter.
    #[inline(never)] // size: a call is smaller
    pub(crate) fn area(&self) -> usize {
        self.window.filter_area()
    }

    /// Whether the window is 3 × 3 without dilation, and each channel has one filter.
    pub(crate) fn is_three_by_three(&self) -> bool {
        let axes = [&self.window.y, &self.window.x];
        self.multiplier() == 1 && axes.iter().all(|axis| axis.filter() == 3 && axis.dilation() == 1)
    }

    /// Whether the window is 3 × 3 without dilation, each channel has one filter, and rows have
    /// either as many outputs as inputs, with a column of padding on either side, or half as many,
    /// with one on the right.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    #[inline(always)] // a comparison
    pub(crate) fn has_usual_rows(&self) -> bool {
        self.kind == USUAL_ROWS
    }

    /// Whether images and filter are one column, no padding lies under a window, and each channel
    /// has one filter.
    #[inline(always)] // a comparison
    pub(crate) fn has_whole_columns(&self) -> bool {
        self.kind == WHOLE_COLUMNS
    }

    /// Row `row` of the output.
    pub(crate) fn row(&self, row: usize) -> Depthwise<'_> {
        let channels = self.channels();
        Depthwise {
            windows: RowWindows::new(&self.window, row, channels),
            channels,
            multiplier: self.multiplier(),
            area: self.area(),
        }
    }
}

/// A row of a depthwise convolution.
#[derive(Clone, Copy, Debug)]
pub struct Depthwise<'w> {
    pub(crate) windows: RowWindows<'w>,
    pub(crate) channels: usize,
    pub(crate) multiplier: usize,
    /// Taps of the filter.
    pub(crate) area: usize,
}
