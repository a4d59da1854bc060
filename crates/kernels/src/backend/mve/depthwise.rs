//! A row of a depthwise convolution.

use core::ops::Range;

use bantam_isa::mve::{self, Channels, Outputs, Pieces, SIXTEENS, Window, constants_len};

use crate::backend::inside;
use crate::backend::layer::Scaling;
use crate::backend::mve::convolution::finish;
use crate::backend::mve::scratch::{CHANNELS, Scratch, begin};
use crate::backend::primitives::Depthwise;
use crate::number::element::Quantized;
use crate::number::weights::Weights;
use crate::walk::chunks::{chunks, chunks_mut, copy};
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

/// Takes over the constants of some channels. Where a vector has two pixels, it has them twice.
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
    if depthwise.channels == HALF {
        scratch.double();
    }
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
        inside_row(&window, all, channels, room, output);
    }
    let mut edge = Edge { channels, filter, all, area, input, room, zero_point };
    for at in (0..pixels.start).chain(pixels.end..windows.len()) {
        let place = at.wrapping_mul(all).wrapping_add(first);
        let output = output.get_mut(place..).unwrap_or_default();
        edge.compute(&windows.taps(at), first, [len, most], output);
    }
    true
}

/// Channels of which a vector has two pixels.
const HALF: usize = SIXTEENS / 2;

/// Computes pixels without padding: two at a time, if their inputs fill a vector.
#[inline(never)] // stack: apart from what other pixels take
fn inside_row(
    window: &Window<'_>,
    all: usize,
    channels: Channels<'_>,
    room: &mut [i8],
    output: &mut [i8],
) {
    let taps = window.taps[0].wrapping_mul(window.taps[1]);
    let (mut window, mut done) = (*window, 0);
    if all == HALF && window.step == HALF && window.count > 1 && 2 * HALF * taps <= room.len() {
        for (weights, both) in chunks(window.filter, HALF).zip(chunks_mut(room, 2 * HALF)) {
            chunks_mut(both, HALF).for_each(|half| copy(weights, half));
        }
        let pairs = window.count / 2;
        let two = Window {
            step: 2 * HALF,
            count: pairs,
            filter: room,
            tap: 2 * HALF,
            channels: 2 * HALF,
            ..window
        };
        let place = Outputs { channels, stride: 2 * HALF, output: &mut *output };
        mve::depthwise(&two, place);
        done = 2 * pairs;
        window.count -= done;
    }
    if window.count > 0 {
        window.input = window.input.get(done * window.step..).unwrap_or_default();
        let output = output.get_mut(done * all..).unwrap_or_default();
        mve::depthwise(&window, Outputs { channels, stride: all, output });
    }
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
            self.gather(taps, first.wrapping_add(at), count);
            let constants = constants_len(at, SIXTEENS);
            let window = Window {
                input: self.room,
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

impl Edge<'_> {
    /// Takes over what lies under a window, `count` channels from `channel` on.
    fn gather(&mut self, taps: &Taps, channel: usize, count: usize) {
        let window = self.room.get_mut(..count * self.area).unwrap_or_default();
        if taps.elements() == 0 {
            return window.fill(self.zero_point);
        }
        let Taps { first: [from, to], rows, columns, count: pieces, .. } = *taps;
        let input = self.input.get(from.wrapping_add(channel)..).unwrap_or_default();
        // Taps of the filter have all channels, those of the window some.
        let of_window = |tap: usize| tap.checked_div(self.all).unwrap_or(0) * count;
        let pieces = Pieces {
            input,
            to: of_window(to),
            count: pieces,
            rows: [rows[0], of_window(rows[1])],
            columns: [columns[0], of_window(columns[1])],
            len: count,
        };
        mve::gather(window, self.zero_point, &pieces);
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
