//! Two-dimensional convolution, quantized and float.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/conv.h` (`ConvPerChannel`),
//! `lite/kernels/internal/reference/conv.h` (`Conv`), `lite/micro/kernels/conv_common.cc`.

mod compact;
mod float;

use core::marker::PhantomData;
use core::ops::Range;

use crate::backend::accumulate::{CHANNELS, Finish, LayerQuantization, QuantizedWeights};
use crate::backend::compact::pixels;
use crate::backend::dot::{PATCH, Patch};
use crate::backend::tile::{self, Tile, WINDOWS};
use crate::error::{LengthMismatch, ParamsError};
use crate::number::channel_requant::{CACHED, FEW, FactorCache};
use crate::number::element::Accumulator;
use crate::number::element::{Load, Quantized};
use crate::target::VECTORS;
use crate::walk::chunks::part;
use crate::walk::rows::{
    Activations, RowBlock, RowGeometry, RowKernel, check_row, for_each_row, run,
};
use crate::walk::shape::Nhwc;
use crate::walk::window::{Sliding, Span, Window, WindowOptions, agree, quotient, size};

pub use float::{conv_2d_f32, conv_2d_f32_row};

/// Geometry of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct Conv2dParams {
    window: Window,
    output_channels: u16,
    filter_channels: u16,
}

impl Conv2dParams {
    /// Geometry of a convolution of `input` `[batches, height, width, channels]` with `filter`
    /// `[output channels, height, width, filter channels]`.
    ///
    /// The filter has as many channels as the input, or a divisor of that: then the convolution is grouped.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Dimension`] for a stride or dilation outside `1..=65535` or a padding beyond that,
    /// [`ParamsError::ShapeMismatch`] where `output` is not what the window gives or the channels do not divide into groups.
    pub fn new(
        input: Nhwc,
        filter: Nhwc,
        output: Nhwc,
        options: &WindowOptions,
    ) -> Result<Self, ParamsError> {
        let mut params = Self { window: Window::NONE, output_channels: 1, filter_channels: 1 };
        params.slide(&[input, output, filter], options)?;
        Ok(params)
    }

    /// Weights of one output channel.
    fn depth(&self) -> usize {
        self.window.filter_area().saturating_mul(size(self.filter_channels))
    }

    /// Channels of output that share a group of the input's channels.
    fn group_len(&self) -> usize {
        let groups = (size(self.window.channels) / size(self.filter_channels)).max(1);
        (size(self.output_channels) / groups).max(1)
    }

    /// Calls `f(input offset, filter offset, elements)` for each contiguous run of a window, starting at channel
    /// `channel` of the input.
    #[inline(always)]
    fn runs(
        &self,
        [rows, columns]: [Span; 2],
        channel: usize,
        mut f: impl FnMut(usize, usize, usize),
    ) {
        let Window { y, x, .. } = &self.window;
        let (in_c, depth) = (size(self.window.channels), size(self.filter_channels));
        for row in 0..rows.taps {
            let iy = rows.start + row * y.dilation();
            let mut from = (iy * x.input() + columns.start) * in_c + channel;
            let mut tap = ((rows.first + row) * x.filter() + columns.first) * depth;
            if x.dilation() == 1 && in_c == depth {
                f(from, tap, columns.taps * depth);
                continue;
            }
            for _ in 0..columns.taps {
                f(from, tap, depth);
                from += x.dilation() * in_c;
                tap += depth;
            }
        }
    }

    /// Whether all output channels read all input channels.
    fn is_one_group(&self) -> bool {
        self.window.channels == self.filter_channels
    }

    /// Whether windows of `T` are small enough for a [`Tile`].
    fn fits_tile<T: Quantized>(&self) -> bool {
        let most = if T::MAX > i8::MAX.into() { PATCH } else { tile::DEPTH };
        self.depth() <= most.min(tile::DEPTH)
    }

