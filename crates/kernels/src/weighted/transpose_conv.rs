//! Transposed convolution, quantized and float: each input is spread over a window of the output.
//!
//! The reference adds one input after the other to sums of all outputs, which takes a memory of four or eight times the output.
//! Here each output gathers the inputs whose windows cover it, which takes none, and lets the output lie over the input.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/transpose_conv.h`,
//! `lite/kernels/internal/reference/transpose_conv.h` (`TransposeConv`), `lite/micro/kernels/transpose_conv.cc`.

mod compact;

use core::ops::Range;

use crate::backend::accumulate::{
    CHANNELS, Finish, LayerQuantization, QuantizedWeights, check_weights,
};
use crate::backend::compact::pixels;
use crate::backend::dot::{PATCH, Patch, finish_f32};
use crate::error::{LengthMismatch, ParamsError};
use crate::number::channel_requant::{CACHED, FEW, FactorCache};
use crate::number::element::Accumulator;
use crate::number::element::{Load, Quantized};
use crate::target::VECTORS;
use crate::walk::chunks::{chunks_mut, part};
use crate::walk::padding::Padding;
use crate::walk::rows::{Activations, RowGeometry, check_row, for_each_row};
use crate::walk::shape::Nhwc;
use crate::walk::window::{Sliding, WindowOptions, agree, narrow, size};

/// Geometry of a transposed convolution.
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
    /// Geometry of a transposed convolution of `input` `[batches, height, width, channels]` with `filter`
    /// `[output channels, height, width, channels]`.
    ///
    /// As in the reference, any height and width of the output will do: what lies beyond it is dropped, and what no window covers
    /// is the bias. With [`Padding::Same`] the border that is dropped is that of a convolution from the output to the input.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Dimension`] for a stride outside `1..=65535`, [`ParamsError::ShapeMismatch`] where batches or channels
    /// differ.
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

    /// Weights of one output channel.
    fn depth(&self) -> usize {
        let area = size(self.y.filter).saturating_mul(size(self.x.filter));
        area.saturating_mul(size(self.input_channels))
    }

    fn filter_len(&self) -> usize {
        self.depth().saturating_mul(size(self.output_channels))
    }

    /// The inputs that reach output row `row`, within the rows that [`RowGeometry::input_rows`] names.
    fn row_span(&self, row: usize) -> Span {
        Span { start: 0, ..self.y.span(row % size(self.y.output)) }
    }

    /// Calls `f(input offset, filter offset)` for the channels of each pixel of the input that reaches an output, in the order
    /// of the pixels.
    #[inline(always)]
    fn pixels(&self, [rows, columns]: [Span; 2], mut f: impl FnMut(usize, usize)) {
        let depth = size(self.input_channels);
        for row in 0..rows.count {
            let from = (rows.start + row) * size(self.x.input) + columns.start;
            let line = (rows.tap - row * size(self.y.stride)) * size(self.x.filter);
            for column in 0..columns.count {
                let tap = line + columns.tap - column * size(self.x.stride);
                f((from + column) * depth, tap * depth);
            }
        }
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
    fn output_rows(&self) -> usize {
        size(self.batches).saturating_mul(size(self.y.output))
    }

    fn output_row_len(&self) -> usize {
        size(self.x.output).saturating_mul(size(self.output_channels))
    }

    fn input_len(&self) -> usize {
        let rows = size(self.batches).saturating_mul(size(self.y.input));
        rows.saturating_mul(self.input_row_len())
    }

    fn input_row_len(&self) -> usize {
        size(self.x.input).saturating_mul(size(self.input_channels))
    }

    /// None where the stride is larger than the filter and the row lies between two windows.
    fn input_rows(&self, row: usize) -> Range<usize> {
        let first = (row / size(self.y.output)).saturating_mul(size(self.y.input));
        let Span { start, count, .. } = self.y.span(row % size(self.y.output));
        let start = first.saturating_add(start);
        start..start.saturating_add(count)
    }
}

/// One dimension: sizes of image, result and filter; how far apart the windows of two inputs are; what is dropped before the result.
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
    /// The tap of the first that lies on the output; those of the others are a stride apart, in falling order.
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

    /// What reaches output `o`: input `i` covers `i · stride - pad` and as many more as the filter has taps.
    #[inline(always)]
    fn span(self, o: usize) -> Span {
        let (input, stride) = (size(self.input), size(self.stride));
        let last = o.saturating_add(self.pad.into());
        let start = (last.saturating_add(1)).saturating_sub(size(self.filter)).div_ceil(stride);
        let start = start.min(input);
        let count = (last / stride).saturating_add(1).min(input).saturating_sub(start);
        Span { start, count, tap: last.saturating_sub(start.saturating_mul(stride)) }
    }
}

/// Channels of an input pixel from which on each pixel is multiplied by itself, where the weights that do not reach an output are
/// many.
const FEW_CHANNELS: usize = 8;

