//! CONV_2D on cores without vector registers.

use super::Conv2dParams;
use crate::backend::compact::pixels::{Convolution, Pixels, Taps, for_each_pixel, from_pixel};
use crate::backend::compact::{BLOCK, Block, PATCH, Patch, finish_f32, plus_dot_f32};
use crate::number::element::{Load, Quantized};
use crate::walk::chunks::{part, whole_part};
use crate::walk::window::{Span, size};

impl<T: Quantized> Convolution<T> for Conv2dParams {
    fn sizes(&self) -> [usize; 2] {
        [self.filter_len(), self.output_channels.into()]
    }

    #[inline(never)]
    fn row(&self, block: &mut Block<'_, T::Sum>, row: usize, input: &[T], output: &mut [T]) {
        let inputs = &mut [0; PATCH];
        let patch = Patch::new(inputs, block.layer.quantization.input_zero_point);
        let (channel, depth, filters) = (0, self.depth(), &[][..]);
        self.for_each_pixel(
            row,
            &mut Row { params: self, block, patch, input, output, channel, depth, filters },
        );
    }
}

/// Where the selected channels are: the first of the outputs, and the first of the inputs.
type Place = [usize; 2];

struct Row<'a, 'l, T: Quantized> {
    params: &'a Conv2dParams,
    block: &'a mut Block<'l, T::Sum>,
    patch: Patch<'a>,
    input: &'a [T],
    output: &'a mut [T],
    /// The first channel of the input under the selected filters.
    channel: usize,
    /// Weights of each filter.
    depth: usize,
    filters: &'l [i8],
}

/// Takes over what is under these taps, from a channel of the input on.
#[inline(never)]
fn gather<T: Quantized>(patch: &mut Patch<'_>, taps: &Taps, channel: usize, input: &[T]) {
    let len = taps.len();
    taps.for_each([channel, 0], |from, tap| {
        if let Some(input) = whole_part(input, from, len) {
            patch.set(tap, input);
        }
    });
}

impl<T: Quantized> Pixels for Row<'_, '_, T> {
    fn select(&mut self, first: usize, len: usize, group: usize) {
        self.block.set(first, len);
        self.filters = self.block.layer.filters(first, self.depth);
        self.channel = group * size(self.params.filter_channels);
    }

    fn compute(&mut self, at: usize, window: &[Span; 2]) {
        let Self { params, block, patch, input, output, channel, depth, filters } = self;
        let whole = window[0].taps * window[1].taps == params.window.filter_area();
        let mut taps = params.taps(window);
        taps.join();
        patch.dot(filters, *depth, block.sums(), |patch| {
            if !whole {
                patch.clear();
            }
            gather(patch, &taps, *channel, input);
        });
        block.write(from_pixel(output, at, size(params.output_channels)));
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
    let (sums, place) = (&mut [0.0; BLOCK][..], [0; 2]);
    let row_of = &mut FloatRow { params, range, input, filter, bias, output, sums, len: 0, place };
    params.for_each_pixel(row, row_of);
}

struct FloatRow<'a, W, B> {
    params: &'a Conv2dParams,
    range: (f32, f32),
    input: &'a [f32],
    filter: &'a [W],
    bias: Option<&'a [B]>,
    output: &'a mut [f32],
    /// Of the selected channels, between pixels 0.
    sums: &'a mut [f32],
    len: usize,
    place: Place,
}

impl<W: Load<f32>, B: Load<f32>> Pixels for FloatRow<'_, W, B> {
    fn select(&mut self, first: usize, len: usize, group: usize) {
        self.len = len;
        self.place = [first, group * size(self.params.filter_channels)];
    }

    fn compute(&mut self, at: usize, window: &[Span; 2]) {
        let Self { params, input, filter, place: [first, channel], .. } = *self;
        let sums = self.sums.get_mut(..self.len).unwrap_or_default();
        let mut taps = params.taps(window);
        taps.join();
        let len = taps.len();
        taps.for_each([channel, 0], |from, tap| {
            let input = part(input, from, len);
            let mut weight = first * params.depth() + tap;
            for sum in sums.iter_mut() {
                *sum = plus_dot_f32(*sum, input, part(filter, weight, len));
                weight += params.depth();
            }
        });
        let output = from_pixel(self.output, at, size(params.output_channels));
        let outputs = output.get_mut(first..).unwrap_or_default();
        for ((output, sum), channel) in outputs.iter_mut().zip(sums).zip(first..) {
            *output = finish_f32(*sum, self.bias, channel, self.range);
            *sum = 0.0;
        }
    }
}

impl Conv2dParams {
    fn for_each_pixel(&self, row: usize, pixels: &mut dyn Pixels) {
        let channels = [size(self.output_channels), self.group_len()];
        for_each_pixel(&self.window, row, channels, pixels);
    }

    fn taps(&self, window: &[Span; 2]) -> Taps {
        Taps::new(&self.window, window, size(self.filter_channels))
    }
}
