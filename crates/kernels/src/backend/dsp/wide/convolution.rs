//! Convolutions, four pixels of a row at a time.

use core::ops::Range;

use bantam_isa::{PIXELS, Part, Windows};

use crate::backend::dsp::wide::common::{EXACT, by_definition, clamp, finish, for_isa, take};
use crate::backend::dsp::wide::scratch::{CHANNELS, Parts, Scratch};
use crate::backend::inside::Inside;
use crate::backend::layer::Scaling;
use crate::backend::primitives::Convolution;
use crate::number::channel_factors::ChannelFactors;
use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::Weights;
use crate::walk::taps::Taps;

/// Computes the selected channels of all pixels of a row; false where there are few pixels, or
/// where sums may need more than 32 bits.
#[inline(never)] // size: one copy for all kernels
pub(in crate::backend::dsp) fn row<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    row: &Convolution<'_>,
    input: &[i16],
    output: &mut [T],
) -> bool {
    let ([first, len], pixels) = (scratch.channels(), row.windows.len());
    if pixels < PIXELS || !scratch.fits() {
        return false;
    }
    let Parts { factors, bias, sums, patch, may_be_short } = scratch.parts(scaling, PIXELS * len);
    let (sums, _) = sums.as_chunks_mut();
    let inside = Inside::new(row.windows, row.channel);
    let range = inside.range(row.depth);
    let weights = filter.rest(first.saturating_mul(row.depth).saturating_add(range.start));
    let mut group = Group { row, inside, input, patch, range };
    let mut at = 0;
    while at < pixels {
        // The last ones may be computed once more, and come out as they were.
        let from = at.min(pixels - PIXELS);
        group.multiply(from, weights, bias, sums);
        let place = from.wrapping_mul(row.channels).saturating_add(first);
        let outputs = output.get_mut(place..).unwrap_or_default();
        write(scaling, &factors, may_be_short, sums, row.channels, outputs);
        at = from + PIXELS;
    }
    clamp(scaling, output, row.channels, first..first + len);
    true
}

/// What multiplies four pixels of a row.
struct Group<'a> {
    row: &'a Convolution<'a>,
    inside: Inside,
    input: &'a [i16],
    patch: &'a mut [i32],
    /// The weights of a filter that lie under inputs.
    range: Range<usize>,
}

impl Group<'_> {
    /// Computes the sums of all channels of the pixels from `at` on. A part of the inputs is taken
    /// over at a time.
    #[inline(never)] // stack: apart from what outputs take
    fn multiply(
        &mut self,
        at: usize,
        mut weights: &[i8],
        bias: &[[u8; 4]],
        sums: &mut [[i32; PIXELS]],
    ) {
        let Self { row, inside, input, patch, range } = self;
        let windows = windows(inside, input, at);
        let most = bantam_isa::patch_depth(PIXELS, patch.len()).max(1);
        // The taps of the pixel that has been taken over last: often there is only one.
        let mut known = (usize::MAX, inside.taps);
        let (mut begin, mut from) = (Some(bias), 0);
        while from < range.len() {
            let len = most.min(range.len() - from);
            let tap = range.start + from;
            if !inside.pixels.is_empty() {
                bantam_isa::gather_windows_wide(patch, &windows, [from, len]);
            }
            for pixel in 0..PIXELS {
                if !inside.pixels.contains(&(at + pixel)) {
                    if known.0 != pixel {
                        known = (pixel, row.windows.runs(at + pixel, row.channel));
                    }
                    take(patch, [PIXELS, pixel], &known.1, input, tap..tap + len);
                }
            }
            let part = Part { patch, len, weights, depth: row.depth };
            bantam_isa::multiply_four(&part, begin.take(), sums);
            weights = weights.rest(len);
            from += len;
        }
    }
}

/// The windows of four pixels from `at` on. In the place of one that does not lie inside there is
/// the nearest that does.
fn windows<'a>(inside: &Inside, input: &'a [i16], at: usize) -> Windows<'a, i16> {
    let Range { start, end } = inside.pixels;
    let Taps { first: [from, _], rows: [row, _], .. } = inside.taps;
    let place = |pixel: usize| {
        let pixel = (at + pixel).min(end.saturating_sub(1)).saturating_sub(start);
        from + pixel * inside.step
    };
    let pixels = [place(0), place(1), place(2), place(3)];
    Windows { input, pixels, row, run: inside.taps.len() }
}

/// Makes outputs of the sums of four pixels.
#[inline(never)] // size: one copy for all kernels
fn write<T: Quantized>(
    scaling: &Scaling<'_, T>,
    given: &ChannelFactors<'_>,
    may_be_short: bool,
    sums: &[[i32; PIXELS]],
    stride: usize,
    outputs: &mut [T],
) {
    if may_be_short && let Some(outputs) = T::halves_mut(outputs) {
        return bantam_isa::requantize_wide_four(sums, &for_isa(given), stride, outputs);
    }
    for pixel in 0..PIXELS {
        let sum = |at: usize| sums.as_flattened().get(at * PIXELS + pixel).copied().unwrap_or(0);
        let outputs = outputs.get_mut(pixel.wrapping_mul(stride)..).unwrap_or_default();
        let outputs = outputs.get_mut(..sums.len()).unwrap_or_default();
        by_definition(scaling, &|at| (T::Sum::of(sum(at)), given.at(at)), outputs);
    }
}

/// Computes the selected channels of one pixel, any layer. Where runs are `scattered` each is
/// multiplied by itself.
#[inline(never)] // size: one copy for all kernels
pub(in crate::backend::dsp) fn pixel<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    (depth, scattered): (usize, bool),
    taps: &Taps,
    input: &[i16],
    pixel: &mut [T],
) {
    let [first, len] = scratch.channels();
    let parts = scratch.parts(scaling, len);
    let sums = &mut [T::Sum::ZERO; CHANNELS];
    let sums = sums.get_mut(..len).unwrap_or_default();
    scaling.begin(first, sums);
    let filters = filter.rest(first.saturating_mul(depth));
    let most = bantam_isa::patch_depth(1, parts.patch.len()).clamp(1, EXACT);
    let mut multiply = |taps: &Taps, range: Range<usize>| {
        let mut from = range.start;
        while from < range.end {
            let len = most.min(range.end - from);
            take(parts.patch, [1, 0], taps, input, from..from + len);
            parts.sums.fill(0);
            let part = Part { patch: parts.patch, len, weights: filters.rest(from), depth };
            bantam_isa::multiply(&part, parts.sums);
            for (sum, &products) in sums.iter_mut().zip(&*parts.sums) {
                *sum = sum.plus(T::Sum::of(products));
            }
            from += len;
        }
    };
    if scattered {
        taps.for_each([0; 2], |from, tap| {
            let run = Taps::grid([from, tap], [0; 2], [0; 2], [1; 2], taps.len());
            multiply(&run, tap..tap.wrapping_add(taps.len()));
        });
    } else {
        multiply(taps, 0..depth);
    }
    let outputs = pixel.get_mut(first..).unwrap_or_default();
    let outputs = outputs.get_mut(..len).unwrap_or_default();
    finish(scaling, &parts.factors, parts.may_be_short, sums, parts.sums, outputs);
}
