//! Two-dimensional convolution, quantized and float.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/conv.h` (`ConvPerChannel`),
//! `lite/kernels/internal/reference/conv.h` (`Conv`), `lite/micro/kernels/conv_common.cc`.

use core::ops::Range;

use crate::backend::layer::{FloatWeights, Layer};
use crate::backend::{Backend, Convolution, ConvolutionWindow, FloatWindows, Windows};
use crate::error::ParamsError;
use crate::number::element::{Load, Quantized};
use crate::number::weights::FilterElement;
use crate::walk::chunks::chunks_up_to;
use crate::walk::rows::{RowGeometry, RowSizes};
use crate::walk::shape::Nhwc;
use crate::walk::taps::{Block, Blocks, RowWindows, from_pixel};
use crate::walk::window::{Sliding, Window, WindowOptions, agree, quotient, size};
use crate::weighted::kernel::{Filtered, FloatWindowed, Windowed};
use crate::weighted::own::Needs;

/// Geometry of a convolution of images with a filter.
///
/// With `z` the zero point of the input and `M[o]` the factor of output channel `o`, and `x`
/// running over the window of output `(oy, ox)`, without what lies outside the image, it is
///
/// ```text
/// acc               = bias[o] + Σ (input[x] - z) · filter[o][x]
/// output[oy, ox, o] = clamp(output zero point + round(acc · M[o]), activation)
/// ```
///
/// with one multiply-accumulate for each output and each weight of its channel, and without scratch
/// memory. TFLM ignores a zero point of the filter, and with `i16` those of input and output: pass
/// 0.
///
/// # Shapes
///
/// | slice    | dimensions                                             |
/// |----------|--------------------------------------------------------|
/// | `input`  | `[batches, height, width, channels]`                   |
/// | `filter` | `[output channels, height, width, channels per group]` |
/// | `bias`   | `[output channels]`, or none                           |
/// | `output` | `[batches, height, width, output channels]`            |
///
/// # Examples
///
/// ```
/// use bantam_kernels::backend::layer::{LayerQuantization, QuantizedWeights};
/// use bantam_kernels::number::activation::ActivationRange;
/// use bantam_kernels::number::channel_requant::ChannelRequant;
/// use bantam_kernels::walk::window::WindowOptions;
/// use bantam_kernels::weighted::conv_2d::Conv2dParams;
/// use bantam_kernels::weighted::op;
/// use bantam_kernels::Nhwc;
///
/// // Two rows of two pixels, a filter of 1 × 2, padded on the right.
/// let (image, filter) = (Nhwc::new([1, 2, 2, 1])?, Nhwc::new([1, 1, 2, 1])?);
/// let params = Conv2dParams::new(image, filter, image, &WindowOptions::default())?;
/// let quantization = LayerQuantization::new::<i8>(1, -1, ActivationRange::full::<i8>())?;
/// let weights = QuantizedWeights {
///     filter: &[3, 5],
///     bias: Some(&[10]),
///     requant: ChannelRequant::Given { multipliers: &[1 << 30], shifts: &[0] }, // 0.5
/// };
/// let mut output = [0_i8; 4];
/// let input = [3_i8, 5, 7, 9];
/// op::quantized(&params, &quantization, &weights, (&input[..], &mut output[..])).unwrap();
/// // 10 + 3·(3-1) + 5·(5-1) = 36;  36 · 0.5 - 1 = 17.  10 + 3·(5-1) = 22;  22 · 0.5 - 1 = 10.
/// assert_eq!(output, [17, 10, 33, 16]);
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct Conv2dParams(ConvolutionWindow);

