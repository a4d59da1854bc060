//! Convolutions, four pixels of a row at a time.

use core::ops::Range;

use bantam_isa::{Filters, Groups, Outputs, PIXELS, PIXELS_AND_ONE, Part, Runs};

use crate::backend::dsp::scratch::{Scratch, begin, clamp, finish};
use crate::backend::inside::Inside;
use crate::backend::layer::Scaling;
use crate::backend::primitives::Convolution;
use crate::number::element::Quantized;
use crate::number::weights::Weights;
use crate::walk::taps::Taps;

/// Computes the selected channels of pixels of a row, with this filter, or with those that have
/// been turned around; returns how many it has computed. That is all of them, or all but the last,
/// which is left where it would be computed four times. None are computed where there are few, or
/// where the bias does not lie in memory as `bantam_isa` needs it.
#[inline(never)] // size: one copy for all types
pub(super) fn row<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: Option<&[i8]>,
    row: &Convolution<'_>,
    input: &[i8],
    output: &mut [T],
) -> usize {
    let (first, len, room) = (scratch.first(), scratch.len(), scratch.room());
    let has_room_for = |pixels| row.depth <= bantam_isa::patch_depth(pixels, room);
    let in_fives = bantam_isa::FIVE && has_room_for(PIXELS_AND_ONE);
    let mut pixels = row.windows.len();
    if pixels % PIXELS == 1 && filter.is_some() && !in_fives {
        pixels -= 1;
    }
    let (Some(bias), Some(output)) = (scaling.bias_words(first), T::bytes_mut(output)) else {
        return 0;
    };
    if pixels < PIXELS {
        return 0;
    }
    let sums = if has_room_for(PIXELS) { 0 } else { PIXELS * len };
    let (factors, sums, patch, turned) = scratch.parts_and_turned(scaling, sums);
    let filter = filter.unwrap_or(turned);
    let (sums, _) = sums.as_chunks_mut();
    let inside = Inside::new(row);
    let range = inside.range(row);
    let weights = filter.rest(first.saturating_mul(row.depth).saturating_add(range.start));
    let filters = Filters { weights, len: range.len(), depth: row.depth, bias, channels: len };
    let zero_point = scaling.quantization.input_zero_point;
    let Taps { first: [from, _], rows: [input_row, _], .. } = inside.taps;
    let groups = Groups {
        input,
        count: pixels,
        inside: [inside.pixels.start.min(pixels), inside.pixels.end.min(pixels)],
        first: from,
        step: inside.step,
        row: input_row,
        run: inside.taps.len(),
        zero_point,
    };
    let edge = &mut |patch: &mut [i32], place, at, [from, len]: [usize; 2]| {
        let taps = row.windows.runs(at, row.channel);
        gather(patch, place, [range.start + from, len], (input, zero_point), &taps);
    };
    let place = output.get_mut(first..).unwrap_or_default();
    let outputs = Outputs { factors, stride: row.channels, output: place };
    bantam_isa::convolve(&groups, &filters, patch, sums, outputs, edge);
    clamp(scaling, output, row.channels, first..first + len);
    pixels
}

/// Takes over inputs `part[0]..part[0] + part[1]` of the window of a pixel: those that it has; the
/// others are 0.
#[inline(never)] // size: one copy for single pixels and for those at edges
fn gather(
    patch: &mut [i32],
    place: [usize; 2],
    part: [usize; 2],
    (input, zero_point): (&[i8], i16),
    taps: &Taps,
) {
    let [_, len] = part;
    bantam_isa::clear(patch, place, len);
    let Taps { first, rows, columns, count, .. } = *taps;
    let runs = Runs { input, first, rows, columns, count, len: taps.len() };
    bantam_isa::gather_runs(patch, place, part, &runs, zero_point);
}

/// Computes the selected channels of one pixel, any layer. Where runs are `scattered` each is
/// multiplied by itself.
#[inline(never)] // size: one copy for all kernels
pub(super) fn pixel<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    (depth, scattered): (usize, bool),
    taps: &Taps,
    input: &[i8],
    pixel: &mut [T],
) {
    let (first, len) = (scratch.first(), scratch.len());
    let zero_point = scaling.quantization.input_zero_point;
    let (factors, sums, patch) = scratch.parts(scaling, len);
    begin(scaling, first, sums);
    let filters = filter.rest(first.saturating_mul(depth));
    let most = bantam_isa::patch_depth(1, patch.len()).max(1);
    let mut products = |taps: &Taps, part: Range<usize>| {
        for from in part.clone().step_by(most) {
            let len = most.min(part.end - from);
            gather(patch, [1, 0], [from, len], (input, zero_point), taps);
            let weights = filters.rest(from);
            bantam_isa::multiply_one(&Part { patch, len, weights, depth }, sums);
        }
    };
    if scattered {
        let run = taps.len();
        taps.for_each([0; 2], |from, tap| {
            let taps = Taps::grid([from, tap], [0; 2], [0; 2], [1; 2], run);
            products(&taps, tap..tap.wrapping_add(run));
        });
    } else {
        products(taps, 0..depth);
    }
    let outputs = pixel.get_mut(first..).unwrap_or_default();
    let outputs = outputs.get_mut(..len).unwrap_or_default();
    finish(scaling, sums, &factors, outputs);
}
