//! The way over rows, blocks of output channels and pixels: once for all convolutions, whatever their types.

use super::{BLOCK, Block, Layer, with_layer};
use crate::backend::accumulate::{LayerQuantization, QuantizedWeights};
use crate::error::LengthMismatch;
use crate::number::element::Accumulator;
use crate::number::element::{Load, Quantized};
use crate::walk::rows::{Activations, RowGeometry, RowKernel, run_rows};
use crate::walk::window::{Span, Window, size};

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
    mut activations: Activations<'_, T>,
) -> Result<(), LengthMismatch> {
    let activations = &mut activations;
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
        layer.with_block(|block| convolution.row(block, row, input, output));
    });
}

/// [`convolve`], once for all biases.
#[inline(never)]
fn rows<T: Quantized>(
    convolution: &dyn Convolution<T>,
    layer: &Layer<'_, T::Sum>,
    activations: &mut Activations<'_, T>,
) -> Result<(), LengthMismatch> {
    let [filter_len, channels] = convolution.sizes();
    layer.check(filter_len, channels)?;
    layer.with_block(|block| run_rows(&mut Rows { convolution, block }, activations))
}

/// A convolution and its channels.
struct Rows<'r, 'l, T: Quantized> {
    convolution: &'r dyn Convolution<T>,
    block: &'r mut Block<'l, T::Sum>,
}

impl<T: Quantized> RowKernel<T> for Rows<'_, '_, T> {
    fn geometry(&self) -> &dyn RowGeometry {
        self.convolution
    }

    fn row(&mut self, row: usize, input: &[T], output: &mut [T]) {
        self.convolution.row(self.block, row, input, output);
    }
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

/// Where in input and filter the taps of a window are: at the first of their channels.
pub(crate) struct Taps {
    /// The first of input and filter.
    first: [usize; 2],
    /// From one row to the next.
    rows: [usize; 2],
    /// From one column to the next.
    columns: [usize; 2],
    /// Rows, and columns of each.
    count: [usize; 2],
}

impl Taps {
    /// Those of a filter with so many channels.
    #[inline(never)]
    pub(crate) fn new(window: &Window, [rows, columns]: &[Span; 2], channels: usize) -> Self {
        let Window { y, x, .. } = window;
        let in_c = size(window.channels);
        let from = (rows.start * x.input() + columns.start) * in_c;
        let tap = (rows.first * x.filter() + columns.first) * channels;
        Self {
            first: [from, tap],
            rows: [y.dilation() * x.input() * in_c, x.filter() * channels],
            columns: [x.dilation() * in_c, channels],
            count: [rows.taps, columns.taps],
        }
    }

    /// Makes one tap of those of each row, if they are next to each other in input and filter.
    #[inline(always)]
    pub(crate) fn join(&mut self) {
        let [input, filter] = self.columns;
        if input == filter {
            self.columns = [filter * core::mem::replace(&mut self.count[1], 1); 2];
        }
    }

    /// Elements of a tap: as far as it is to the next one in the filter.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.columns[1]
    }

    /// Calls `f` with the places of each tap in input and filter, from the given channels of both on.
    #[inline(always)]
    pub(crate) fn for_each(
        &self,
        [input_channel, filter_channel]: [usize; 2],
        mut f: impl FnMut(usize, usize),
    ) {
        let [mut from, mut tap] = self.first;
        (from, tap) = (from + input_channel, tap + filter_channel);
        for _ in 0..self.count[0] {
            let (mut input, mut filter) = (from, tap);
            for _ in 0..self.count[1] {
                f(input, filter);
                (input, filter) = (input + self.columns[0], filter + self.columns[1]);
            }
            (from, tap) = (from + self.rows[0], tap + self.rows[1]);
        }
    }
}

/// A row of outputs from pixel `at` on.
#[inline(always)]
pub(crate) fn from_pixel<T>(output: &mut [T], at: usize, channels: usize) -> &mut [T] {
    output.get_mut(at.wrapping_mul(channels)..).unwrap_or_default()
}
