//! Convolutions, all pixels of a row whose windows lie inside at once.

use bantam_isa::mve::{self, FOURS, Filters, Outputs, Pieces, Pixels};

use crate::backend::inside::Inside;
use crate::backend::layer::Scaling;
use crate::backend::mve::scratch::{Scratch, begin};
use crate::backend::primitives::Convolution;
use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::Weights;
use crate::walk::chunks::part;
use crate::walk::taps::Taps;

/// Computes the selected channels of all pixels of a row; false where the factors do not suit
/// `bantam_isa`, or a window does not fit into the memory.
#[inline(never)] // size: one copy for all types
pub(super) fn row(
    scratch: &mut Scratch,
    filter: &[i8],
    row: &Convolution<'_>,
    input: &[i8],
    output: &mut [i8],
) -> bool {
    let (first, len, zero_point) = (scratch.first(), scratch.len(), scratch.input_zero_point());
    let &Convolution { windows, depth, channel, channels: stride } = row;
    let inside = Inside::new(row);
    let taps = inside.taps;
    let is_whole = inside.range(row) == (0..depth) && taps.elements() == depth;
    let pixels = if is_whole { inside.pixels } else { 0..0 };
    let is_plain = scratch.is_plain();
    let (channels, room) = scratch.parts(FOURS);
    // One row is multiplied where it lies.
    let fits = depth <= room.len() || pixels.len() == windows.len() && taps.count[0] == 1;
    if !is_plain || !fits {
        return false;
    }
    let filters =
        Filters { weights: filter.rest(first.saturating_mul(depth)), depth, channels: len };
    if !pixels.is_empty() {
        let place = pixels.start.wrapping_mul(stride).wrapping_add(first);
        let output = output.get_mut(place..).unwrap_or_default();
        let pixels = Pixels {
            input: input.get(taps.first[0]..).unwrap_or_default(),
            step: inside.step,
            count: pixels.len(),
            rows: taps.count[0],
            row: taps.rows[0],
            run: taps.len(),
        };
        mve::convolve(&pixels, &filters, room, Outputs { channels, stride, output });
    }
    for at in (0..pixels.start).chain(pixels.end..windows.len()) {
        let Some(window) = room.get_mut(..depth) else { return true };
        gather(window, &windows.runs(at, channel), input, zero_point);
        let place = at.wrapping_mul(stride).wrapping_add(first);
        let output = output.get_mut(place..).unwrap_or_default();
        let pixels = Pixels { input: window, step: 0, count: 1, rows: 1, row: 0, run: depth };
        mve::convolve(&pixels, &filters, &mut [], Outputs { channels, stride, output });
    }
    true
}

/// Takes over what lies under a window, with the zero point where nothing does.
#[inline(never)] // size: one copy
fn gather(window: &mut [i8], taps: &Taps, input: &[i8], zero_point: i8) {
    let Taps { first: [from, to], rows, columns, count, .. } = *taps;
    let input = input.get(from..).unwrap_or_default();
    if taps.elements() == 0 {
        return window.fill(zero_point);
    }
    let pieces = Pieces { input, to, count, rows, columns, len: taps.len() };
    mve::gather(window, zero_point, &pieces);
}

/// Computes the selected channels of one pixel, any layer: run by run.
#[inline(never)] // size: one copy for all kernels
pub(super) fn pixel<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    depth: usize,
    taps: &Taps,
    input: &[i8],
    pixel: &mut [T],
) {
    let (first, zero_point) = (scratch.first(), scratch.input_zero_point());
    let sums = scratch.sums();
    begin(scaling, first, sums);
    let filters = filter.rest(first.saturating_mul(depth));
    taps.for_each([0; 2], |from, tap| {
        let filters = Filters { weights: filters.rest(tap), depth, channels: sums.len() };
        mve::multiply(part(input, from, taps.len()), &filters, zero_point, sums);
    });
    finish(scaling, first, sums, pixel.get_mut(first..).unwrap_or_default());
}

/// Turns the sums of the channels from `first` on into outputs, whatever their factors.
#[inline(never)] // size: one copy for all kernels
pub(super) fn finish<T: Quantized>(
    scaling: &Scaling<'_, T>,
    first: usize,
    sums: &[i32],
    outputs: &mut [T],
) {
    let to_output = scaling.outputs();
    for ((output, &sum), channel) in outputs.iter_mut().zip(sums).zip(first..) {
        let channel = if scaling.has_one_factor() { 0 } else { channel };
        *output = to_output(T::Sum::of(sum), scaling.factor(channel));
    }
}
