//! A row of a depthwise convolution.

use core::ops::Range;

use bantam_isa::Grid;

use crate::backend::depthwise::Depthwise;
use crate::backend::dsp::wide::common::{by_definition, clamp, for_isa};
use crate::backend::dsp::wide::scratch::{MOST_CHANNELS, Scratch};
use crate::backend::layer::Scaling;
use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::Weights;
use crate::walk::taps::{Block, Blocks, Taps, from_pixel};

/// Computes one row of the output.
#[inline(always)] // size: one caller for each type; two frames take more stack
pub(in crate::backend::dsp) fn row<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    depthwise: &Depthwise<'_>,
    input: &[i16],
    output: &mut [T],
) {
    let channels = depthwise.channels;
    let row = &mut Row { scratch, scaling, filter, depthwise, input, output };
    for Block { first, len, .. } in Blocks::new([channels, channels, MOST_CHANNELS]) {
        row.block(first..first + len);
    }
}

struct Row<'a, 'l, T: Quantized> {
    scratch: &'a mut Scratch,
    scaling: &'a Scaling<'l, T>,
    filter: &'a [i8],
    depthwise: &'a Depthwise<'a>,
    input: &'a [i16],
    output: &'a mut [T],
}

impl<T: Quantized> Row<'_, '_, T> {
    /// Computes some channels of all pixels.
    #[inline(never)] // stack: apart from what other layers take
    fn block(&mut self, channels: Range<usize>) {
        self.scratch.select(self.scaling, channels, self.depthwise.area);
        for at in 0..self.depthwise.windows.len() {
            self.pixel(at, &self.depthwise.windows.taps(at));
        }
    }

    /// Computes them of one pixel.
    #[inline(always)] // stack: one frame
    fn pixel(&mut self, at: usize, taps: &Taps) {
        let Self { scratch, scaling, filter, depthwise, input, output } = self;
        let ([first, len], fits) = (scratch.channels(), scratch.fits());
        let parts = scratch.parts(scaling, len);
        let outputs = from_pixel(output, at, depthwise.channels).get_mut(first..);
        let outputs = outputs.unwrap_or_default().get_mut(..len).unwrap_or_default();
        let multiplier = depthwise.multiplier.max(1);
        // The sum of a channel with its products.
        let plus = |sum: T::Sum, channel: usize| {
            let (channel, mut sum) = (first + channel, sum);
            let input_channel = channel.checked_div(multiplier).unwrap_or(0);
            taps.for_each([input_channel, channel], |from, tap| {
                if let (Some(&x), Some(&w)) = (input.get(from), filter.get(tap)) {
                    sum = sum.plus_product(x.into(), w.into());
                }
            });
            sum
        };
        let factors = &parts.factors;
        if !fits {
            let sum = |channel: usize| {
                let mut sum = [T::Sum::ZERO];
                scaling.begin(first + channel, &mut sum);
                let [sum] = sum;
                plus(sum, channel)
            };
            return by_definition(scaling, &|at| (sum(at), factors.at(at)), outputs);
        }
        for (sum, bias) in parts.sums.iter_mut().zip(parts.bias) {
            *sum = i32::from_le_bytes(*bias);
        }
        // The block wants a tap: a window may have none in the image.
        let is_for_block = multiplier == 1 && !taps.count.contains(&0);
        let fours = if is_for_block { len & !3 } else { 0 };
        let (fours, rest) = parts.sums.split_at_mut_checked(fours).unwrap_or_default();
        let Taps { first: [from, tap], rows, columns, count, .. } = *taps;
        let grid = Grid { rows: count[0], columns: count[1], row: rows, column: columns };
        let inputs = input.get(from.wrapping_add(first)..).unwrap_or_default();
        let weights = filter.rest(tap.wrapping_add(first));
        bantam_isa::depthwise_wide(&grid, inputs, weights, fours);
        for (channel, sum) in (fours.len()..).zip(rest) {
            *sum = plus(T::Sum::of(*sum), channel).low();
        }
        let sums = &*parts.sums;
        if parts.may_be_short
            && let Some(halves) = T::halves_mut(outputs)
        {
            bantam_isa::requantize_wide(sums, &for_isa(factors), halves);
            let len = halves.len();
            return clamp(scaling, outputs, len, 0..len);
        }
        let sum = |channel: usize| T::Sum::of(sums.get(channel).copied().unwrap_or(0));
        by_definition(scaling, &|at| (sum(at), factors.at(at)), outputs);
    }
}
