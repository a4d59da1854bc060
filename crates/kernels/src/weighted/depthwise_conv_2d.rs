//! Two-dimensional depthwise convolution, quantized and float.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/depthwise_conv.h`
//! (`DepthwiseConvPerChannel`), `lite/kernels/internal/reference/depthwiseconv_float.h` (`DepthwiseConv`),
//! `lite/micro/kernels/depthwise_conv_common.cc`.

mod compact;

use core::array;
use core::ops::Range;

use crate::backend::accumulate::{
    Block, CHANNELS, Finish, LayerQuantization, QuantizedWeights, check_weights,
};
use crate::backend::compact::pixels;
use crate::backend::dot::{finish_f32, widened};
use crate::error::{LengthMismatch, ParamsError};
use crate::number::channel_requant::{CACHED, FactorCache};
use crate::number::element::Accumulator;
use crate::number::element::{Load, Quantized};
use crate::target::VECTORS;
use crate::walk::rows::{Activations, RowGeometry, check_row, for_each_row};
use crate::walk::shape::Nhwc;
use crate::walk::window::{Sliding, Span, Window, WindowOptions, agree, quotient, size};

/// Geometry of a depthwise convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct DepthwiseConv2dParams {
    window: Window,
    multiplier: u16,
    /// Fills the last word.
    unused: u16,
}

impl DepthwiseConv2dParams {
    /// Geometry of a depthwise convolution of `input` `[batches, height, width, channels]` with `filter`
    /// `[1, height, width, channels · multiplier]`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Dimension`] for a stride or dilation outside `1..=65535` or a padding beyond that,
    /// [`ParamsError::ShapeMismatch`] where `output` is not what the window gives or the channels do not multiply.
    pub fn new(
        input: Nhwc,
        filter: Nhwc,
        output: Nhwc,
        options: &WindowOptions,
    ) -> Result<Self, ParamsError> {
        let mut params = Self { window: Window::NONE, multiplier: 1, unused: 0 };
        params.slide(&[input, output, filter], options)?;
        Ok(params)
    }

    fn output_channels(&self) -> usize {
        size(self.window.channels).saturating_mul(size(self.multiplier))
    }

    fn filter_len(&self) -> usize {
        self.window.filter_area().saturating_mul(self.output_channels())
    }

    /// Calls `f` with inputs and weights for each tap of a window, from the given channels of both to the end.
    #[inline(always)]
    fn taps<X, W>(
        &self,
        [rows, columns]: [Span; 2],
        [input_channel, output_channel]: [usize; 2],
        input: &[X],
        filter: &[W],
        mut f: impl FnMut(&[X], &[W]),
    ) {
        let Window { y, x, .. } = &self.window;
        let (in_c, out_c) = (size(self.window.channels), self.output_channels());
        for row in 0..rows.taps {
            let from = ((rows.start + row * y.dilation()) * x.input() + columns.start) * in_c;
            let tap = ((rows.first + row) * x.filter() + columns.first) * out_c;
            let mut inputs = input.get(from + input_channel..).unwrap_or(&[]);
            let mut weights = filter.get(tap + output_channel..).unwrap_or(&[]);
            for _ in 0..columns.taps {
                f(inputs, weights);
                inputs = inputs.get(x.dilation() * in_c..).unwrap_or(&[]);
                weights = weights.get(out_c..).unwrap_or(&[]);
            }
        }
    }
}

impl Sliding for DepthwiseConv2dParams {
    fn slide(&mut self, images: &[Nhwc; 3], options: &WindowOptions) -> Result<(), ParamsError> {
        self.window.slide(images, options)?;
        let [input, output, filter] = images;
        let (input_channels, output_channels) = (input.channels(), output.channels());
        agree(1_u32, filter.batches())?;
        agree(filter.channels(), output_channels)?;
        let multiplier = quotient(output_channels.into(), input_channels.into());
        self.multiplier = multiplier as u16;
        agree(u32::from(input_channels) * multiplier.max(1), output_channels)
    }
}

impl RowGeometry for DepthwiseConv2dParams {
    fn output_rows(&self) -> usize {
        self.window.output_rows()
    }

