//! DEPTHWISE_CONV_2D on cores without vector registers.

use super::DepthwiseConv2dParams;
use crate::accumulate::Accumulator;
use crate::compact::pixels::{Convolution, Pixels, for_each_pixel, from_pixel};
use crate::compact::{BLOCK, Block, finish_f32};
use crate::dot::widened;
use crate::element::{Load, Quantized};
use crate::window::{Span, Window, size};

impl<T: Quantized> Convolution<T> for DepthwiseConv2dParams {
    fn sizes(&self) -> [usize; 2] {
        [self.filter_len(), self.output_channels()]
    }

    #[inline(never)]
    fn row(&self, block: &mut Block<'_, T::Sum>, row: usize, input: &[T], output: &mut [T]) {
        self.for_each_pixel(row, &mut Row { params: self, block, input, output, first: 0 });
    }
}

struct Row<'a, 'l, T: Quantized> {
    params: &'a DepthwiseConv2dParams,
    block: &'a mut Block<'l, T::Sum>,
    input: &'a [T],
    output: &'a mut [T],
    /// The first of the selected channels.
    first: usize,
}

impl<T: Quantized> Pixels for Row<'_, '_, T> {
    fn select(&mut self, first: usize, len: usize, _: usize) {
        self.block.set(first, len);
        self.first = first;
    }

    fn compute(&mut self, at: usize, window: &[Span; 2]) {
        let Self { params, block, input, output, first } = self;
        let (layer, multiplier, mut channel) = (block.layer, size(params.multiplier), *first);
        let slices = (*input, layer.filter);
        let taps = &Taps::new(params, window);
        let mut rest = block.each_sum();
        while !rest.is_empty() {
            let most = if multiplier == 1 { BLOCK } else { multiplier - channel % multiplier };
            let (these, others) = rest.split_at_mut(most.min(rest.len()));
            let channels = [channel / multiplier, channel];
            let zero_point = layer.quantization.input_zero_point;
            add_products(taps, channels, slices, (multiplier, zero_point), these);
            (rest, channel) = (others, channel + most);
        }
        block.write(from_pixel(output, at, params.output_channels()));
    }
}

/// Where in input and filter the taps of a window are: at the first of their channels.
struct Taps {
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
    #[inline(never)]
    fn new(params: &DepthwiseConv2dParams, [rows, columns]: &[Span; 2]) -> Self {
        let Window { y, x, .. } = &params.window;
        let (in_c, out_c) = (size(params.window.channels), params.output_channels());
        let from = (rows.start * x.input() + columns.start) * in_c;
        let tap = (rows.first * x.filter() + columns.first) * out_c;
        Self {
            first: [from, tap],
            rows: [y.dilation() * x.input() * in_c, x.filter() * out_c],
            columns: [x.dilation() * in_c, out_c],
            count: [rows.taps, columns.taps],
        }
    }

    /// Calls `f` with inputs and weights for each tap, from the given channels of both to the end.
    #[inline(always)]
    fn visit<X, W>(
        &self,
        [input_channel, output_channel]: [usize; 2],
        input: &[X],
        filter: &[W],
        mut f: impl FnMut(&[X], &[W]),
    ) {
        let [mut from, mut tap] = self.first;
        (from, tap) = (from + input_channel, tap + output_channel);
        for _ in 0..self.count[0] {
            let mut inputs = input.get(from..).unwrap_or(&[]);
            let mut weights = filter.get(tap..).unwrap_or(&[]);
            for _ in 0..self.count[1] {
                f(inputs, weights);
                inputs = inputs.get(self.columns[0]..).unwrap_or(&[]);
                weights = weights.get(self.columns[1]..).unwrap_or(&[]);
            }
            (from, tap) = (from + self.rows[0], tap + self.rows[1]);
        }
    }
}

impl DepthwiseConv2dParams {
    fn for_each_pixel(&self, row: usize, pixels: &mut dyn Pixels) {
        let channels = self.output_channels();
        for_each_pixel(&self.window, row, [channels, channels], pixels);
    }
}

/// Adds to the sums of some output channels the products of a window, from the given channels of input and output on: each has an input channel of
/// its own, or all have the same.
#[inline(never)]
fn add_products<T: Quantized>(
    taps: &Taps,
    channels: [usize; 2],
    (input, filter): (&[T], &[i8]),
    (multiplier, zero_point): (usize, i16),
    sums: &mut [T::Sum],
) {
    let centred = |x: T| i32::from(widened(x).wrapping_sub(zero_point));
    taps.visit(channels, input, filter, |x, w| {
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
    let (first, len) = (0, 0);
    params.for_each_pixel(
        row,
        &mut FloatRow { params, range, input, filter, bias, output, first, len },
    );
}

struct FloatRow<'a, W, B> {
    params: &'a DepthwiseConv2dParams,
    range: (f32, f32),
    input: &'a [f32],
    filter: &'a [W],
    bias: Option<&'a [B]>,
    output: &'a mut [f32],
    /// The selected channels.
    first: usize,
    len: usize,
}

impl<W: Load<f32>, B: Load<f32>> Pixels for FloatRow<'_, W, B> {
    fn select(&mut self, first: usize, len: usize, _: usize) {
        (self.first, self.len) = (first, len);
    }

    fn compute(&mut self, at: usize, window: &[Span; 2]) {
        let params = self.params;
        let pixel = from_pixel(self.output, at, params.output_channels());
        let outputs = pixel.get_mut(self.first..).unwrap_or_default();
        let taps = Taps::new(params, window);
        for (output, channel) in outputs.iter_mut().zip(self.first..self.first + self.len) {
            let channels = [channel / size(params.multiplier), channel];
            let mut sum = 0.0;
            taps.visit(channels, self.input, self.filter, |x, w| {
                if let (Some(x), Some(w)) = (x.first(), w.first()) {
                    sum += x * w.load();
                }
            });
            *output = finish_f32(sum, self.bias, channel, self.range);
        }
    }
}
