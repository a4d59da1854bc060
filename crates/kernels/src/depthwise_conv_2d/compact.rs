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
    let mut first = 0;
    while first < channels {
        let len = BLOCK.min(channels - first);
        block.set(first, len);
        for (ox, pixel) in chunks_mut(output, channels).enumerate() {
            let window = [rows, params.window.x.span(ox)];
            let (mut rest, mut channel) = (block.each_sum(), first);
            while !rest.is_empty() {
                let most = if multiplier == 1 { len } else { multiplier - channel % multiplier };
                let (these, others) = rest.split_at_mut(most.min(rest.len()));
                add_window(params, window, channel, (input, layer.filter), zero_point, these);
                (rest, channel) = (others, channel + most);
            }
            block.write(pixel);
        }
        first += len;
    }
}

/// Adds to the sums of the output channels from `first` on the products of a window: each of them has an input channel of its own, or all have the same.
#[inline(never)]
fn add_window<T: Quantized>(
    params: &DepthwiseConv2dParams,
    window: [Span; 2],
    first: usize,
    (input, filter): (&[T], &[i8]),
    zero_point: i16,
    sums: &mut [T::Sum],
) {
    let multiplier = size(params.multiplier);
    let centred = |x: T| i32::from(widened(x).wrapping_sub(zero_point));
    params.taps(window, [first / multiplier, first], input, filter, |x, w| {
        if multiplier == 1 {
            for ((sum, &x), &w) in sums.iter_mut().zip(x).zip(w) {
                *sum = sum.plus_product(centred(x), w.into());
            }
        } else if let Some(&x) = x.first() {
            let x = centred(x);
            for (sum, &w) in sums.iter_mut().zip(w) {
                *sum = sum.plus_product(x, w.into());
            }
        }
    });
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