    /// Puts what is under a window, from channel `channel` on, into place `window` of a tile.
    #[inline(always)]
    fn gather<T: Quantized, I: Load<T>>(
        &self,
        tile: &mut Tile,
        window: usize,
        spans: [Span; 2],
        channel: usize,
        input: &[I],
    ) {
        if spans[0].taps * spans[1].taps != self.window.filter_area() {
            tile.clear(window);
        }
        self.runs(spans, channel, |from, tap, len| {
            tile.set(window, tap, part(input, from, len));
        });
    }

    fn filter_len(&self) -> usize {
        self.depth().saturating_mul(size(self.output_channels))
    }
}

impl Sliding for Conv2dParams {
    fn slide(&mut self, images: &[Nhwc; 3], options: &WindowOptions) -> Result<(), ParamsError> {
        self.window.slide(images, options)?;
        let [input, output, filter] = images;
        let (output_channels, filter_channels) = (filter.batches(), filter.channels());
        (self.output_channels, self.filter_channels) = (output_channels, filter_channels);
        let input_channels = input.channels();
        agree(output_channels, output.channels())?;
        let groups = quotient(input_channels.into(), filter_channels.into());
        agree(groups.max(1) * u32::from(filter_channels), input_channels)?;
        agree(quotient(output_channels.into(), groups) * groups, output_channels)
    }
}

impl RowGeometry for Conv2dParams {
    fn output_rows(&self) -> usize {
        self.window.output_rows()
    }

    fn output_row_len(&self) -> usize {
        self.window.row_len(size(self.output_channels))
    }

    fn input_len(&self) -> usize {
        self.window.input_len()
    }

    fn input_row_len(&self) -> usize {
        self.window.input_row_len()
    }

    fn input_rows(&self, row: usize) -> Range<usize> {
        self.window.input_rows(row)
    }
}

/// Convolves quantized images with a filter of `i8`, per tensor or per channel.
///
/// With `z` the zero point of the input and `M[o]` the factor of output channel `o`, and `x` running over the window of
/// output `(oy, ox)`, without what lies outside the image:
///
/// ```text
/// acc               = bias[o] + Σ (input[x] - z) · filter[o][x]
/// output[oy, ox, o] = clamp(output zero point + round(acc · M[o]), activation)
/// ```
///
/// `A` is the accumulator: `i32` with `i8` activations; with `i16`, `i32` or `i64` as the bias has it. TFLM ignores
/// a zero point of the filter, and with `i16` those of input and output: pass 0.
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
/// One multiply-accumulate for each output and each weight of its channel; no scratch.
///
/// # Source
///
/// TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/conv.h`, `ConvPerChannel`.
///
/// # Examples
///
/// ```
/// use bantam_kernels::backend::accumulate::{LayerQuantization, QuantizedWeights};
/// use bantam_kernels::weighted::conv_2d::{Conv2dParams, conv_2d};
/// use bantam_kernels::number::activation::ActivationRange;
/// use bantam_kernels::number::channel_requant::ChannelRequant;
/// use bantam_kernels::walk::window::WindowOptions;
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
/// conv_2d(&params, &quantization, &weights, (&[3_i8, 5, 7, 9][..], &mut output[..])).unwrap();
/// // 10 + 3·(3-1) + 5·(5-1) = 36;  36 · 0.5 - 1 = 17.  10 + 3·(5-1) = 22;  22 · 0.5 - 1 = 10.
/// assert_eq!(output, [17, 10, 33, 16]);
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
pub fn conv_2d<'m, A, T, B>(
    params: &Conv2dParams,
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
    let columns = params.window.x.output();
    if params.fits_tile::<T>() && params.is_one_group() && columns < FEWEST_WINDOWS {
        let mut rows = ShortRows {
            params,
            finish: Finish::new(weights, quantization),
            tile: Tile::new(params.depth(), quantization.input_zero_point),
            sums: PhantomData::<A>,
        };
        return run(&mut rows, activations);
    }
    for_each_row(params, activations.into(), |row, rows, line| {
        conv_2d_row::<A, T, B>(params, quantization, weights, row, rows, line)
    })
}