impl Conv2dParams {
    /// Geometry of a convolution of `input` `[batches, height, width, channels]` with `filter`
    /// `[output channels, height, width, filter channels]`.
    ///
    /// The filter has as many channels as the input, or a divisor of that: then the convolution is
    /// grouped.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Dimension`] for a stride or dilation outside `1..=65535` or a padding beyond
    /// that, [`ParamsError::ShapeMismatch`] where `output` is not what the window gives or the
    /// channels do not divide into groups.
    pub fn new(
        input: Nhwc,
        filter: Nhwc,
        output: Nhwc,
        options: &WindowOptions,
    ) -> Result<Self, ParamsError> {
        let window = Window::NONE;
        let mut params = Self(ConvolutionWindow { window, output_channels: 1, filter_channels: 1 });
        params.slide(&[input, output, filter], options)?;
        Ok(params)
    }

    /// What says how much memory it takes, unless an image has its factors.
    pub fn needs(&self) -> Needs {
        let (depth, channels) = (self.0.depth(), self.0.channels());
        Needs { depth, channels, multiplier: None, has_factors: false }
    }

    fn windows(&self, row: usize) -> RowWindows<'_> {
        self.0.row(row)
    }

    /// Whether all output channels read all input channels.
    fn is_one_group(&self) -> bool {
        self.0.window.channels == self.0.filter_channels
    }
}

impl Sliding for Conv2dParams {
    fn slide(&mut self, images: &[Nhwc; 3], options: &WindowOptions) -> Result<(), ParamsError> {
        let Self(convolution) = self;
        convolution.window.slide(images, options)?;
        convolution.window.join_rows();
        let [input, output, filter] = images;
        let (output_channels, filter_channels) = (filter.batches(), filter.channels());
        (convolution.output_channels, convolution.filter_channels) =
            (output_channels, filter_channels);
        let input_channels = input.channels();
        agree(output_channels, output.channels())?;
        let groups = quotient(input_channels.into(), filter_channels.into());
        agree(groups.max(1) * u32::from(filter_channels), input_channels)?;
        agree(quotient(output_channels.into(), groups) * groups, output_channels)
    }
}

impl RowGeometry for Conv2dParams {
    fn sizes(&self) -> RowSizes {
        self.0.window.sizes(self.0.channels())
    }

    fn input_rows(&self, row: usize) -> Range<usize> {
        self.0.window.input_rows(row)
    }
}

impl<K: Backend> Filtered<K> for Conv2dParams {
    fn channels(&self) -> usize {
        self.0.channels()
    }

    fn depth(&self) -> usize {
        self.0.depth()
    }

    fn windows(&self, row: usize) -> Option<RowWindows<'_>> {
        (K::SEVERAL_WINDOWS && self.is_one_group()).then(|| self.windows(row))
    }
}

impl<T: Quantized, F: FilterElement, K: Backend> Windowed<T, F, K> for Conv2dParams {
    fn row(
        &self,
        layer: &Layer<'_, T, F>,
        scratch: &mut K::Scratch<'_, T, F>,
        row: usize,
        input: &[T],
        output: &mut [T],
    ) {
        if K::convolves_rows::<T, F>() {
            return K::convolve_row(&self.0, layer, scratch, row, input, output);
        }
        let (windows, depth) = (&self.windows(row), Filtered::<K>::depth(self));
        let channels = self.0.channels();
        let blocks =
            Blocks::new([channels, self.0.group_len(), K::channels(scratch, layer, depth)]);
        // stack: where factors are not kept in the scratch memory, what was selected last is of
        // little use.
        let blocks = if K::wants_room::<T, F>() { blocks } else { blocks.of_row(row) };
        for block in blocks {
            let Block { first, len, group } = block;
            K::select(scratch, layer, first..first + len, depth);
            let channel = group * size(self.0.filter_channels);
            let row = Convolution { windows, depth, channel, channels };
            if K::WHOLE_ROWS {
                let done = K::convolve(scratch, layer, &row, input, output);
                if done < windows.len() {
                    pixels_apart::<T, F, K>(scratch, layer, (&row, done), input, output);
                }
            } else if !K::SEVERAL_WINDOWS
                || !several::<T, F, K>(scratch, layer, &row, input, output)
            {
                pixels::<T, F, K>(scratch, layer, (&row, 0), input, output);
            }
        }
    }
}

