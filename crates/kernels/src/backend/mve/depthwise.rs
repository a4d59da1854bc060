//! A row of a depthwise convolution.

use core::ops::Range;

use bantam_isa::mve::{
    self, Channels, FOURS, Filters, Outputs, SIXTEENS, Taps, Windows, constants_len, window_len,
};

use crate::backend::depthwise::Depthwise;
use crate::backend::inside;
use crate::backend::layer::Scaling;
use crate::backend::mve::convolution::finish;
use crate::backend::mve::scratch::{BLOCK, CHANNELS, Scratch, begin};
use crate::backend::mve::windows;
use crate::number::element::Quantized;
use crate::number::weights::Weights;
use crate::walk::chunks::{chunks, chunks_mut, copy};
use crate::walk::rows::{Activations, RowGeometry, Rows};
use crate::walk::taps::from_pixel;
use crate::walk::window::Window;

/// Computes one row of the output.
#[inline(always)] // size: one caller for each type; two frames take more stack
pub(super) fn row<T: Quantized>(
    scratch: &mut Scratch<'_>,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    depthwise: &Depthwise<'_>,
    input: &[i8],
    output: &mut [T],
) {
    if depthwise.multiplier != 1
        && T::bytes_mut(output)
            .is_some_and(|output| shared(scratch, scaling, filter, depthwise, input, output))
    {
        return;
    }
    // Channels behind the last four, and the others of those that share inputs, are computed one by
    // one.
    let fours = if depthwise.multiplier == 1 { depthwise.channels & !3 } else { 0 };
    let mut first = 0;
    while first < fours {
        let channels = first..fours.min(first + scratch.most());
        first = channels.end;
        let is_computed = T::bytes_mut(output).is_some_and(|output| {
            select(scratch, scaling, filter, depthwise, channels.clone());
            halves(scratch, filter, depthwise, input, output)
                || fast(scratch, filter, depthwise, input, output)
        });
        if !is_computed {
            slow(scaling, filter, depthwise, input, output, channels);
        }
    }
    if first < depthwise.channels {
        slow(scaling, filter, depthwise, input, output, first..depthwise.channels);
    }
}

/// Takes over the constants of some channels, in such blocks.
#[inline(never)] // size: one copy for all kernels
fn select_block<T: Quantized>(
    scratch: &mut Scratch<'_>,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    depthwise: &Depthwise<'_>,
    (channels, block): (Range<usize>, usize),
) {
    let filter = filter.rest(channels.start);
    scratch.select_with(scaling, channels, block, &mut |_, zero_point, biases| {
        let (step, channels) = (depthwise.channels, biases.len());
        let taps = Taps { filter, step, channels, is_symmetric: false };
        mve::fold_taps(&taps, depthwise.area, zero_point, biases)
    });
}

/// Takes over the constants of some channels, unless it has done so already. Where a vector has two
/// pixels, it has them twice, and the room has the weights twice.
#[inline(never)] // size: one copy for all kernels
fn select<T: Quantized>(
    scratch: &mut Scratch<'_>,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    depthwise: &Depthwise<'_>,
    channels: Range<usize>,
) {
    if scratch.has(&channels) {
        return;
    }
    select_block(scratch, scaling, filter, depthwise, (channels, SIXTEENS));
    if depthwise.channels == HALF {
        scratch.double();
        let (_, room) = scratch.parts(SIXTEENS);
        for (weights, both) in chunks(filter, HALF).zip(chunks_mut(room, 2 * HALF)) {
            chunks_mut(both, HALF).for_each(|half| copy(weights, half));
        }
    }
}

/// Computes the selected channels, a multiple of 4; false, and nothing is done, where the constants
/// do not suit `bantam_isa`, or all rows of taps are outside.
#[inline(never)] // size: one copy for all types
fn fast(
    scratch: &mut Scratch<'_>,
    filter: &[i8],
    depthwise: &Depthwise<'_>,
    input: &[i8],
    output: &mut [i8],
) -> bool {
    let (first, channels, zero_point) =
        (scratch.first(), scratch.len(), scratch.input_zero_point());
    let &Depthwise { windows, channels: stride, .. } = depthwise;
    let windows = windows::of(&windows, input, [first, channels], zero_point);
    let (is_plain, is_symmetric) = (scratch.is_plain(), scratch.is_symmetric());
    let (constants, _) = scratch.parts(SIXTEENS);
    if !is_plain || windows.rows[1] == 0 || !windows.are_small() {
        return false;
    }
    let taps = Taps { filter: filter.rest(first), step: stride, channels, is_symmetric };
    let output = output.get_mut(first..).unwrap_or_default();
    mve::depthwise(&windows, &taps, Outputs { channels: constants, stride, output });
    true
}

