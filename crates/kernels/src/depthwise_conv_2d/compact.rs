//! DEPTHWISE_CONV_2D on cores without vector registers.

use super::DepthwiseConv2dParams;
use crate::accumulate::Accumulator;
use crate::chunks::chunks_mut;
use crate::compact::{BLOCK, Block, Layer, finish_f32};
use crate::dot::widened;
use crate::element::{Load, Quantized};
use crate::error::LengthMismatch;
use crate::rows::{Activations, for_each_row};
use crate::window::{Span, size};

/// Channels that are computed at a time where each has an input channel of its own.
const LANES: usize = 4;

/// Computes all rows of the output.
#[inline(never)]
pub(super) fn rows<T: Quantized>(
    params: &DepthwiseConv2dParams,
    layer: &Layer<'_, T::Sum>,
    activations: Activations<'_, T>,
) -> Result<(), LengthMismatch> {
    layer.check(params.filter_len(), params.output_channels())?;
    layer.with_block::<BLOCK, _>(|block| {
        for_each_row(params, activations, |at, input, output| {
            row(params, block, at, input, output);
            Ok(())
        })
    })
}

/// Computes one row of the output.
#[inline(never)]
pub(super) fn row<T: Quantized>(
    params: &DepthwiseConv2dParams,
    block: &mut Block<'_, T::Sum>,
    row: usize,
    input: &[T],
    output: &mut [T],
) {
    let layer = block.layer;
    let (channels, multiplier) = (params.output_channels(), size(params.multiplier));
    let rows = params.window.row_span(row);
    let zero_point = layer.quantization.input_zero_point;
    let slices = (input, layer.filter);
    let mut first = 0;
    while first < channels {
        let len = BLOCK.min(channels - first);
        block.set(first, len);
        for (ox, pixel) in chunks_mut(output, channels).enumerate() {
            let window = [rows, params.window.x.span(ox)];
            let mut channel = first;
            for outputs in block.channels() {
                let rest = first + len - channel;
                if rest >= LANES && multiplier == 1 {
                    let sums = lanes(params, window, channel, slices, zero_point);
                    for (output, sum) in outputs.iter_mut().zip(sums) {
                        output.sum = output.sum.plus(sum);
                    }
                    channel += LANES;
                    continue;
                }
                for output in outputs.iter_mut().take(rest) {
                    let channels = [channel / multiplier, channel];
                    output.sum = output.sum.plus(one(params, window, channels, slices, zero_point));
                    channel += 1;
                }
            }
            block.write(pixel);
        }
        first += len;
    }
}

/// The sum of products of a channel.
#[inline(never)]
fn one<T: Quantized>(
    params: &DepthwiseConv2dParams,
    window: [Span; 2],
    channels: [usize; 2],
    (input, filter): (&[T], &[i8]),
    zero_point: i16,
) -> T::Sum {
    let mut sum = T::Sum::of(0);
    params.taps(window, channels, input, filter, |x, w| {
        if let (Some(x), Some(w)) = (x.first(), w.first()) {
            sum = plus_product(sum, *x, *w, zero_point);
        }
    });
    sum
}

/// The sums of products of several channels, each of which has an input channel of its own.
///
/// Spelled out, because loops over arrays stay loops where code is to be small.
#[inline(never)]
fn lanes<T: Quantized>(
    params: &DepthwiseConv2dParams,
    window: [Span; 2],
    channel: usize,
    (input, filter): (&[T], &[i8]),
    zero_point: i16,
) -> [T::Sum; LANES] {
    let [mut a, mut b, mut c, mut d] = [T::Sum::of(0); LANES];
    params.taps(window, [channel; 2], input, filter, |x, w| {
        if let (Some(x), Some(w)) = (x.first_chunk::<LANES>(), w.first_chunk::<LANES>()) {
            a = plus_product(a, x[0], w[0], zero_point);
            b = plus_product(b, x[1], w[1], zero_point);
            c = plus_product(c, x[2], w[2], zero_point);
            d = plus_product(d, x[3], w[3], zero_point);
        }
    });
    [a, b, c, d]
}

#[inline(always)]
fn plus_product<T: Quantized>(sum: T::Sum, x: T, w: i8, zero_point: i16) -> T::Sum {
    sum.plus_product(widened(x).wrapping_sub(zero_point).into(), w.into())
}

/// Computes one row of a float output.
#[inline(never)]
pub(super) fn row_f32<W: Load<f32>, B: Load<f32>>(
    params: &DepthwiseConv2dParams,
    range: (f32, f32),
    row: usize,
    input: &[f32],
    filter: &[W],
    bias: Option<&[B]>,
    output: &mut [f32],
) {
    let rows = params.window.row_span(row);
    for (ox, pixel) in chunks_mut(output, params.output_channels()).enumerate() {
        let window = [rows, params.window.x.span(ox)];
        for (channel, output) in pixel.iter_mut().enumerate() {
            let channels = [channel / size(params.multiplier), channel];
            let mut sum = 0.0;
            params.taps(window, channels, input, filter, |x, w| {
                if let (Some(x), Some(w)) = (x.first(), w.first()) {
                    sum += x * w.load();
                }
            });
            *output = finish_f32(sum, bias, channel, range);
        }
    }
}