/// Spreads quantized images over windows with a filter of `i8`, per tensor or per channel.
///
/// With `z` the zero point of the input and `M[o]` the factor of output channel `o`, `s` the strides and `p` the border that is
/// dropped, and sums over the input pixels and taps with `iy · s_y + ky - p_y = oy` and `ix · s_x + kx - p_x = ox`:
///
/// ```text
/// acc               = bias[o] + Σ (input[iy, ix, c] - z) · filter[o, ky, kx, c]
/// output[oy, ox, o] = clamp(output zero point + round(acc · M[o]), activation)
/// ```
///
/// `A` is the accumulator: `i32` with `i8` activations, `i64` with `i16`. TFLM ignores a zero point of the filter, and with
/// `i16` those of input and output: pass 0.
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
/// # Rounding
///
/// Bit-exact with TFLM's reference kernel: see [`Requant`](crate::Requant).
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not exactly as long as the table says. Nothing is written.
///
/// # Cost
///
/// One multiply-accumulate for each input and each weight of its channel that does not fall beyond the output (with few channels, for
/// each output and each weight of its channel); no scratch.
///
/// # Source
///
/// TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/transpose_conv.h`, `TransposeConv`.
///
/// # Examples
///
/// ```
/// use bantam_kernels::backend::accumulate::{LayerQuantization, QuantizedWeights};
/// use bantam_kernels::walk::padding::Padding;
/// use bantam_kernels::number::activation::ActivationRange;
/// use bantam_kernels::number::channel_requant::ChannelRequant;
/// use bantam_kernels::weighted::transpose_conv::{TransposeConvParams, transpose_conv};
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
/// transpose_conv(&params, &quantization, &weights, (&[2_i8, 4][..], &mut output[..])).unwrap();
/// // Sums of 10, 1 · [2, 4, 6] from the left, and 3 · [2, 4, 6] from two further to the right, times 0.5.
/// assert_eq!(output, [6, 7, 11, 11, 14]);
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
pub fn transpose_conv<'m, A, T, B>(
    params: &TransposeConvParams,
    quantization: &LayerQuantization,
    weights: &QuantizedWeights<'_, B>,
    activations: impl Into<Activations<'m, T>>,
) -> Result<(), LengthMismatch>
where
    A: Accumulator,
    T: Quantized,
    B: Load<A>,
{
    if !VECTORS {
        return pixels::convolve(params, quantization, weights, activations.into());
    }
    weights.check(params.filter_len(), params.output_channels.into())?;
    let mut cache = FactorCache::<CACHED>::new();
    let weights = &weights.cached(&mut cache);
    for_each_row(params, activations.into(), |row, rows, line| {
        transpose_conv_row::<A, T, B>(params, quantization, weights, row, rows, line)
    })
}

/// Computes one row of the output: see [`transpose_conv`].
///
/// `row` counts over all batches; `rows` are the input rows that [`RowGeometry::input_rows`] names for it.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as that says.
pub fn transpose_conv_row<A, T, B>(
    params: &TransposeConvParams,
    quantization: &LayerQuantization,
    weights: &QuantizedWeights<'_, B>,
    row: usize,
    rows: &[T],
    output: &mut [T],
) -> Result<(), LengthMismatch>
where
    A: Accumulator,
    T: Quantized,
    B: Load<A>,
{
    check_row(params, row, rows.len(), output.len())?;
    weights.check(params.filter_len(), params.output_channels.into())?;
    if !VECTORS {
        pixels::convolve_row(params, quantization, weights, row, rows, output);
        return Ok(());
    }
    let (depth, channels) = (params.depth(), size(params.output_channels));
    if weights.computes_factors() {
        // A few channels at a time, so that their factors are computed once for all pixels of the row.
        for first in (0..channels).step_by(FEW) {
            let mut cache = FactorCache::<FEW>::new();
            let range = first..channels.min(first + FEW);
            let weights = weights.some(range.clone(), depth, &mut cache);
            compute::<A, T, B>(params, quantization, &weights, row, rows, (output, range));
        }
    } else {
        compute::<A, T, B>(params, quantization, weights, row, rows, (output, 0..channels));
    }
    Ok(())
}

