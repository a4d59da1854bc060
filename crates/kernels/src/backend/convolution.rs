//! The geometry of convolutions.

use crate::walk::taps::RowWindows;
use crate::walk::window::{Window, size};

/// The geometry of a convolution: a window over images, and filters that each read all channels, or
/// those of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct ConvolutionWindow {
    pub(crate) window: Window,
    pub(crate) output_channels: u16,
    pub(crate) filter_channels: u16,
}

impl ConvolutionWindow {
    /// Channels of output.
    pub(crate) fn channels(&self) -> usize {
        size(self.output_channels)
    }

    /// Channels of output that share a group of the input's channels.
    pub(crate) fn group_len(&self) -> usize {
        let groups = (size(self.window.channels) / size(self.filter_channels)).max(1);
        (self.channels() / groups).max(1)
    }

    /// Weights of a filter.
    pub(crate) fn depth(&self) -> usize {
        self.window.filter_area().saturating_mul(size(self.filter_channels))
    }

    /// The windows of row `row` of the output.
    pub(crate) fn row(&self, row: usize) -> RowWindows<'_> {
        RowWindows::new(&self.window, row, size(self.filter_channels))
    }
}
