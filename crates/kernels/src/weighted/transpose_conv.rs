//! Transposed convolution, quantized and float: each input is spread over a window of the output.
//!
//! The reference adds one input after the other to sums of all outputs, which takes a memory of
//! four or eight times the output. Here each output gathers the inputs whose windows cover it,
//! which takes none, and lets the output lie over the input.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/transpose_conv.h`,
//! `lite/kernels/internal/reference/transpose_conv.h` (`TransposeConv`),
//! `lite/micro/kernels/transpose_conv.cc`.

use core::ops::Range;

use crate::backend::Backend;
use crate::backend::layer::{FloatWeights, Layer};
use crate::error::ParamsError;
use crate::number::element::{Load, Quantized};
use crate::number::weights::FilterElement;
use crate::walk::chunks::chunks_mut;
use crate::walk::padding::Padding;
use crate::walk::rows::{RowGeometry, RowSizes};
use crate::walk::shape::Nhwc;
use crate::walk::taps::Taps;
use crate::walk::window::{Sliding, WindowOptions, agree, narrow, size};
use crate::weighted::kernel::{Filtered, FloatWindowed, Windowed};

/// Geometry of a transposed convolution: images spread over windows with a filter.
///
/// With `z` the zero point of the input and `M[o]` the factor of output channel `o`, `s` the
/// strides and `p` the border that is dropped, and sums over the input pixels and taps with
/// `iy · s_y + ky - p_y = oy` and `ix · s_x + kx - p_x = ox`, it is
///
/// ```text
/// acc               = bias[o] + Σ (input[iy, ix, c] - z) · filter[o, ky, kx, c]
/// output[oy, ox, o] = clamp(output zero point + round(acc · M[o]), activation)
/// ```
///
/// with one multiply-accumulate for each input and each weight of its channel that does not fall
/// beyond the output (with few channels, for each output and each weight of its channel), and
/// without scratch memory. Sums of `i16` are `i64`, and their bias has 16 or 64 bits; those of
/// floats are formed in the order of the input's elements. TFLM ignores a zero point of the filter,
/// and with `i16` those of input and output: pass 0.
///
/// # Shapes
///
/// | slice    | dimensions                                  |
/// |----------|---------------------------------------------|
/// | `input`  | `[batches, height, width, channels]`        |
/// | `filter` | `[output channels, height, width, channels]` |
/// | `bias`   | `[output channels]`, or none                |
/// | `output` | `[batches, height, width, output channels]` |
///
/// # Examples
///
/// ```
/// use bantam_kernels::backend::layer::{LayerQuantization, QuantizedWeights};
/// use bantam_kernels::number::activation::ActivationRange;
/// use bantam_kernels::number::channel_requant::ChannelRequant;
/// use bantam_kernels::walk::padding::Padding;
/// use bantam_kernels::weighted::op;
/// use bantam_kernels::weighted::transpose_conv::TransposeConvParams;
/// use bantam_kernels::Nhwc;
///
/// // Two pixels, a filter of 1 × 3, two pixels apart.
/// let (input, output) = (Nhwc::new([1, 1, 2, 1])?, Nhwc::new([1, 1, 5, 1])?);
/// let filter = Nhwc::new([1, 1, 3, 1])?;
/// let params = TransposeConvParams::new(input, filter, output, Padding::Valid, [1, 2])?;
/// let quantization = LayerQuantization::new::<i8>(1, 0, ActivationRange::full::<i8>())?;
/// let weights = QuantizedWeights {
///     filter: &[2, 4, 6],
///     bias: Some(&[10]),
///     requant: ChannelRequant::Given { multipliers: &[1 << 30], shifts: &[0] }, // 0.5
/// };
/// let mut output = [0_i8; 5];
/// op::quantized(&params, &quantization, &weights, (&[2_i8, 4][..], &mut output[..])).unwrap();
/// // Sums of 10, 1 · [2, 4, 6] from the left, and 3 · [2, 4, 6] from two further to the right,
/// // times 0.5.
/// assert_eq!(output, [6, 7, 11, 11, 14]);
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C, align(4))]
pub struct TransposeConvParams {
    y: Axis,
    x: Axis,
    batches: u16,
    input_channels: u16,
    output_channels: u16,
    /// Fills the last word.
    unused: u16,
}

