//! DEPTHWISE_CONV_2D on cores without vector registers.

use super::DepthwiseConv2dParams;
use crate::accumulate::Accumulator;
use crate::chunks::chunks_mut;
use crate::compact::{BLOCK, Layer, finish_f32};
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
    layer: &Layer<'_>,
    activations: Activations<'_, T>,
) -> Result<(), LengthMismatch> {
    layer.check(params.filter_len(), params.output_channels())?;
    for_each_row(params, activations, |at, input, output| {
        row(params, layer, at, input, output);
        Ok(())
    })
}

/// Computes one row of the output.
#[inline(never)]
pub(super) fn row<T: Quantized>(
    params: &DepthwiseConv2dParams,
    layer: &Layer<'_>,
    row: usize,
    input: &[T],
    output: &mut [T],
) {
    let (channels, multiplier) = (params.output_channels(), size(params.multiplier));
    let rows = params.window.row_span(row);
    let zero_point = layer.quantization.input_zero_point;
    let mut first = 0;
    while first < channels {
        let len = BLOCK.min(channels - first);
        let block = layer.block::<T::Sum>(first, len);
        for (ox, pixel) in chunks_mut(output, channels).enumerate() {
            let window = [rows, params.window.x.span(ox)];
            let mut sums = block.bias;
            let taps = |channel: usize| [(first + channel) / multiplier, first + channel];
            let mut channel = 0;
            for sums in sums.get_mut(..len).unwrap_or(&mut []).chunks_mut(LANES) {
                let slices = (input, layer.filter);
                if let (Some(sums), 1) = (sums.first_chunk_mut(), multiplier) {
                    add_lanes(params, window, taps(channel), slices, zero_point, sums);
                    channel += LANES;
                    continue;
                }
                for sum in sums {
                    add_one(params, window, taps(channel), slices, zero_point, sum);
                    channel += 1;
                }
            }
            let pixel = pixel.get_mut(first..).unwrap_or(&mut []);
            block.write(&sums, pixel.get_mut(..len).unwrap_or(&mut []));
        }
        first += len;
    }
}

/// Adds the products of a channel.
#[inline(never)]
fn add_one<T: Quantized>(
    params: &DepthwiseConv2dParams,
    window: [Span; 2],
    channels: [usize; 2],
    (input, filter): (&[T], &[i8]),
    zero_point: i16,
    sum: &mut T::Sum,
) {
    let mut acc = *sum;
    params.taps(window, channels, input, filter, |x, w| {
        if let (Some(x), Some(w)) = (x.first(), w.first()) {
            acc = plus_product(acc, *x, *w, zero_point);
        }
    });
    *sum = acc;
}

/// Adds the products of several channels.
///
/// Spelled out, because loops over arrays stay loops where code is to be small.
#[inline(never)]
fn add_lanes<T: Quantized>(
    params: &DepthwiseConv2dParams,
    window: [Span; 2],
    channels: [usize; 2],
    (input, filter): (&[T], &[i8]),
    zero_point: i16,
    sums: &mut [T::Sum; LANES],
) {
    let [mut a, mut b, mut c, mut d] = *sums;
    params.taps(window, channels, input, filter, |x, w| {
        if let (Some(x), Some(w)) = (x.first_chunk::<LANES>(), w.first_chunk::<LANES>()) {
            a = plus_product(a, x[0], w[0], zero_point);
            b = plus_product(b, x[1], w[1], zero_point);
            c = plus_product(c, x[2], w[2], zero_point);
            d = plus_product(d, x[3], w[3], zero_point);
        }
    });
    *sums = [a, b, c, d];
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