/// Computes the selected channels of a row from a pixel on, one pixel after the other.
#[inline(always)] // stack: one frame
fn pixels<T: Quantized, F: FilterElement, K: Backend>(
    scratch: &mut K::Scratch<'_, T, F>,
    layer: &Layer<'_, T, F>,
    (row, first): (&Convolution<'_>, usize),
    input: &[T],
    output: &mut [T],
) {
    for at in first..row.windows.len() {
        let pixel = from_pixel(output, at, row.channels);
        // Changed where they are: what is moved takes twice the stack.
        let mut taps = row.windows.taps(at);
        taps.begin_at(row.channel);
        taps.join();
        K::pixel::<T, F, false>(scratch, layer, row.depth, &taps, input, pixel);
    }
}

/// [`pixels`].
#[inline(never)] // stack: apart from what whole rows take
fn pixels_apart<T: Quantized, F: FilterElement, K: Backend>(
    scratch: &mut K::Scratch<'_, T, F>,
    layer: &Layer<'_, T, F>,
    row: (&Convolution<'_>, usize),
    input: &[T],
    output: &mut [T],
) {
    pixels::<T, F, K>(scratch, layer, row, input, output);
}

/// Computes the selected channels of a row, several pixels at a time; false, and nothing is done,
/// where one at a time is better.
fn several<T: Quantized, F: FilterElement, K: Backend>(
    scratch: &mut K::Scratch<'_, T, F>,
    layer: &Layer<'_, T, F>,
    row: &Convolution<'_>,
    input: &[T],
    output: &mut [T],
) -> bool {
    let &Convolution { windows, depth, channel, channels } = row;
    let Some(tile) = K::windows::<T, F>(scratch, depth, windows.len()) else { return false };
    let mut at = 0;
    for pixels in chunks_up_to(output, tile.most() * channels) {
        let count = pixels.len() / channels;
        for slot in 0..count {
            tile.gather(slot, &windows.runs(at + slot, channel), input);
        }
        tile.multiply(layer, channels, pixels);
        at += count;
    }
    true
}

impl<W: Load<f32>, K: Backend> FloatWindowed<W, K> for Conv2dParams {
    fn row(
        &self,
        weights: &FloatWeights<'_, W>,
        tile: &mut Option<K::FloatWindows>,
        row: usize,
        input: &[f32],
        output: &mut [f32],
    ) {
        let (channels, group_len) = (self.0.channels(), self.0.group_len());
        let (windows, depth) = (&self.windows(row), Filtered::<K>::depth(self));
        // One window at a time takes all channels of a group.
        for Block { first, len, group } in Blocks::new([channels, group_len, group_len]) {
            let channel = group * size(self.0.filter_channels);
            let filters = first..first + len;
            if K::SEVERAL_WINDOWS
                && let Some(tile) = tile
            {
                let row = Convolution { windows, depth, channel, channels };
                several_floats::<W, K>(tile, weights, filters, &row, input, output);
                continue;
            }
            for at in 0..windows.len() {
                let outputs = from_pixel(output, at, channels).get_mut(filters.clone());
                let (outputs, taps) = (outputs.unwrap_or_default(), windows.runs(at, channel));
                K::float_pixel(weights, filters.clone(), depth, &taps, input, outputs);
            }
        }
    }
}

/// [`several`] of floats, for which there is a tile.
fn several_floats<W: Load<f32>, K: Backend>(
    tile: &mut K::FloatWindows,
    weights: &FloatWeights<'_, W>,
    filters: Range<usize>,
    row: &Convolution<'_>,
    input: &[f32],
    output: &mut [f32],
) {
    let &Convolution { windows, channel, channels, .. } = row;
    let mut at = 0;
    for pixels in chunks_up_to(output, tile.most() * channels) {
        let count = pixels.len() / channels;
        for slot in 0..count {
            tile.gather(slot, &windows.runs(at + slot, channel), input);
        }
        tile.multiply(weights, filters.clone(), channels, pixels);
        at += count;
    }
}