/// The output channels of a range, whose weights these are.
#[inline(never)]
fn compute<A, T, B>(
    params: &TransposeConvParams,
    quantization: &LayerQuantization,
    weights: &QuantizedWeights<'_, B>,
    row: usize,
    input: &[T],
    (output, range): (&mut [T], Range<usize>),
) where
    A: Accumulator,
    T: Quantized,
    B: Load<A>,
{
    let (depth, channels) = (params.depth(), size(params.input_channels));
    let dense = size(params.y.stride) * size(params.x.stride) == 1;
    let whole_window = depth <= PATCH && (dense || channels < FEW_CHANNELS);
    let finish = Finish::new(weights, quantization);
    let mut patch = Patch::new(quantization.input_zero_point);
    let rows = params.row_span(row);
    for (ox, pixel) in chunks_mut(output, size(params.output_channels)).enumerate() {
        let pixel = pixel.get_mut(range.clone()).unwrap_or(&mut []);
        let window = [rows, params.x.span(ox)];
        if whole_window {
            if rows.count * window[1].count * channels != depth {
                patch.clear();
            }
            params.pixels(window, |from, tap| patch.set(tap, part(input, from, channels)));
        }
        for (chunk, output) in pixel.chunks_mut(CHANNELS).enumerate() {
            let first = chunk * CHANNELS;
            let mut sums = [A::of(0); CHANNELS];
            let filter = weights.filter.get(first * depth..).unwrap_or(&[]);
            if whole_window {
                patch.dot(depth, filter, depth, &mut sums);
            } else {
                params.pixels(window, |from, tap| {
                    let filter = filter.get(tap..).unwrap_or(&[]);
                    patch.dot_long(part(input, from, channels), filter, depth, &mut sums);
                });
            }
            finish.channels(first, &sums, output);
        }
    }
}

/// Float filters that are computed together.
const FILTERS: usize = 4;

/// Spreads float images over windows with a float filter.
///
/// As [`transpose_conv`], without zero points and factors; `range` is that of the fused activation
/// ([`Activation::range_f32`](crate::number::activation::Activation::range_f32)).
///
/// # Rounding
///
/// Bit-exact with TFLM's reference kernel: each sum is formed in the order of the input's elements, and the bias comes last.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not exactly as long as its shape says. Nothing is written.
///
/// # Cost
///
/// One multiply-accumulate for each input and each weight of its channel that does not fall beyond the output; no scratch.
///
/// # Source
///
/// TFLM 90b983c2b, `lite/kernels/internal/reference/transpose_conv.h`, `TransposeConv`.
pub fn transpose_conv_f32<'m, W, B>(
    params: &TransposeConvParams,
    range: (f32, f32),
    filter: &[W],
    bias: Option<&[B]>,
    activations: impl Into<Activations<'m, f32>>,
) -> Result<(), LengthMismatch>
where
    W: Load<f32>,
    B: Load<f32>,
{
    check_weights(params.filter_len(), params.output_channels.into(), filter, bias)?;
    for_each_row(params, activations.into(), |row, rows, line| {
        transpose_conv_f32_row(params, range, row, filter, bias, rows, line)
    })
}

/// Computes one row of the output: see [`transpose_conv_f32`] and [`transpose_conv_row`].
///
/// # Errors
///
/// As [`transpose_conv_row`].
pub fn transpose_conv_f32_row<W, B>(
    params: &TransposeConvParams,
    range: (f32, f32),
    row: usize,
    filter: &[W],
    bias: Option<&[B]>,
    rows: &[f32],
    output: &mut [f32],
) -> Result<(), LengthMismatch>
where
    W: Load<f32>,
    B: Load<f32>,
{
    check_row(params, row, rows.len(), output.len())?;
    check_weights(params.filter_len(), params.output_channels.into(), filter, bias)?;
    let (depth, channels) = (params.depth(), size(params.input_channels));
    let span = params.row_span(row);
    for (ox, pixel) in chunks_mut(output, size(params.output_channels)).enumerate() {
        let window = [span, params.x.span(ox)];
        for (block, output) in pixel.chunks_mut(FILTERS).enumerate() {
            let first = block * FILTERS;
            let filter = filter.get(first * depth..).unwrap_or(&[]);
            let mut sums = [0.0; FILTERS];
            params.pixels(window, |from, tap| {
                add_in_order(part(rows, from, channels), filter, tap, depth, &mut sums);
            });
            finish_f32(&sums, bias, first, range, output);
        }
    }
    Ok(())
}

/// Adds `x[k] · filter[f · depth + tap + k]` to each sum `f`, one `k` after the other.
///
/// Where `filter` ends before the last of its rows, their sums are of no use.
#[inline(never)]
fn add_in_order<W: Load<f32>>(
    x: &[f32],
    filter: &[W],
    tap: usize,
    depth: usize,
    sums: &mut [f32; FILTERS],
) {
    let row = |f: usize| filter.get(f * depth + tap..).filter(|row| row.len() >= x.len());
    let first = row(0).unwrap_or(&[]);
    let [w0, w1, w2, w3] = [0, 1, 2, 3].map(|f| row(f).unwrap_or(first));
    let mut acc = *sums;
    for ((((x, w0), w1), w2), w3) in x.iter().zip(w0).zip(w1).zip(w2).zip(w3) {
        for (acc, w) in acc.iter_mut().zip([w0, w1, w2, w3]) {
            *acc += x * w.load();
        }
    }
    *sums = acc;
}
