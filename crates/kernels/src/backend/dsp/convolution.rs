//! Convolutions, four pixels of a row at a time.

use core::ops::Range;

use bantam_isa::{Filters, Groups, Outputs, PIXELS, PIXELS_AND_ONE, Part, Rows, Windows};

use crate::backend::dsp::scratch::{Scratch, begin, clamp, finish};
use crate::backend::inside::Inside;
use crate::backend::layer::Scaling;
use crate::backend::primitives::Convolution;
use crate::number::element::Quantized;
use crate::number::weights::Weights;
use crate::walk::chunks::part;
use crate::walk::taps::{Taps, from_pixel};

/// Computes the selected channels of all pixels of a row, with this filter, or with those that have
/// been turned around; false where there are few pixels, where the factors do not suit
/// `bantam_isa`, or where the bias does not lie in memory as it needs it.
#[inline(never)] // size: one copy for all types
pub(super) fn row<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: Option<&[i8]>,
    row: &Convolution<'_>,
    input: &[i8],
    output: &mut [T],
) -> bool {
    let (first, len) = (scratch.first(), scratch.len());
    let mut pixels = row.windows.len();
    let five_fit = scratch.has_room_for_five(row.depth);
    if !five_fit
        && pixels > PIXELS
        && pixels % PIXELS == 1
        && scratch.is_plain()
        && scaling.bias_words(first).is_some()
        && let Some(filter) = filter
    {
        // The pixel behind the last four is computed by itself.
        pixels -= 1;
        let taps = row.windows.runs(pixels, row.channel);
        let output = from_pixel(output, pixels, row.channels);
        pixel(scratch, scaling, filter, (row.depth, false), &taps, input, output);
    }
    let (Some(bias), Some(output)) = (scaling.bias_words(first), T::bytes_mut(output)) else {
        return false;
    };
    if pixels < PIXELS || !scratch.is_plain() {
        return false;
    }
    let is_deep = scratch.room() < bantam_isa::patch_len(PIXELS, row.depth);
    let (factors, sums, patch, turned) =
        scratch.parts_and_turned(scaling, if is_deep { PIXELS * len } else { 0 });
    let filter = filter.unwrap_or(turned);
    let (sums, _) = sums.as_chunks_mut();
    let inside = Inside::new(row);
    let range = inside.range(row);
    let weights = filter.rest(first.saturating_mul(row.depth).saturating_add(range.start));
    let filters = Filters { weights, len: range.len(), depth: row.depth, bias, channels: len };
    let zero_point = scaling.quantization.input_zero_point;
    let mut at = 0;
    while at < pixels {
        // Pixels at the right edge are computed with those before them.
        let (left, Range { start, end }) = (pixels - at, inside.pixels.clone());
        let beyond = if end >= pixels { 0 } else { PIXELS };
        let count = end.min(pixels.saturating_sub(beyond)).saturating_sub(at);
        let is_inside = at >= start && count >= PIXELS;
        let group = if left == PIXELS_AND_ONE && five_fit { PIXELS_AND_ONE } else { PIXELS };
        // The last ones may be computed once more, and come out as they were.
        let from = if is_inside { at } else { at.min(pixels - group) };
        let place = from.wrapping_mul(row.channels).saturating_add(first);
        let output = output.get_mut(place..).unwrap_or_default();
        let outputs = Outputs { factors, stride: row.channels, output };
        if is_inside {
            bantam_isa::convolve(
                &inside.groups(input, at, count, zero_point),
                &filters,
                patch,
                sums,
                outputs,
            );
            at += count;
        } else {
            let mut gather = Gather { input, patch, pixels: group, zero_point, from: 0, len: 0 };
            gather.edge(row, &inside, from, &filters, sums, outputs);
            at = from + group;
        }
    }
    clamp(scaling, output, row.channels, first..first + len);
    true
}

impl Inside {
    /// So many pixels from `at` on, which lie inside.
    #[inline(always)] // one caller
    fn groups<'a>(&self, input: &'a [i8], at: usize, count: usize, zero_point: i16) -> Groups<'a> {
        let Taps { first: [from, _], rows: [row, _], .. } = self.taps;
        let first = from.wrapping_add(at.wrapping_sub(self.pixels.start).wrapping_mul(self.step));
        Groups { input, first, step: self.step, count, row, run: self.taps.len(), zero_point }
    }

    /// The windows of four pixels from `at` on. In the place of one that does not lie inside there
    /// is the nearest that does.
    pub(super) fn windows<'a, X>(&self, input: &'a [X], at: usize) -> Windows<'a, X> {
        let Range { start, end } = self.pixels;
        let Taps { first: [from, _], rows: [row, _], .. } = self.taps;
        let place = |pixel: usize| {
            let pixel = (at + pixel).min(end.saturating_sub(1)).saturating_sub(start);
            from + pixel * self.step
        };
        let pixels = [place(0), place(1), place(2), place(3)];
        Windows { input, pixels, row, run: self.taps.len() }
    }
}

/// What takes over a part of the inputs under windows.
struct Gather<'a> {
    input: &'a [i8],
    patch: &'a mut [i32],
    /// Pixels of the patch.
    pixels: usize,
    zero_point: i16,
    /// The part: where it begins in the window, and how long it is.
    from: usize,
    len: usize,
}

