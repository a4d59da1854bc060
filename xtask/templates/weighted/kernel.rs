//! {NAME}: {SUMMARY}
//!
//! Source: TFLM 90b983c2b, `micro/kernels/{snake}.cc`.

use core::ops::Range;

use crate::backend::Backend;
use crate::backend::layer::{FloatWeights, Layer};
use crate::error::ParamsError;
use crate::number::element::{Load, Quantized};
use crate::number::weights::FilterElement;
use crate::walk::chunks::chunks_mut;
use crate::walk::rows::{RowGeometry, RowSizes};
use crate::walk::shape::Nhwc;
use crate::walk::taps::RowWindows;
use crate::walk::window::{Sliding, Window, WindowOptions, agree, size};
use crate::weighted::kernel::{Filtered, FloatWindowed, Windowed};

/// {SUMMARY}
///
/// # Shapes
///
/// | slice    | dimensions                                  |
/// |----------|---------------------------------------------|
/// | `input`  | `[batches, height, width, channels]`        |
/// | `filter` | `[output channels, height, width, channels]` |
/// | `bias`   | `[output channels]`, or none                |
/// | `output` | `[batches, height, width, output channels]` |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct {Camel}Params {
    window: Window,
    output_channels: u16,
    /// Fills the last word.
    unused: u16,
}

impl {Camel}Params {
    /// Geometry of a layer between these images.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Dimension`] for a stride or dilation outside `1..=65535`,
    /// [`ParamsError::ShapeMismatch`] where images and filter do not fit.
    pub fn new(
        input: Nhwc,
        filter: Nhwc,
        output: Nhwc,
        options: &WindowOptions,
    ) -> Result<Self, ParamsError> {
        let mut params = Self { window: Window::NONE, output_channels: 1, unused: 0 };
        params.slide(&[input, output, filter], options)?;
        Ok(params)
    }

    fn windows(&self, row: usize) -> RowWindows<'_> {
        RowWindows::new(&self.window, row, size(self.window.channels))
    }
}

impl Sliding for {Camel}Params {
    fn slide(&mut self, images: &[Nhwc; 3], options: &WindowOptions) -> Result<(), ParamsError> {
        self.window.slide(images, options)?;
        let [input, output, filter] = images;
        self.output_channels = filter.batches();
        agree(filter.batches(), output.channels())?;
        agree(filter.channels(), input.channels())
    }
}

impl RowGeometry for {Camel}Params {
    fn sizes(&self) -> RowSizes {
        self.window.sizes(size(self.output_channels))
    }

    fn input_rows(&self, row: usize) -> Range<usize> {
        self.window.input_rows(row)
    }
}

impl<K: Backend> Filtered<K> for {Camel}Params {
    fn channels(&self) -> usize {
        size(self.output_channels)
    }

    fn depth(&self) -> usize {
        self.window.filter_area().saturating_mul(size(self.window.channels))
    }
}

impl<T: Quantized, F: FilterElement, K: Backend> Windowed<T, F, K> for {Camel}Params {
    fn row(
        &self,
        layer: &Layer<'_, T, F>,
        scratch: &mut K::Scratch<'_, T, F>,
        row: usize,
        input: &[T],
        output: &mut [T],
    ) {
        // What lies under each filter goes here.
        let (channels, depth) = (size(self.output_channels), Filtered::<K>::depth(self));
        let windows = self.windows(row);
        for first in (0..channels).step_by(K::CHANNELS) {
            K::select(scratch, layer, first..channels.min(first + K::CHANNELS), depth);
            for (x, pixel) in chunks_mut(output, channels).enumerate() {
                K::pixel::<T, F, false>(scratch, layer, depth, &windows.runs(x, 0), input, pixel);
            }
        }
    }
}

impl<W: Load<f32>, K: Backend> FloatWindowed<W, K> for {Camel}Params {
    fn row(
        &self,
        weights: &FloatWeights<'_, W>,
        _: &mut Option<K::FloatWindows>,
        row: usize,
        input: &[f32],
        output: &mut [f32],
    ) {
        // And here.
        let (channels, depth) = (size(self.output_channels), Filtered::<K>::depth(self));
        let windows = self.windows(row);
        for (x, pixel) in chunks_mut(output, channels).enumerate() {
            K::float_pixel(weights, 0..channels, depth, &windows.runs(x, 0), input, pixel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weighted::op;
    use alloc::vec;

    /// Images of one row and one channel, filters and outputs, worked out by hand.
    const KNOWN: &[[&[f32]; 3]] = &[];

    #[test]
    fn known_images_have_known_results() {
        assert!(!KNOWN.is_empty(), "{NAME} has no known results yet");
        for &[image, filter, want] in KNOWN {
            let [from, window, to] = [image, filter, want]
                .map(|row| Nhwc::new([1, 1, row.len() as i32, 1]).unwrap());
            let params = {Camel}Params::new(from, window, to, &WindowOptions::default()).unwrap();
            let weights = FloatWeights { filter, bias: None, range: (f32::MIN, f32::MAX) };
            let mut found = vec![0.0; want.len()];
            op::f32(&params, &weights, (image, &mut found[..])).unwrap();
            assert_eq!(found, want);
        }
    }
}
