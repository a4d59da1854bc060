//! DEPTHWISE_CONV_2D on cores without vector registers.

use super::DepthwiseConv2dParams;
use crate::accumulate::Accumulator;
use crate::compact::pixels::{Convolution, Pixels, for_each_pixel, from_pixel};
use crate::compact::{Block, Channel, finish_f32};
use crate::dot::widened;
use crate::element::{Load, Quantized};
use crate::window::{Span, Window, size};

/// Channels that are computed at a time where each has an input channel of its own.
const LANES: usize = 4;

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
        let Self { params, block, input, output, first: channel } = self;
        let (layer, multiplier, mut channel) = (block.layer, size(params.multiplier), *channel);
        let zero_point = layer.quantization.input_zero_point;
        let slices = (*input, layer.filter);
        let taps = &Taps::new(params, window);
        for outputs in block.channels().chunks_mut(LANES) {
            if let (Some(outputs), 1) = (outputs.first_chunk_mut::<LANES>(), multiplier) {
                lanes::<T>(taps, channel, slices, zero_point, outputs);
                channel += LANES;
                continue;
            }
            for output in outputs {
                let channels = [channel / multiplier, channel];
                output.sum = one(params, *window, channels, slices, zero_point);
                channel += 1;
            }
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
        let (in_c, out_c) = (size(params.input_channels), params.output_channels());
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

/// Sets the sums of products of several channels from `channel` on, each of which has an input channel of its own.
///
/// Spelled out, because loops over arrays stay loops where code is to be small.
#[inline(never)]
fn lanes<T: Quantized>(
    taps: &Taps,
    channel: usize,
    (input, filter): (&[T], &[i8]),
    zero_point: i16,
    outputs: &mut [Channel<T::Sum>; LANES],
) {
    let [mut a, mut b, mut c, mut d] = [T::Sum::of(0); LANES];
    taps.visit([channel; 2], input, filter, |x, w| {
        if let (Some(x), Some(w)) = (x.first_chunk::<LANES>(), w.first_chunk::<LANES>()) {
            a = plus_product(a, x[0], w[0], zero_point);
            b = plus_product(b, x[1], w[1], zero_point);
            c = plus_product(c, x[2], w[2], zero_point);
            d = plus_product(d, x[3], w[3], zero_point);
        }
    });
    (outputs[0].sum, outputs[1].sum, outputs[2].sum, outputs[3].sum) = (a, b, c, d);
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