impl Gather<'_> {
    /// Computes a group of pixels from `at` on, some of which do not lie inside.
    #[inline(never)] // stack: apart from what most pixels take
    fn edge(
        &mut self,
        row: &Convolution<'_>,
        inside: &Inside,
        at: usize,
        filters: &Filters<'_>,
        sums: &mut [[i32; PIXELS]],
        outputs: Outputs<'_>,
    ) {
        let &Filters { mut weights, len, depth, bias, channels } = filters;
        let tap = inside.range(row).start;
        let (mut begin, mut outputs, mut from) = (Some(bias), Some(outputs), 0);
        let most = bantam_isa::patch_depth(self.pixels, self.patch.len()).max(1);
        // Whole rows, if there is room for one.
        let run = inside.taps.len().max(1);
        let most = if run <= most { most / run * run } else { most };
        let at_once = self.pixels == PIXELS && !inside.pixels.is_empty();
        let windows = inside.windows(self.input, at);
        // The taps of the pixel that has been taken over last: often there is only one.
        let mut known = (usize::MAX, inside.taps);
        while from < len {
            (self.from, self.len) = (tap + from, most.min(len - from));
            if at_once {
                let range = [from, self.len];
                bantam_isa::gather_windows(self.patch, &windows, range, self.zero_point);
            }
            for pixel in 0..self.pixels {
                if !(at_once && inside.pixels.contains(&(at + pixel))) {
                    if known.0 != pixel {
                        known = (pixel, row.windows.runs(at + pixel, row.channel));
                    }
                    self.clear(pixel);
                    self.take(&known.1, pixel);
                }
            }
            from += self.len;
            let outputs = if from >= len { outputs.take() } else { None };
            let part = Part { patch: self.patch, len: self.len, weights, depth };
            match outputs {
                Some(outputs) if self.pixels > PIXELS => {
                    bantam_isa::multiply_five(&part, channels, bias, outputs);
                }
                outputs => bantam_isa::multiply_four(&part, channels, begin, sums, outputs),
            }
            weights = weights.rest(self.len);
            begin = None;
        }
    }

    /// Clears what the patch has of a pixel.
    fn clear(&mut self, pixel: usize) {
        bantam_isa::clear(self.patch, [self.pixels, pixel], self.len);
    }

    /// Adds to the sums of one pixel the products with this part of filters that are `depth` apart.
    #[inline(never)] // size: one copy for both ways
    fn multiply(
        &mut self,
        taps: &Taps,
        part: Range<usize>,
        (filters, depth): (&[i8], usize),
        sums: &mut [i32],
    ) {
        self.from = part.start;
        while self.from < part.end {
            let most = bantam_isa::patch_depth(1, self.patch.len()).max(1);
            self.len = most.min(part.end - self.from);
            if !(taps.is_whole() && self.len.is_multiple_of(4)) {
                self.clear(0);
            }
            self.take(taps, 0);
            let weights = filters.rest(self.from);
            bantam_isa::multiply(&Part { patch: self.patch, len: self.len, weights, depth }, sums);
            self.from += self.len;
        }
    }

    /// Takes over the runs of a pixel.
    #[inline(never)] // size: one copy for one pixel and for four
    fn take(&mut self, taps: &Taps, pixel: usize) {
        let (begin, end, len) = (self.from, self.from + self.len, taps.len());
        let ([from, tap], steps, [rows, columns]) = (taps.first, taps.rows, taps.count);
        let place = [self.pixels, pixel];
        // The rows that this part has something of, if each is one run.
        let [row, step] = steps;
        let first = (begin + 1).saturating_sub(tap + len).div_ceil(step.max(1));
        let last = end.saturating_sub(tap).div_ceil(step.max(1)).min(rows);
        let at = tap + first * step;
        if columns == 1 && first < last && begin <= at && tap + (last - 1) * step + len <= end {
            let input = self.input.get(from.wrapping_add(first * row)..).unwrap_or_default();
            let rows = Rows { input, count: last - first, len, steps };
            return bantam_isa::gather_rows(self.patch, place, at - begin, &rows, self.zero_point);
        }
        taps.for_each([0; 2], |from, tap| {
            // The part of the run that is to be taken over.
            let (first, last) = (tap.max(begin), (tap + len).min(end));
            if first >= last {
                return;
            }
            let input = part(self.input, from.wrapping_add(first - tap), last - first);
            bantam_isa::gather(self.patch, place, first - begin, input, self.zero_point);
        });
    }
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
    let (first, len, is_plain) = (scratch.first(), scratch.len(), scratch.is_plain());
    let zero_point = scaling.quantization.input_zero_point;
    let (factors, sums, patch) = scratch.parts(scaling, len);
    begin(scaling, first, sums);
    let filters = filter.rest(first.saturating_mul(depth));
    let mut gather = Gather { input, patch, pixels: 1, zero_point, from: 0, len: 0 };
    let run = taps.len();
    if scattered {
        taps.for_each([0; 2], |from, tap| {
            let taps = Taps::grid([from, tap], [0; 2], [0; 2], [1; 2], run);
            gather.multiply(&taps, tap..tap.wrapping_add(run), (filters, depth), sums);
        });
    } else {
        gather.multiply(taps, 0..depth, (filters, depth), sums);
    }
    let outputs = pixel.get_mut(first..).unwrap_or_default();
    let outputs = outputs.get_mut(..len).unwrap_or_default();
    finish(scaling, first, sums, is_plain.then_some(&factors), outputs);
}
