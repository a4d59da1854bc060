//! Convolutions, four pixels of a row at a time.

use core::ops::Range;

use bantam_isa::{Filters, Groups, Outputs, PIXELS, Part, Runs};

use crate::backend::convolution::ConvolutionWindow;
use crate::backend::dsp::scratch::{Scratch, begin, clamp, finish};
use crate::backend::inside::Inside;
use crate::backend::layer::{Layer, Scaling};
use crate::number::element::Quantized;
use crate::number::weights::{FilterElement, Weights};
use crate::walk::taps::{Block, Blocks, RowWindows, Taps, from_pixel};
use crate::walk::window::size;

/// Computes a row, with the filters of the layer, or with those that have been turned around.
#[inline(never)] // size: one copy for all kernels
pub(super) fn row<T: Quantized, F: FilterElement>(
    convolution: &ConvolutionWindow,
    layer: &Layer<'_, T, F>,
    scratch: &mut Scratch<'_>,
    row: usize,
    input: &[i8],
    output: &mut [T],
) {
    let (windows, depth, channels) =
        (&convolution.row(row), convolution.depth(), convolution.channels());
    let most = scratch.channels(&layer.scaling, depth);
    let blocks = Blocks::new([channels, convolution.group_len(), most]).of_row(row);
    for Block { first, len, group } in blocks {
        scratch.select(&layer.scaling, first..first + len, depth);
        let channel = group.wrapping_mul(size(convolution.filter_channels));
        selected(scratch, layer, (windows, channel), [depth, channels], input, output);
    }
    let output = T::bytes_mut(output).unwrap_or_default();
    clamp(&layer.scaling, output, channels, 0..channels);
}

/// Computes the selected channels of a row.
#[inline(always)] // stack: one frame
fn selected<T: Quantized, F: FilterElement>(
    scratch: &mut Scratch<'_>,
    layer: &Layer<'_, T, F>,
    (windows, channel): (&RowWindows<'_>, usize),
    [depth, channels]: [usize; 2],
    input: &[i8],
    output: &mut [T],
) {
    let mut count = windows.len();
    let (scaling, filter) = (&layer.scaling, layer.bytes().unwrap_or_default());
    if bantam_isa::THUMB1 && !scratch.has_turned() {
        // Thumb-1 has no loop for one pixel among those for four. Computed by itself, the pixel
        // behind the last four takes half of the time of another four.
        count = in_fours(count);
        for at in count..windows.len() {
            let taps = windows.runs(at, channel);
            let output = from_pixel(output, at, channels);
            pixel(scratch, scaling, filter, (depth, false), &taps, input, output);
        }
    }
    let (Some(output), true) = (T::bytes_mut(output), count > 0) else { return };
    let (first, len) = (scratch.first(), scratch.len());
    // A bias that does not lie in memory as the loops need it does so in front of the sums.
    let bias = scaling.bias_words(first);
    let own = if bias.is_some() { 0 } else { len };
    let is_deep = depth > bantam_isa::patch_depth(PIXELS, scratch.room().saturating_sub(own));
    let words = if is_deep { PIXELS * len } else { 0 };
    let (factors, words, patch, turned) = scratch.parts_and_turned(scaling, own + words);
    let (own, sums) = words.split_at_mut_checked(own).unwrap_or_default();
    let bias = bias.unwrap_or_else(|| {
        begin(scaling, first, own);
        let (words, _) = bantam_isa::bytes(own).as_chunks();
        words
    });
    let filter = if turned.is_empty() { filter } else { turned };
    let (sums, _) = sums.as_chunks_mut();
    let inside = Inside::new(windows, channel);
    let range = inside.range(depth);
    let weights = filter.rest(first.wrapping_mul(depth).wrapping_add(range.start));
    let filters = Filters { weights, len: range.len(), depth, bias, channels: len };
    let zero_point = scaling.quantization.input_zero_point;
    let Taps { first: [from, _], rows: [input_row, _], .. } = inside.taps;
    let groups = Groups {
        input,
        count,
        inside: [inside.pixels.start.min(count), inside.pixels.end.min(count)],
        first: from,
        step: inside.step,
        row: input_row,
        run: inside.taps.len(),
        zero_point,
    };
    let edge = &mut |patch: &mut [i32], place, at, [from, len]: [usize; 2]| {
        take(patch, place, [range.start + from, len], (input, zero_point), (windows, channel, at));
    };
    let place = output.get_mut(first..).unwrap_or_default();
    let outputs = Outputs { factors, stride: channels, output: place };
    bantam_isa::convolve(&groups, &filters, patch, sums, outputs, edge);
}

/// [`gather`], of a pixel of a row.
#[inline(never)] // stack: runs are gone when they have been taken over
fn take(
    patch: &mut [i32],
    place: [usize; 2],
    part: [usize; 2],
    input: (&[i8], i16),
    (windows, channel, at): (&RowWindows<'_>, usize, usize),
) {
    gather(patch, place, part, input, &windows.runs(at, channel));
}

/// Of so many pixels, those that are computed four at a time: all, or all but the last, or none if
/// there are less than four.
fn in_fours(count: usize) -> usize {
    match count {
        0..PIXELS => 0,
        _ if count % PIXELS == 1 => count - 1,
        _ => count,
    }
}

/// Takes over inputs `part[0]..part[0] + part[1]` of the window of a pixel: those that it has; the
/// others are 0.
#[inline(always)] // stack: one frame
fn gather(
    patch: &mut [i32],
    place: [usize; 2],
    part: [usize; 2],
    (input, zero_point): (&[i8], i16),
    taps: &Taps,
) {
    let Taps { first, rows, columns, count, .. } = *taps;
    let runs = Runs { input, first, rows, columns, count, len: taps.len() };
    bantam_isa::gather_runs(patch, place, part, &runs, zero_point);
}

/// Computes the selected channels of one pixel, any layer. Where runs are `scattered` each is
/// multiplied by itself.
#[inline(never)] // size: one copy for all kernels
pub(super) fn pixel<T: Quantized>(
    scratch: &mut Scratch<'_>,
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
