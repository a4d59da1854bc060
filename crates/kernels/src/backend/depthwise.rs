//! The geometry of depthwise convolutions.

use crate::backend::convolution::ConvolutionWindow;
use crate::walk::taps::RowWindows;
use crate::walk::window::{Window, size};

/// The kind of a geometry with [usual rows](DepthwiseWindow::has_usual_rows).
const USUAL_ROWS: u16 = 1;

/// The kind of a geometry with [whole columns](DepthwiseWindow::has_whole_columns).
const WHOLE_COLUMNS: u16 = 2;

/// The geometry of a depthwise convolution: a window over images each of whose channels has
/// `multiplier` filters.
///
/// On images of one channel it is an ordinary convolution, too, whose weights have another order.
/// So it is kept as the geometry of one, with these two numbers:
///
/// * channels of the output: the multiplier
/// * channels of a filter: the kind, which is `USUAL_ROWS`, `WHOLE_COLUMNS`, or 0. An ordinary
///   convolution takes 0 for one channel; images of one channel always have 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(transparent)]
pub struct DepthwiseWindow(ConvolutionWindow);

impl DepthwiseWindow {
    /// Such a geometry.
    pub(crate) fn new(window: Window, multiplier: u16) -> Self {
        let mut depthwise =
            Self(ConvolutionWindow { window, output_channels: multiplier, filter_channels: 0 });
        depthwise.choose(multiplier);
        depthwise
    }

    /// The window.
    #[inline(always)] // no instruction
    pub(crate) fn window(&self) -> &Window {
        &self.0.window
    }

    /// The window, after whose changes something is to be [chosen](Self::choose).
    pub(crate) fn window_mut(&mut self) -> &mut Window {
        &mut self.0.window
    }

    /// Takes over how many filters each channel has, and what follows of that and the window.
    pub(crate) fn choose(&mut self, multiplier: u16) {
        self.0.output_channels = multiplier;
        let window = self.window();
        let x = &window.x;
        let (_, stride, pad) = x.steps();
        let are_usual = self.is_three_by_three()
            && u32::from(stride) + u32::from(pad) == 2
            && x.output() * usize::from(stride) == x.input();
        self.0.filter_channels = match () {
            () if window.channels <= 1 => 0,
            () if are_usual => USUAL_ROWS,
            () if multiplier == 1 && window.is_whole_column() => WHOLE_COLUMNS,
            () => 0,
        };
    }

    /// Filters of each channel of the input: at least 1.
    pub(crate) fn multiplier(&self) -> usize {
        self.0.channels()
    }

    /// Channels of the output.
    #[inline(never)] // size: a call is smaller
    pub(crate) fn channels(&self) -> usize {
        // Two sizes of 16 bits.
        size(self.window().channels).wrapping_mul(self.multiplier())
    }

    /// Taps of a filter.
    #[inline(never)] // size: a call is smaller
    pub(crate) fn area(&self) -> usize {
        self.window().filter_area()
    }

    /// Whether the window is 3 × 3 without dilation, and each channel has one filter.
    pub(crate) fn is_three_by_three(&self) -> bool {
        let Window { y, x, .. } = self.window();
        self.multiplier() == 1
            && [y, x].iter().all(|axis| axis.filter() == 3 && axis.dilation() == 1)
    }

    /// Whether the window is 3 × 3 without dilation, each channel has one filter, and rows have
    /// either as many outputs as inputs, with a column of padding on either side, or half as many,
    /// with one on the right.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    #[inline(always)] // a comparison
    pub(crate) fn has_usual_rows(&self) -> bool {
        self.0.filter_channels == USUAL_ROWS
    }

    /// Whether images and filter are one column, no padding lies under a window, and each channel
    /// has one filter.
    #[inline(always)] // a comparison
    pub(crate) fn has_whole_columns(&self) -> bool {
        self.0.filter_channels == WHOLE_COLUMNS
    }

    /// Of images of one channel, the same as an ordinary convolution, whose weights have another
    /// order.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    #[inline(always)] // no instruction
    pub(crate) fn as_convolution(&self) -> &ConvolutionWindow {
        &self.0
    }

    /// Row `row` of the output.
    pub(crate) fn row(&self, row: usize) -> Depthwise<'_> {
        let channels = self.channels();
        Depthwise {
            windows: RowWindows::new(self.window(), row, channels),
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