/// Computes all rows of images of one column, if constants suit and find a place; else none. The
/// taps of a window are walked as those of a row.
#[inline(never)] // stack: apart from what other layers take
pub(super) fn column<T: Quantized>(
    scratch: &mut Scratch<'_>,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    (window, geometry): (&Window, &dyn RowGeometry),
    rows: &mut Rows,
    activations: &mut Activations<'_, T>,
) {
    let (y, stride) = (&window.y, geometry.sizes().output_row_len);
    let mut behind = [0; BLOCK];
    let are_selected = stride.is_multiple_of(4)
        && scratch.select_all(scaling, stride, &mut behind, &mut |first, zero_point, biases| {
            let (filter, channels) = (filter.rest(first), biases.len());
            let taps = Taps { filter, step: stride, channels, is_symmetric: false };
            mve::fold_taps(&taps, y.filter(), zero_point, biases)
        });
    if !are_selected {
        return;
    }
    let scratch = &*scratch;
    while rows.advance(geometry) {
        let (input, output) = rows.of(activations);
        let (Some(input), Some(output)) = (T::bytes(input), T::bytes_mut(output)) else { continue };
        let mut first = 0;
        while first < stride {
            let (constants, tap) = match first {
                0 => (scratch.words(), scratch.len()),
                _ => (&behind[..], stride - first),
            };
            let windows = Windows {
                input: input.rest(first),
                count: 1,
                width: (y.filter() - 1) * y.dilation() + 1,
                pad: 0,
                stride: 1,
                dilation: y.dilation(),
                columns: y.filter(),
                rows: [0, 1, 0],
                column: stride,
                row: 0,
                tap,
                zero_point: scratch.input_zero_point(),
            };
            let taps = Taps {
                filter: filter.rest(first),
                step: stride,
                channels: tap,
                is_symmetric: scratch.is_symmetric(),
            };
            let channels = scratch.channels_of(constants);
            let output = output.get_mut(first..).unwrap_or_default();
            mve::depthwise(&windows, &taps, Outputs { channels, stride, output });
            first += tap;
        }
    }
}

/// [`fast`], of a row whose pixels have half a vector of channels: those inside two at a time, with
/// the weights and the constants twice.
#[inline(never)] // stack: in the place of `fast`
fn halves(
    scratch: &mut Scratch<'_>,
    filter: &[i8],
    depthwise: &Depthwise<'_>,
    input: &[i8],
    output: &mut [i8],
) -> bool {
    if depthwise.channels != HALF {
        return false;
    }
    let (zero_point, is_symmetric) = (scratch.input_zero_point(), scratch.is_symmetric());
    let is_plain = scratch.is_plain();
    let (channels, room) = scratch.parts(SIXTEENS);
    let inside = inside::pixels(&depthwise.windows);
    let pairs = inside.len() / 2;
    let behind = inside.start + 2 * pairs;
    let rest = depthwise.windows.len().saturating_sub(behind);
    for (start, count, by) in [(0, inside.start, 1), (inside.start, pairs, 2), (behind, rest, 1)] {
        let mut pixels = windows::of(&depthwise.windows, input, [0, HALF], zero_point);
        if !is_plain
            || pixels.stride != 1
            || pixels.rows[1] == 0
            || !pixels.are_small()
            || 2 * HALF * depthwise.area > room.len()
        {
            return false;
        }
        pixels = windows::part(&pixels, start, count);
        let (filter, stride) = (if by == 1 { filter } else { &*room }, by * HALF);
        let taps = Taps { filter, step: stride, channels: stride, is_symmetric };
        (pixels.stride, pixels.tap) = (by, stride);
        pixels.width = (pixels.width + 1).saturating_sub(by);
        let output = output.get_mut(start * HALF..).unwrap_or_default();
        // There may be none.
        mve::depthwise(&pixels, &taps, Outputs { channels, stride, output });
    }
    true
}

/// Channels of which a vector has two pixels.
const HALF: usize = SIXTEENS / 2;

/// Computes channels that share inputs, as a convolution of each channel of the input; false, and
/// nothing is done, where the constants do not suit `bantam_isa`, or there is no room for the
/// filters, whose weights have to follow each other.
#[inline(never)] // stack: apart from what most layers take
fn shared<T: Quantized>(
    scratch: &mut Scratch<'_>,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    depthwise: &Depthwise<'_>,
    input: &[i8],
    output: &mut [i8],
) -> bool {
    let &Depthwise { windows, channels, multiplier, area, .. } = depthwise;
    let groups = channels.checked_div(multiplier).unwrap_or(0);
    if channels > CHANNELS || groups > 1 && !multiplier.is_multiple_of(FOURS) {
        return false;
    }
    let is_new = !scratch.has(&(0..channels));
    if is_new {
        select_block(scratch, scaling, filter, depthwise, (0..channels, FOURS));
    }
    let (is_plain, zero_point) = (scratch.is_plain(), scratch.input_zero_point());
    let (constants, room) = scratch.parts(FOURS);
    let [needed, _] = window_len(area);
    let (turned, room) =
        room.split_at_mut_checked(channels.saturating_mul(area)).unwrap_or_default();
    if !is_plain || turned.is_empty() || room.len() < needed {
        return false;
    }
    for (tap, weights) in chunks(filter, channels).enumerate().filter(|_| is_new) {
        let filters = turned.get_mut(tap..).unwrap_or_default();
        let slots = filters.iter_mut().step_by(area.max(1));
        slots.zip(weights).for_each(|(slot, &weight)| *slot = weight);
    }
    for group in 0..groups {
        let windows = windows::of(&windows, input, [group, 1], zero_point);
        if windows.rows[1] == 0 || !windows.are_small() {
            return false;
        }
        let first = group * multiplier;
        let weights = (&*turned).rest(first * area);
        let filters = Filters { weights, depth: area, channels: multiplier };
        let words = constants.constants.get(constants_len(first, FOURS)..).unwrap_or_default();
        let channels = Channels { constants: words, ..constants };
        let output = output.get_mut(first..).unwrap_or_default();
        let stride = depthwise.channels;
        mve::convolve(&windows, &filters, room, Outputs { channels, stride, output });
    }
    true
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