impl TransposeConvParams {
    /// Geometry of a transposed convolution of `input` `[batches, height, width, channels]` with
    /// `filter` `[output channels, height, width, channels]`.
    ///
    /// As in the reference, any height and width of the output will do: what lies beyond it is
    /// dropped, and what no window covers is the bias. With [`Padding::Same`] the border that is
    /// dropped is that of a convolution from the output to the input.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Dimension`] for a stride outside `1..=65535`, [`ParamsError::ShapeMismatch`]
    /// where batches or channels differ.
    pub fn new(
        input: Nhwc,
        filter: Nhwc,
        output: Nhwc,
        padding: Padding,
        stride: [i32; 2],
    ) -> Result<Self, ParamsError> {
        let (y, x) = (Axis::NONE, Axis::NONE);
        let mut params =
            Self { y, x, batches: 1, input_channels: 1, output_channels: 1, unused: 0 };
        let options = WindowOptions { padding, stride, dilation: [1, 1] };
        params.slide(&[input, output, filter], &options)?;
        Ok(params)
    }

    /// The inputs that reach output row `row`, within the rows that [`RowGeometry::input_rows`]
    /// names.
    fn row_span(&self, row: usize) -> Span {
        Span { start: 0, ..self.y.span(row % size(self.y.output)) }
    }

    /// The channels of each pixel of the input that reaches an output, in the order of the pixels.
    fn taps(&self, rows: Span, columns: Span) -> Taps {
        let (depth, width) = (size(self.input_channels), size(self.x.filter));
        let from = rows.start.wrapping_mul(size(self.x.input)).wrapping_add(columns.start);
        let tap = rows.tap.wrapping_mul(width).wrapping_add(columns.tap);
        // The taps of one pixel after the other are a stride before each other.
        let down = size(self.y.stride).wrapping_mul(width).wrapping_neg();
        let left = size(self.x.stride).wrapping_neg();
        let elements = |pixels: [usize; 2]| pixels.map(|pixels| pixels.wrapping_mul(depth));
        Taps::grid(
            elements([from, tap]),
            elements([size(self.x.input), down]),
            elements([1, left]),
            [rows.count, columns.count],
            depth,
        )
    }

    /// Whether all taps of the filter that lie on a pixel of the input reach an output.
    fn is_dense(&self) -> bool {
        size(self.y.stride) * size(self.x.stride) == 1
    }
}

/// There is no dilation: it is not looked at.
impl Sliding for TransposeConvParams {
    fn slide(&mut self, images: &[Nhwc; 3], options: &WindowOptions) -> Result<(), ParamsError> {
        let [input, output, filter] = images;
        self.batches = input.batches();
        (self.input_channels, self.output_channels) = (input.channels(), output.channels());
        agree(self.batches, output.batches())?;
        agree(self.input_channels, filter.channels())?;
        agree(filter.batches(), self.output_channels)?;
        let WindowOptions { padding, stride: [height, width], .. } = *options;
        let heights = [input.height(), filter.height(), output.height()];
        let widths = [input.width(), filter.width(), output.width()];
        self.y = Axis::new(heights, height, padding)?;
        self.x = Axis::new(widths, width, padding)?;
        Ok(())
    }
}

impl RowGeometry for TransposeConvParams {
    fn sizes(&self) -> RowSizes {
        RowSizes {
            input_rows: size(self.batches).saturating_mul(size(self.y.input)),
            input_row_len: size(self.x.input).saturating_mul(size(self.input_channels)),
            output_rows: size(self.batches).saturating_mul(size(self.y.output)),
            output_row_len: size(self.x.output).saturating_mul(size(self.output_channels)),
        }
    }

