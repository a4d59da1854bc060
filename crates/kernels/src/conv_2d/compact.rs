//! CONV_2D on cores without vector registers.

use super::Conv2dParams;
use crate::chunks::{chunks, chunks_mut, part};
use crate::compact::{BLOCK, Block, Layer, PATCH, Patch, finish_f32, plus_dot_f32};
use crate::element::{Load, Quantized};
use crate::error::LengthMismatch;
use crate::rows::{Activations, for_each_row};
use crate::window::size;

/// Computes all rows of the output.
#[inline(never)]
pub(super) fn rows<T: Quantized>(
    params: &Conv2dParams,
    layer: &Layer<'_, T::Sum>,
    activations: Activations<'_, T>,
) -> Result<(), LengthMismatch> {
    layer.check(params.filter_len(), params.output_channels.into())?;
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
    params: &Conv2dParams,
    block: &mut Block<'_, T::Sum>,
    row: usize,
    input: &[T],
    output: &mut [T],
) {
    let layer = block.layer;
    let (depth, group_len) = (params.depth(), params.group_len());
    let channels = size(params.output_channels);
    let rows = params.window.row_span(row);
    let inputs = &mut [0; PATCH];
    let mut patch = Patch::new(inputs, layer.quantization.input_zero_point);
    let (mut first, mut group, mut rest) = (0, 0, group_len);
    while first < channels {
        let len = BLOCK.min(rest);
        block.set(first, len);
        let filters = layer.filters(first, depth);
        for (ox, pixel) in chunks_mut(output, channels).enumerate() {
            let window = [rows, params.window.x.span(ox)];
            let whole = window[0].taps * window[1].taps == params.window.filter_area();
            patch.dot(filters, depth, block.sums(), |patch| {
                if !whole {
                    patch.clear();
                }
                params.runs(window, group * size(params.filter_channels), |from, tap, len| {
                    patch.set(tap, part(input, from, len));
                });
            });
            block.write(pixel);
        }
        (first, rest) = (first + len, rest - len);
        if rest == 0 {
            (group, rest) = (group + 1, group_len);
        }
    }
}

/// Computes one row of a float output.
#[inline(never)]
pub(super) fn row_f32<W: Load<f32>, B: Load<f32>>(
    params: &Conv2dParams,
    range: (f32, f32),
    row: usize,
    input: &[f32],
    filter: &[W],
    bias: Option<&[B]>,
    output: &mut [f32],
) {
    let rows = params.window.row_span(row);
    for (ox, pixel) in chunks_mut(output, size(params.output_channels)).enumerate() {
        let window = [rows, params.window.x.span(ox)];
        let mut filters = chunks(filter, params.depth());
        let (mut channel, mut rest) = (0, params.group_len());
        for (o, output) in pixel.iter_mut().enumerate() {
            let weights = filters.next().unwrap_or(&[]);
            let mut sum = 0.0;
            params.runs(window, channel, |from, tap, len| {
                sum = plus_dot_f32(sum, part(input, from, len), part(weights, tap, len));
            });
            *output = finish_f32(sum, bias, o, range);
            rest -= 1;
            if rest == 0 {
                (channel, rest) = (channel + size(params.filter_channels), params.group_len());
            }
        }
    }
}
