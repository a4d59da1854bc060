//! Convolutions, four pixels of a row at a time.

use core::ops::Range;

use bantam_isa::{Outputs, PIXELS, Part};

use crate::backend::dsp::scratch::{Scratch, begin, clamp, finish};
use crate::backend::layer::Scaling;
use crate::backend::primitives::Convolution;
use crate::number::element::Quantized;
use crate::number::weights::Weights;
use crate::walk::chunks::part;
use crate::walk::taps::{RowWindows, Taps, from_pixel};
use crate::walk::window::size;

/// Computes the selected channels of all pixels of a row; false where the factors do not suit
/// `bantam_isa`, or the bias does not lie in memory as it needs it.
#[inline(never)] // size: one copy for all types
pub(super) fn row<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    row: &Convolution<'_>,
    input: &[i8],
    output: &mut [T],
) -> bool {
    let (first, len) = (scratch.first(), scratch.len());
    let Some(bias) = scaling.bias_words(first) else { return false };
    if !scratch.is_plain() {
        return false;
    }
    let pixels = row.windows.len();
    // One pixel or two behind the last four take less by themselves, three do not.
    let rest = if pixels % PIXELS < 3 { pixels % PIXELS } else { 0 };
    for at in pixels - rest..pixels {
        let taps = row.windows.runs(at, row.channel);
        let output = from_pixel(output, at, row.channels);
        pixel(scratch, scaling, filter, (row.depth, false), &taps, input, output);
    }
    let Some(output) = T::bytes_mut(output) else { return false };
    let (.., patch) = scratch.parts(0);
    let is_deep = patch.len() < bantam_isa::patch_len(PIXELS, row.depth);
    let (factors, sums, patch) = scratch.parts(if is_deep { PIXELS * len } else { 0 });
    let (sums, _) = sums.as_chunks_mut();
    let zero_point = scaling.quantization.input_zero_point;
    // Inputs of a part.
    let most = patch.len() / (2 * PIXELS) * 4;
    let step = step(&row.windows);
    let filters = filter.rest(first.saturating_mul(row.depth));
    let mut gather = Gather { input, patch, most: PIXELS, step, zero_point, from: 0, len: 0 };
    for at in (0..pixels - rest).step_by(PIXELS) {
        let count = PIXELS.min(pixels - at);
        let outputs = from_pixel(output, at, row.channels).get_mut(first..).unwrap_or_default();
        let mut begin = Some(bias);
        gather.from = 0;
        while gather.from < row.depth {
            gather.len = most.min(row.depth - gather.from);
            gather.windows(row, at, count);
            let weights = filters.rest(gather.from);
            let part = Part { patch: gather.patch, len: gather.len, weights, depth: row.depth };
            gather.from += gather.len.max(1);
            let stride = row.channels;
            let last = gather.from >= row.depth;
            let output = &mut *outputs;
            let outputs = last.then_some(Outputs { factors, pixels: count, stride, output });
            bantam_isa::multiply_four(&part, len, begin, sums, outputs);
            begin = None;
        }
    }
    clamp(scaling, output, row.channels, first..first + len);
    true
}

/// The pixels of a row whose windows lie within the columns of the input.
fn inside(windows: &RowWindows<'_>) -> Range<usize> {
    let axis = &windows.window.x;
    let (_, stride, pad) = axis.steps();
    let (stride, pad) = (size(stride), usize::from(pad));
    let reach = (axis.filter() - 1) * axis.dilation();
    // How far the first window could be moved.
    let Some(room) = (axis.input() + pad).checked_sub(reach + 1) else { return 0..0 };
    pad.div_ceil(stride)..axis.output().min(room / stride + 1)
}

/// Elements of the input from one window to the next.
fn step(windows: &RowWindows<'_>) -> usize {
    let (_, stride, _) = windows.window.x.steps();
    size(stride) * size(windows.window.channels)
}

/// What takes over a part of the inputs under windows.
struct Gather<'a> {
    input: &'a [i8],
    patch: &'a mut [i32],
    /// Pixels of the patch, and elements of the input from one to the next.
    most: usize,
    step: usize,
    zero_point: i16,
    /// The part: where it begins in the window, and how long it is.
    from: usize,
    len: usize,
}

impl Gather<'_> {
    /// Takes over `count` windows from pixel `at` on.
    fn windows(&mut self, row: &Convolution<'_>, at: usize, count: usize) {
        let inside = inside(&row.windows);
        let is_inside = inside.contains(&at) && inside.contains(&(at + PIXELS - 1));
        let mut taps = row.windows.runs(at, row.channel);
        self.clear_around(&taps, is_inside);
        if is_inside {
            return self.take(&taps, 0..PIXELS);
        }
        for pixel in 0..count {
            self.take(&taps, pixel..pixel + 1);
            taps = row.windows.runs(at + pixel + 1, row.channel);
        }
    }

    /// Clears the patch, unless all of it will be written.
    fn clear_around(&mut self, taps: &Taps, are_all: bool) {
        if !(are_all && taps.is_whole() && self.len.is_multiple_of(4)) {
            let len = bantam_isa::patch_len(self.most, self.len);
            self.patch.get_mut(..len).unwrap_or_default().fill(0);
        }
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
            self.len = (self.patch.len() * 2).max(1).min(part.end - self.from);
            self.clear_around(taps, true);
            self.take(taps, 0..1);
            let weights = filters.rest(self.from);
            bantam_isa::multiply(&Part { patch: self.patch, len: self.len, weights, depth }, sums);
            self.from += self.len;
        }
    }

    /// Takes over the runs of these pixels, which are a step apart. `taps` are those of the first.
    #[inline(never)] // size: one copy for one pixel and for four
    fn take(&mut self, taps: &Taps, pixels: Range<usize>) {
        taps.for_each([0; 2], |from, tap| {
            // The part of the run that is to be taken over.
            let before = self.from.saturating_sub(tap).min(taps.len());
            let (from, at) = (from.wrapping_add(before), (tap + before).wrapping_sub(self.from));
            let len = (taps.len() - before).min(self.len.saturating_sub(at));
            let words = if pixels.len() == PIXELS && at % 4 == 0 { len & !3 } else { 0 };
            let input = self.input.get(from..).unwrap_or(&[]);
            if words > 0 {
                bantam_isa::gather_four(self.patch, at, input, [self.step, words], self.zero_point);
            }
            for (pixel, from) in pixels.clone().zip((words..).step_by(self.step.max(1))) {
                if words == len {
                    break;
                }
                let input = part(input, from, len - words);
                bantam_isa::gather(
                    self.patch,
                    [self.most, pixel],
                    at + words,
                    input,
                    self.zero_point,
                );
            }
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
    let (factors, sums, patch) = scratch.parts(len);
    begin(scaling, first, sums);
    let filters = filter.rest(first.saturating_mul(depth));
    let mut gather = Gather { input, patch, most: 1, step: 0, zero_point, from: 0, len: 0 };
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