    fn output_row_len(&self) -> usize {
        self.window.row_len(self.output_channels())
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

/// Convolves each channel of quantized images with its own filters of `i8`, per tensor or per channel.
///
/// With `z` the zero point of the input, `m` the depth multiplier and `M[o]` the factor of output channel `o`, and `x`
/// running over the window of output `(oy, ox)`, without what lies outside the image:
///
/// ```text
/// acc               = bias[o] + Σ (input[x, o / m] - z) · filter[x, o]
/// output[oy, ox, o] = clamp(output zero point + round(acc · M[o]), activation)
/// ```
///
/// `A` is the accumulator: `i32` with `i8` activations, `i64` with `i16`. TFLM ignores a zero point of the filter, and
/// with `i16` those of input and output: pass 0.
///
/// # Shapes
///
/// | slice    | dimensions                                  |
/// |----------|---------------------------------------------|
/// | `input`  | `[batches, height, width, channels]`        |
/// | `filter` | `[1, height, width, channels · multiplier]` |
/// | `bias`   | `[channels · multiplier]`, or none          |
/// | `output` | `[batches, height, width, channels · multiplier]` |
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
/// One multiply-accumulate for each output and tap; no scratch.
///
/// # Source
///
/// TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/depthwise_conv.h`, `DepthwiseConvPerChannel`.
///
/// # Examples
///
/// ```
/// use bantam_kernels::backend::accumulate::{LayerQuantization, QuantizedWeights};
/// use bantam_kernels::weighted::depthwise_conv_2d::{DepthwiseConv2dParams, depthwise_conv_2d};
/// use bantam_kernels::number::activation::ActivationRange;
/// use bantam_kernels::number::channel_requant::ChannelRequant;
/// use bantam_kernels::walk::window::WindowOptions;
/// use bantam_kernels::Nhwc;
///
/// // Two pixels of two channels, one tap for each channel.
/// let (image, filter) = (Nhwc::new([1, 1, 2, 2])?, Nhwc::new([1, 1, 1, 2])?);
/// let params = DepthwiseConv2dParams::new(image, filter, image, &WindowOptions::default())?;
/// let quantization = LayerQuantization::new::<i8>(1, -1, ActivationRange::full::<i8>())?;
/// let weights = QuantizedWeights {
///     filter: &[3, 5],
///     bias: Some(&[10, 20]),
///     requant: ChannelRequant::Given { multipliers: &[1 << 30], shifts: &[0] }, // 0.5
/// };
/// let mut output = [0_i8; 4];
/// depthwise_conv_2d(&params, &quantization, &weights, (&[3_i8, 5, 7, 9][..], &mut output[..])).unwrap();
/// // 10 + 3·(3-1) = 16;  16 · 0.5 - 1 = 7.  20 + 5·(5-1) = 40;  40 · 0.5 - 1 = 19.
/// assert_eq!(output, [7, 19, 13, 29]);
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
pub fn depthwise_conv_2d<'m, A, T, B>(
    params: &DepthwiseConv2dParams,
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
    weights.check(params.filter_len(), params.output_channels())?;
    let mut cache = FactorCache::<CACHED>::new();
    let weights = &weights.cached(&mut cache);
    for_each_row(params, activations.into(), |row, rows, line| {
        depthwise_conv_2d_row::<A, T, B>(params, quantization, weights, row, rows, line)
    })
}

/// Computes one row of the output: see [`depthwise_conv_2d`].
///
/// `row` counts over all batches; `rows` are the input rows that [`RowGeometry::input_rows`] names for it.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as that says.
pub fn depthwise_conv_2d_row<A, T, B>(
    params: &DepthwiseConv2dParams,
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
    weights.check(params.filter_len(), params.output_channels())?;
    if VECTORS {
        compute::<A, T, T, B>(params, quantization, weights, row, rows, output);
    } else {
        pixels::convolve_row(params, quantization, weights, row, rows, output);
    }
    Ok(())
}

#[inline(never)]
fn compute<A, T, I, B>(
    params: &DepthwiseConv2dParams,
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
    let finish = Finish::new(weights, quantization);
    let channels = params.output_channels();
    let (filter, zero_point) = (weights.filter, quantization.input_zero_point);
    let products_fit = T::MAX == i8::MAX.into() && params.window.filter_area() <= MOST_TAPS;
    let rows = params.window.row_span(row);
    let step = match (params.multiplier, params.window.channels) {
        (0 | 1, _) if products_fit && channels >= 2 * CHANNELS => 2 * CHANNELS,
        (0 | 1, _) | (_, 0 | 1) if products_fit && channels >= CHANNELS => CHANNELS,
        _ => 1,
    };
    let mut next = 0;
    while next < channels {
        // The last block overlaps the one before it.
        let first = next.min(channels - step);
        next = first + step;
        // Prepared factors pay from a few pixels on.
        let prepared = (params.window.x.output() >= MANY_PIXELS || weights.computes_factors())
            .then(|| {
                let block = finish.block(first);
                let next = if step > CHANNELS { finish.block(first + CHANNELS) } else { block };
                [block, next]
            });
        let scale = (&finish, prepared.as_ref(), first);
        for (ox, pixel) in output.chunks_exact_mut(channels).enumerate() {
            let window = [rows, params.window.x.span(ox)];
            let output = pixel.get_mut(first..next).unwrap_or(&mut []);
            if step == 2 * CHANNELS {
                let sums =
                    params.halves::<T, I, 16, false>(window, input, filter, first, zero_point);
                sums.finish(scale, output);
            } else if step == CHANNELS && params.multiplier <= 1 {
                let sums =
                    params.halves::<T, I, 8, false>(window, input, filter, first, zero_point);
                sums.finish(scale, output);
            } else if step == CHANNELS {
                let sums = params.halves::<T, I, 8, true>(window, input, filter, first, zero_point);
                sums.finish(scale, output);
            } else {
                let mut sums = [A::of(0); CHANNELS];
                let ic = first / size(params.multiplier);
                params.taps(window, [ic, first], input, filter, |x, w| {
                    if let (Some(x), Some(w)) = (x.first(), w.first()) {
                        let x = widened(x.load()).wrapping_sub(zero_point);
                        sums[0] = sums[0].plus_product(x.into(), (*w).into());
                    }
                });
                match &prepared {
                    Some([block, _]) => finish.of_block(block, &sums, output),
                    None => finish.channels(first, &sums, output),
                }
            }
        }
    }
}

/// Pixels of a row from which on factors are prepared for all of them.
const MANY_PIXELS: usize = 4;

/// Taps whose products [`Halves`] can hold the sums of.
const MOST_TAPS: usize = 256;

/// Sums of 16-bit products in two halves of 16 bits: twice as many fit a vector register as of 32 bits.
struct Halves<const N: usize> {
    /// Sums of the products' low bytes, as unsigned numbers.
    low: [i16; N],
    /// Sums of the products' high bytes.
    high: [i16; N],
}

impl<const N: usize> Halves<N> {
    #[inline(always)]
    fn finish<A, T, B>(
        &self,
        (finish, blocks, first): (&Finish<'_, B>, Option<&[Block<A>; 2]>, usize),
        output: &mut [T],
    ) where
        A: Accumulator,
        T: Quantized,
        B: Load<A>,
    {
        let (low, _) = self.low.as_chunks::<CHANNELS>();
        let (high, _) = self.high.as_chunks::<CHANNELS>();
        let (output, _) = output.as_chunks_mut::<CHANNELS>();
        for (chunk, ((low, high), output)) in low.iter().zip(high).zip(output).enumerate() {
            let sum = |c: usize| (i32::from(high[c]) << 8) + i32::from(low[c] as u16);
            let sums = array::from_fn(|c| A::of(sum(c)));
            match blocks.and_then(|blocks| blocks.get(chunk)) {
                Some(block) => finish.of_block(block, &sums, output),
                None => finish.channels(first + chunk * CHANNELS, &sums, output),
            }
        }
    }
}

impl DepthwiseConv2dParams {
    /// The sums of `N` channels from `first` on, all from the same input channel or each from its own.
    ///
    /// An `i8` less its zero point has 9 bits, and its product with a weight 16.
    #[inline(never)]
    fn halves<T: Quantized, I: Load<T>, const N: usize, const ONE_INPUT: bool>(
        &self,
        window: [Span; 2],
        input: &[I],
        filter: &[i8],
        first: usize,
        zero_point: i16,
    ) -> Halves<N> {
        let (mut low, mut high) = ([0_i16; N], [0_i16; N]);
        let channels = [if ONE_INPUT { 0 } else { first }, first];
        self.taps(window, channels, input, filter, |x, w| {
            let Some(w) = w.first_chunk::<N>() else { return };
            let mut product = [0_i16; N];
            if ONE_INPUT {
                let Some(x) = x.first() else { return };
                let x = widened(x.load()).wrapping_sub(zero_point);
                for k in 0..N {
                    product[k] = x.wrapping_mul(w[k].into());
                }
            } else {
                let Some(x) = x.first_chunk::<N>() else { return };
                for k in 0..N {
                    let x = widened(x[k].load()).wrapping_sub(zero_point);
                    product[k] = x.wrapping_mul(w[k].into());
                }
            }
            for k in 0..N {
                low[k] = low[k].wrapping_add(product[k] & 0xFF);
                high[k] = high[k].wrapping_add(product[k] >> 8);
            }
        });
        Halves { low, high }
    }