/// Several rows of few pixels, which share a [`Tile`].
struct ShortRows<'p, 'w, A, B> {
    params: &'p Conv2dParams,
    finish: Finish<'w, B>,
    tile: Tile,
    sums: PhantomData<A>,
}

impl<A: Accumulator, T: Quantized, B: Load<A>> RowKernel<T> for ShortRows<'_, '_, A, B> {
    fn geometry(&self) -> &dyn RowGeometry {
        self.params
    }

    fn row(&mut self, row: usize, input: &[T], output: &mut [T]) {
        self.gather(0, row, input);
        self.write(output);
    }

    fn blocks(&mut self) -> Option<&mut dyn RowBlock<T>> {
        Some(self)
    }
}

impl<A: Accumulator, T: Quantized, B: Load<A>> RowBlock<T> for ShortRows<'_, '_, A, B> {
    fn block_rows(&self) -> usize {
        self.tile.windows() / self.params.window.x.output()
    }

    fn gather(&mut self, slot: usize, row: usize, rows: &[T]) {
        let columns = self.params.window.x.output();
        let span = self.params.window.row_span(row);
        for ox in 0..columns {
            let spans = [span, self.params.window.x.span(ox)];
            self.params.gather(&mut self.tile, slot * columns + ox, spans, 0, rows);
        }
    }

    fn write(&mut self, lines: &mut [T]) {
        let channels = size(self.params.output_channels);
        dot_tile::<A, T, B>(&mut self.tile, &self.finish, 0..channels, channels, lines);
    }
}

/// Computes the output channels `channels` of the pixels whose windows are in `tile`.
#[inline(always)]
fn dot_tile<A, T, B>(
    tile: &mut Tile,
    finish: &Finish<'_, B>,
    channels: Range<usize>,
    pixel_len: usize,
    pixels: &mut [T],
) where
    A: Accumulator,
    T: Quantized,
    B: Load<A>,
{
    let count = (pixels.len() / pixel_len.max(1)).min(WINDOWS);
    for first in channels.clone().step_by(CHANNELS) {
        let mut sums = [[0; CHANNELS]; WINDOWS];
        let sums = sums.get_mut(..count).unwrap_or(&mut []);
        tile.dot(finish.filter().get(first * tile.depth()..).unwrap_or(&[]), sums);
        let block = finish.block(first);
        let end = channels.end.min(first + CHANNELS);
        for (sums, pixel) in sums.iter().zip(pixels.chunks_mut(pixel_len.max(1))) {
            let output = pixel.get_mut(first..end).unwrap_or(&mut []);
            finish.of_block(&block, &sums.map(A::of), output);
        }
    }
}

/// Computes one row of the output: see [`conv_2d`].
///
/// `row` counts over all batches; `rows` are the input rows that [`RowGeometry::input_rows`] names for it.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as that says.
pub fn conv_2d_row<A, T, B>(
    params: &Conv2dParams,
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
    if VECTORS {
        compute::<A, T, T, B>(params, quantization, weights, row, rows, output);
    } else {
        pixels::convolve_row(params, quantization, weights, row, rows, output);
    }
    Ok(())
}

#[inline(never)]
fn compute<A, T, I, B>(
    params: &Conv2dParams,
    quantization: &LayerQuantization,
    weights: &QuantizedWeights<'_, B>,
    row: usize,
    input: &[I],
    output: &mut [T],
) where
    A: Accumulator,
    T: Quantized,
    I: Load<T>,
    B: Load<A>,
{
    let depth = params.depth();
    if params.fits_tile::<T>() && params.window.x.output() >= FEWEST_WINDOWS {
        return compute_tiles(params, quantization, weights, row, input, output);
    }
    let channels = size(params.output_channels);
    if weights.computes_factors() && params.is_one_group() {
        // A few channels at a time, so that their factors are computed once for all pixels of the row.
        for first in (0..channels).step_by(FEW) {
            let mut cache = FactorCache::<FEW>::new();
            let range = first..channels.min(first + FEW);
            let weights = weights.some(range.clone(), depth, &mut cache);
            compute_channels::<A, T, I, B>(
                params,
                quantization,
                &weights,
                row,
                input,
                (output, range),
            );
        }
    } else {
        compute_channels::<A, T, I, B>(
            params,
            quantization,
            weights,
            row,
            input,
            (output, 0..channels),
        );
    }
}

