//! A row of a depthwise convolution.

use core::ops::Range;

use bantam_isa::mve::{self, Channels, Outputs, SIXTEENS, Window, constants_len};

use crate::backend::inside;
use crate::backend::layer::Scaling;
use crate::backend::mve::convolution::finish;
use crate::backend::mve::scratch::{CHANNELS, Scratch, begin};
use crate::backend::primitives::Depthwise;
use crate::number::element::Quantized;
use crate::number::weights::Weights;
use crate::walk::chunks::{chunks, copy, part};
use crate::walk::taps::{Taps, from_pixel};

/// Computes one row of the output.
#[inline(always)] // size: one caller for each type; two frames take more stack
pub(super) fn row<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    depthwise: &Depthwise<'_>,
    input: &[i8],
    output: &mut [T],
) {
    // Channels behind the last four, and all of those that share inputs, are computed one by one.
    let fours = if depthwise.multiplier == 1 { depthwise.channels & !3 } else { 0 };
    let mut first = 0;
    while first < fours {
        let channels = first..fours.min(first + CHANNELS);
        first = channels.end;
        let is_computed = T::bytes_mut(output).is_some_and(|output| {
            select(scratch, scaling, filter, depthwise, channels.clone());
            fast(scratch, filter, depthwise, input, output)
        });
        if !is_computed {
            slow(scaling, filter, depthwise, input, output, channels);
        }
    }
    if first < depthwise.channels {
        slow(scaling, filter, depthwise, input, output, first..depthwise.channels);
    }
}

/// Takes over the constants of some channels.
#[inline(never)] // size: one copy for all kernels
fn select<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    depthwise: &Depthwise<'_>,
    channels: Range<usize>,
) {
    scratch.select_with(scaling, channels, SIXTEENS, |first, zero_point, biases| {
        for weights in chunks(filter, depthwise.channels) {
            for (bias, &w) in biases.iter_mut().zip(weights.rest(first)) {
                *bias = bias.wrapping_sub(i32::from(zero_point) * i32::from(w));
            }
        }
    });
}

/// Computes the selected channels, a multiple of 4; false, and nothing is done, where the constants
/// do not suit `bantam_isa`, or windows of 16 channels do not fit into the memory.
#[inline(never)] // size: one copy for all types
fn fast(
    scratch: &mut Scratch,
    filter: &[i8],
    depthwise: &Depthwise<'_>,
    input: &[i8],
    output: &mut [i8],
) -> bool {
    let (first, len, zero_point) = (scratch.first(), scratch.len(), scratch.input_zero_point());
    let &Depthwise { windows, channels: all, area, .. } = depthwise;
    let is_plain = scratch.is_plain();
    let (channels, room) = scratch.parts(SIXTEENS);
    let most = (room.len() / area.max(1)).min(len.next_multiple_of(16)) & !15;
    if !is_plain || most == 0 {
        return false;
    }
    let mut pixels = inside::pixels(&windows);
    let mut taps = windows.taps(pixels.start);
    taps.begin_at(first);
    if !taps.is_whole() {
        pixels = 0..0;
    }
    let filter = filter.rest(first);
    if !pixels.is_empty() {
        let place = pixels.start.wrapping_mul(all).wrapping_add(first);
        let output = output.get_mut(place..).unwrap_or_default();
        let window = Window {
            input: input.get(taps.first[0]..).unwrap_or_default(),
            step: inside::step(&windows),
            count: pixels.len(),
            taps: taps.count,
            steps: [taps.rows[0], taps.columns[0]],
            filter,
            tap: all,
            channels: len,
        };
        mve::depthwise(&window, Outputs { channels, stride: all, output });
    }
    let mut edge = Edge { channels, filter, all, area, input, room, zero_point };
    for at in (0..pixels.start).chain(pixels.end..windows.len()) {
        let place = at.wrapping_mul(all).wrapping_add(first);
        let output = output.get_mut(place..).unwrap_or_default();
        edge.compute(&windows.taps(at), first, [len, most], output);
    }
    true
}

/// What computes a pixel whose window has padding.
struct Edge<'a> {
    channels: Channels<'a>,
    filter: &'a [i8],
    /// Channels of the input.
    all: usize,
    area: usize,
    input: &'a [i8],
    room: &'a mut [i8],
    zero_point: i8,
}

impl Edge<'_> {
    /// Computes `len` channels from `first` on, at most `most` at a time, with the zero point where
    /// nothing lies under the window.
    #[inline(never)] // stack: apart from what other pixels take
    fn compute(&mut self, taps: &Taps, first: usize, [len, most]: [usize; 2], output: &mut [i8]) {
        let mut at = 0;
        while at < len {
            let count = most.min(len - at);
            let window = self.room.get_mut(..count * self.area).unwrap_or_default();
            window.fill(self.zero_point);
            let place = first.wrapping_add(at);
            taps.for_each([place, 0], |from, tap| {
                let tap = tap.checked_div(self.all).unwrap_or(0);
                let slots = window.get_mut(tap * count..).unwrap_or_default();
                copy(part(self.input, from, count), slots);
            });
            let constants = constants_len(at, SIXTEENS);
            let window = Window {
                input: window,
                step: 0,
                count: 1,
                taps: [1, self.area],
                steps: [0, count],
                filter: self.filter.rest(at),
                tap: self.all,
                channels: count,
            };
            let constants = self.channels.constants.get(constants..).unwrap_or_default();
            let channels = Channels { constants, ..self.channels };
            let output = output.get_mut(at..).unwrap_or_default();
            mve::depthwise(&window, Outputs { channels, stride: 0, output });
            at += count;
        }
    }
}

/// Computes some channels one by one, any layer.
#[inline(never)] // stack: apart from what most layers take
fn slow<T: Quantized>(
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    depthwise: &Depthwise<'_>,
    input: &[i8],
    output: &mut [T],
    channels: Range<usize>,
) {
    let multiplier = depthwise.multiplier.max(1);
    for at in 0..depthwise.windows.len() {
        let taps = depthwise.windows.taps(at);
        let outputs = from_pixel(output, at, depthwise.channels);
        for channel in channels.clone() {
            let mut sum = [0];
            begin(scaling, channel, &mut sum);
            let [mut sum] = sum;
            taps.for_each([channel / multiplier, channel], |from, tap| {
                if let (Some(&x), Some(&w)) = (input.get(from), filter.get(tap)) {
                    let x = i32::from(x) - i32::from(scaling.quantization.input_zero_point);
                    sum = sum.wrapping_add(x * i32::from(w));
                }
            });
            finish(scaling, channel, &[sum], outputs.get_mut(channel..).unwrap_or_default());
        }
    }
}