    /// The sums of [`CHANNELS`] channels from `first` on, each from its own input channel.
    #[inline(never)]
    fn sums_f32<I: Load<f32>, W: Load<f32>, const N: usize>(
        &self,
        window: [Span; 2],
        input: &[I],
        filter: &[W],
        first: usize,
    ) -> [f32; N] {
        let mut sums = [0.0; N];
        self.taps(window, [first; 2], input, filter, |x, w| {
            if let (Some(x), Some(w)) = (x.first_chunk::<N>(), w.first_chunk::<N>()) {
                for k in 0..N {
                    sums[k] += x[k].load() * w[k].load();
                }
            }
        });
        sums
    }
}

/// Convolves each channel of float images with its own float filters.
///
/// As [`depthwise_conv_2d`], without zero points and factors; `range` is that of the fused activation
/// ([`Activation::range_f32`](crate::number::activation::Activation::range_f32)).
///
/// # Rounding
///
/// Products are added in the order of TFLM's reference kernel.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not exactly as long as its shape says. Nothing is written.
///
/// # Cost
///
/// One multiply-accumulate for each output and tap; no scratch.
///
/// # Source
///
/// TFLM 90b983c2b, `lite/kernels/internal/reference/depthwiseconv_float.h`, `DepthwiseConv`.
pub fn depthwise_conv_2d_f32<'m, W, B>(
    params: &DepthwiseConv2dParams,
    range: (f32, f32),
    filter: &[W],
    bias: Option<&[B]>,
    activations: impl Into<Activations<'m, f32>>,
) -> Result<(), LengthMismatch>
where
    W: Load<f32>,
    B: Load<f32>,
{
    check_weights(params.filter_len(), params.output_channels(), filter, bias)?;
    for_each_row(params, activations.into(), |row, rows, line| {
        if !VECTORS {
            compact::row_f32(params, range, row, rows, filter, bias, line);
            return Ok(());
        }
        depthwise_conv_2d_f32_row(params, range, row, filter, bias, rows, line)
    })
}

/// Computes one row of the output: see [`depthwise_conv_2d_f32`] and [`depthwise_conv_2d_row`].
///
/// # Errors
///
/// As [`depthwise_conv_2d_row`].
pub fn depthwise_conv_2d_f32_row<W, B>(
    params: &DepthwiseConv2dParams,
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
    check_weights(params.filter_len(), params.output_channels(), filter, bias)?;
    if VECTORS {
        compute_f32(params, range, row, rows, filter, bias, output);
    } else {
        compact::row_f32(params, range, row, rows, filter, bias, output);
    }
    Ok(())
}

#[inline(never)]
fn compute_f32<I, W, B>(
    params: &DepthwiseConv2dParams,
    range: (f32, f32),
    row: usize,
    input: &[I],
    filter: &[W],
    bias: Option<&[B]>,
    output: &mut [f32],
) where
    I: Load<f32>,
    W: Load<f32>,
    B: Load<f32>,
{
    let channels = params.output_channels();
    let rows = params.window.row_span(row);
    for (ox, pixel) in output.chunks_exact_mut(channels).enumerate() {
        let window = [rows, params.window.x.span(ox)];
        let mut first = 0;
        while first < channels {
            let step = match params.multiplier {
                0 | 1 if channels >= 2 * CHANNELS => 2 * CHANNELS,
                0 | 1 if channels >= CHANNELS => CHANNELS,
                _ => 1,
            };
            // The last block overlaps the one before it.
            first = first.min(channels - step);
            let output = pixel.get_mut(first..first + step).unwrap_or(&mut []);
            if step == 2 * CHANNELS {
                let sums: [f32; 2 * CHANNELS] = params.sums_f32(window, input, filter, first);
                finish_f32(&sums, bias, first, range, output);
            } else if step == CHANNELS {
                let sums: [f32; CHANNELS] = params.sums_f32(window, input, filter, first);
                finish_f32(&sums, bias, first, range, output);
            } else {
                let mut sums = [0.0];
                let ic = first / size(params.multiplier);
                params.taps(window, [ic, first], input, filter, |x, w| {
                    if let (Some(x), Some(w)) = (x.first(), w.first()) {
                        sums[0] += x.load() * w.load();
                    }
                });
                finish_f32(&sums, bias, first, range, output);
            }
            first += step;
        }
    }
}