/// [`compute`] for a range of the output channels, whose weights these are.
#[inline(never)]
fn compute_channels<A, T, I, B>(
    params: &Conv2dParams,
    quantization: &LayerQuantization,
    weights: &QuantizedWeights<'_, B>,
    row: usize,
    input: &[I],
    (output, range): (&mut [T], Range<usize>),
) where
    A: Accumulator,
    T: Quantized,
    I: Load<T>,
    B: Load<A>,
{
    let (depth, group_len) = (params.depth(), params.group_len());
    let finish = Finish::new(weights, quantization);
    let mut patch = Patch::new(quantization.input_zero_point);
    let rows = params.window.row_span(row);
    for (ox, pixel) in output.chunks_exact_mut(size(params.output_channels)).enumerate() {
        let pixel = pixel.get_mut(range.clone()).unwrap_or(&mut []);
        let window = [rows, params.window.x.span(ox)];
        let whole = window[0].taps * window[1].taps == params.window.filter_area();
        for (group, pixel) in pixel.chunks_mut(group_len).enumerate() {
            let channel = group * size(params.filter_channels);
            if depth <= PATCH {
                if !whole {
                    patch.clear();
                }
                params.runs(window, channel, |from, tap, len| {
                    patch.set(tap, part(input, from, len));
                });
            }
            for (chunk, output) in pixel.chunks_mut(CHANNELS).enumerate() {
                let first = group * group_len + chunk * CHANNELS;
                let mut sums = [A::of(0); CHANNELS];
                let filter = weights.filter.get(first * depth..).unwrap_or(&[]);
                if depth <= PATCH {
                    patch.dot(depth, filter, depth, &mut sums);
                } else {
                    params.runs(window, channel, |from, tap, len| {
                        let filter = filter.get(tap..).unwrap_or(&[]);
                        patch.dot_long(part(input, from, len), filter, depth, &mut sums);
                    });
                }
                finish.channels(first, &sums, output);
            }
        }
    }
}

/// Pixels in a row that make [`compute_tiles`] worth its preparations.
const FEWEST_WINDOWS: usize = 3;

/// [`compute`], several pixels at a time.
#[inline(never)]
fn compute_tiles<A, T, I, B>(
    params: &Conv2dParams,
    quantization: &LayerQuantization,
    weights: &QuantizedWeights<'_, B>,
    row: usize,
    input: &[I],
    output: &mut [T],
) where
    A: Accumulator,
    T: Quantized,
    I: Load<T>,
    B: Load<A>,
{
    let (depth, group_len) = (params.depth(), params.group_len());
    let finish = Finish::new(weights, quantization);
    let mut tile = Tile::new(depth, quantization.input_zero_point);
    let rows = params.window.row_span(row);
    let channels = size(params.output_channels);
    let mut ox = 0;
    for pixels in output.chunks_mut(tile.windows() * channels) {
        let count = (pixels.len() / channels).min(WINDOWS);
        for group in 0..channels.div_ceil(group_len) {
            let channel = group * size(params.filter_channels);
            for window in 0..count {
                let spans = [rows, params.window.x.span(ox + window)];
                params.gather(&mut tile, window, spans, channel, input);
            }
            let end = ((group + 1) * group_len).min(channels);
            dot_tile::<A, T, B>(&mut tile, &finish, group * group_len..end, channels, pixels);
        }
        ox += count;
    }
}