    /// None where the stride is larger than the filter and the row lies between two windows.
    fn input_rows(&self, row: usize) -> Range<usize> {
        let first = (row / size(self.y.output)).saturating_mul(size(self.y.input));
        let Span { start, count, .. } = self.y.span(row % size(self.y.output));
        let start = first.saturating_add(start);
        start..start.saturating_add(count)
    }
}

/// One dimension: sizes of image, result and filter; how far apart the windows of two inputs are;
/// what is dropped before the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
struct Axis {
    input: u16,
    output: u16,
    filter: u16,
    stride: u16,
    pad: u16,
}

/// The inputs along one dimension whose windows cover an output.
#[derive(Clone, Copy, Debug)]
struct Span {
    /// The first of them.
    start: usize,
    /// How many there are.
    count: usize,
    /// The tap of the first that lies on the output; those of the others are a stride apart, in
    /// falling order.
    tap: usize,
}

impl Axis {
    /// Not a window yet.
    const NONE: Self = Self { input: 1, output: 1, filter: 1, stride: 1, pad: 0 };

    fn new(
        [input, filter, output]: [u16; 3],
        stride: i32,
        padding: Padding,
    ) -> Result<Self, ParamsError> {
        let stride = narrow(stride)?;
        // At most half a filter: fits.
        let pad = padding.before(output.into(), filter.into(), stride.into()) as u16;
        Ok(Self { input, output, filter, stride, pad })
    }

    /// What reaches output `o`: input `i` covers `i · stride - pad` and as many more as the filter
    /// has taps.
    #[inline(always)] // the callers in loops keep its constants in registers
    fn span(self, o: usize) -> Span {
        let (input, stride) = (size(self.input), size(self.stride));
        let last = o.saturating_add(self.pad.into());
        let start = (last.saturating_add(1)).saturating_sub(size(self.filter)).div_ceil(stride);
        let start = start.min(input);
        let count = (last / stride).saturating_add(1).min(input).saturating_sub(start);
        Span { start, count, tap: last.saturating_sub(start.saturating_mul(stride)) }
    }
}

impl<K: Backend> Filtered<K> for TransposeConvParams {
    fn channels(&self) -> usize {
        size(self.output_channels)
    }

    fn depth(&self) -> usize {
        let area = size(self.y.filter).saturating_mul(size(self.x.filter));
        area.saturating_mul(size(self.input_channels))
    }
}

impl<T: Quantized, F: FilterElement, K: Backend> Windowed<T, F, K> for TransposeConvParams {
    fn row(
        &self,
        layer: &Layer<'_, T, F>,
        scratch: &mut K::Scratch<'_, T, F>,
        row: usize,
        input: &[T],
        output: &mut [T],
    ) {
        let (depth, channels) = (Filtered::<K>::depth(self), size(self.output_channels));
        let rows = self.row_span(row);
        let most = K::channels(scratch, layer, depth).max(1);
        for first in (0..channels).step_by(most) {
            K::select(scratch, layer, first..channels.min(first + most), depth);
            for (ox, pixel) in chunks_mut(output, channels).enumerate() {
                let taps = self.taps(rows, self.x.span(ox));
                if K::SEVERAL_WINDOWS && self.is_dense() {
                    K::pixel::<T, F, false>(scratch, layer, depth, &taps, input, pixel);
                } else {
                    K::pixel::<T, F, true>(scratch, layer, depth, &taps, input, pixel);
                }
            }
        }
    }
}

impl<W: Load<f32>, K: Backend> FloatWindowed<W, K> for TransposeConvParams {
    fn row(
        &self,
        weights: &FloatWeights<'_, W>,
        _: &mut Option<K::FloatWindows>,
        row: usize,
        input: &[f32],
        output: &mut [f32],
    ) {
        let (depth, channels) = (Filtered::<K>::depth(self), size(self.output_channels));
        let rows = self.row_span(row);
        for (ox, pixel) in chunks_mut(output, channels).enumerate() {
            let taps = self.taps(rows, self.x.span(ox));
            K::float_pixel(weights, 0..channels, depth, &taps, input, pixel);
        }
    }
}
