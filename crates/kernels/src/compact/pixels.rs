//! The way over rows, blocks of output channels and pixels: once for all convolutions, whatever their types.

use super::{BLOCK, Block, Layer, with_layer};
use crate::accumulate::{Accumulator, LayerQuantization, QuantizedWeights};
use crate::element::{Load, Quantized};
use crate::error::LengthMismatch;
use crate::rows::{Activations, RowGeometry, walk_rows};
use crate::window::{Span, Window};

/// A quantized convolution of `T`.
pub(crate) trait Convolution<T: Quantized>: RowGeometry {
    /// Weights of its filter, and output channels.
    fn sizes(&self) -> [usize; 2];

    /// Computes one row of the output: its index, the input rows under it, and the outputs.
    fn row(&self, block: &mut Block<'_, T::Sum>, row: usize, input: &[T], output: &mut [T]);
}

/// Computes all rows of the output.
#[inline(never)]
pub(crate) fn convolve<A: Accumulator, T: Quantized, B: Load<A>>(
    convolution: &dyn Convolution<T>,
    quantization: &LayerQuantization,
    weights: &QuantizedWeights<'_, B>,
    activations: Activations<'_, T>,
) -> Result<(), LengthMismatch> {
    with_layer::<T, A, B, _>(quantization, weights, |layer| rows(convolution, layer, activations))
}

/// Computes one row of the output.
pub(crate) fn convolve_row<A: Accumulator, T: Quantized, B: Load<A>>(
    convolution: &dyn Convolution<T>,
    quantization: &LayerQuantization,
    weights: &QuantizedWeights<'_, B>,
    row: usize,
    input: &[T],
    output: &mut [T],
) {
    with_layer::<T, A, B, _>(quantization, weights, |layer| {
        layer.with_block::<BLOCK, _>(|block| convolution.row(block, row, input, output));
    });
}

/// [`convolve`], once for all biases.
#[inline(never)]
fn rows<T: Quantized>(
    convolution: &dyn Convolution<T>,
    layer: &Layer<'_, T::Sum>,
    activations: Activations<'_, T>,
) -> Result<(), LengthMismatch> {
    let [filter_len, channels] = convolution.sizes();
    layer.check(filter_len, channels)?;
    layer.with_block::<BLOCK, _>(|block| {
        walk_rows(convolution, activations, &mut |at, input, output| {
            convolution.row(block, at, input, output);
            Ok(())
        })
    })
}

/// What a convolution computes of a row.
pub(crate) trait Pixels {
    /// Turns to `len` output channels (at most [`BLOCK`]) from `first` on, all of one `group`.
    fn select(&mut self, first: usize, len: usize, group: usize);

    /// Computes these channels of pixel `at`, whose window has these rows and columns of the input under it.
    fn compute(&mut self, at: usize, window: &[Span; 2]);
}

/// Computes output row `row` with groups of `group_len` channels, block by block.
#[inline(never)]
pub(crate) fn for_each_pixel(
    window: &Window,
    row: usize,
    [channels, group_len]: [usize; 2],
    pixels: &mut dyn Pixels,
) {
    let mut spans = [window.row_span(row); 2];
    let (mut first, mut group, mut rest) = (0, 0, group_len);
    while first < channels {
        let len = BLOCK.min(rest);
        pixels.select(first, len, group);
        for at in 0..window.x.output() {
            spans[1] = window.x.span_at(at);
            pixels.compute(at, &spans);
        }
        (first, rest) = (first + len, rest - len);
        if rest == 0 {
            (group, rest) = (group + 1, group_len);
        }
    }
}

/// A row of outputs from pixel `at` on.
#[inline(always)]
pub(crate) fn from_pixel<T>(output: &mut [T], at: usize, channels: usize) -> &mut [T] {
    output.get_mut(at.wrapping_mul(channels)..).unwrap_or_default()
}
