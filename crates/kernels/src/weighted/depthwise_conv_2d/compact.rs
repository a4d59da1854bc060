//! DEPTHWISE_CONV_2D on cores without vector registers.

use super::DepthwiseConv2dParams;
use crate::backend::compact::pixels::{Convolution, Pixels, Taps, for_each_pixel, from_pixel};
use crate::backend::compact::{BLOCK, Block, finish_f32};
use crate::backend::dot::widened;
use crate::number::element::Accumulator;
use crate::number::element::{Load, Quantized};
use crate::walk::chunks::whole_part;
use crate::walk::window::{Span, size};

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
        let taps = &Taps::new(&params.window, window, params.output_channels());
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
    taps.for_each(channels, |from, tap| {
        let Some(w) = whole_part(filter, tap, sums.len()) else { return };
        if multiplier == 1 {
            let Some(x) = whole_part(input, from, sums.len()) else { return };
            add_each(x, w, zero_point, sums);
        } else if let Some(&x) = input.get(from) {
            let x = centred(x, zero_point);
            for (sum, &w) in sums.iter_mut().zip(w) {
                *sum = sum.plus_product(x, w.into());
            }
        }
    });
}

/// Adds to each sum the product of an input and a weight: apart, so that all of it stays in registers.
#[inline(never)]
fn add_each<T: Quantized>(x: &[T], w: &[i8], zero_point: i16, sums: &mut [T::Sum]) {
    for ((sum, &x), &w) in sums.iter_mut().zip(x).zip(w) {
        *sum = sum.plus_product(centred(x, zero_point), w.into());
    }
}

#[inline(always)]
fn centred<T: Quantized>(x: T, zero_point: i16) -> i32 {
    widened(x).wrapping_sub(zero_point).into()
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
        let taps = Taps::new(&params.window, window, params.output_channels());
        for (output, channel) in outputs.iter_mut().zip(self.first..self.first + self.len) {
            let channels = [channel / size(params.multiplier), channel];
            let mut sum = 0.0;
            taps.for_each(channels, |from, tap| {
                if let (Some(x), Some(w)) = (self.input.get(from), self.filter.get(tap)) {
                    sum += x * w.load();
                }
            });
            *output = finish_f32(sum, self.bias, channel, self.range);
        }
    }
}
