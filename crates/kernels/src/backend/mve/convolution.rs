//! Convolutions, all windows of a row at once.

use bantam_isa::mve::{self, FOURS, Filters, Outputs, window_len};

use crate::backend::layer::Scaling;
use crate::backend::mve::scratch::{Scratch, begin};
use crate::backend::mve::windows;
use crate::backend::primitives::Convolution;
use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::Weights;
use crate::walk::chunks::part;
use crate::walk::taps::Taps;

/// Computes the selected channels of all pixels of a row; false where the factors do not suit
/// `bantam_isa`, or a window does not fit into the memory.
#[inline(never)] // size: one copy for all types
pub(super) fn row(
    scratch: &mut Scratch<'_>,
    filter: &[i8],
    row: &Convolution<'_>,
    input: &[i8],
    output: &mut [i8],
) -> bool {
    let (first, channels, zero_point) =
        (scratch.first(), scratch.len(), scratch.input_zero_point());
    let &Convolution { windows, depth, channel, channels: stride } = row;
    let tap = windows.channels();
    let windows = windows::of(windows, input, [channel, tap], zero_point);
    let is_plain = scratch.is_plain();
    let (constants, room) = scratch.parts(FOURS);
    let [least, _] = window_len(depth);
    // A pixel is multiplied where it lies.
    let fits = least <= room.len() || depth == tap;
    if !is_plain || !fits || windows.rows[1] == 0 || !windows.are_small() {
        return false;
    }
    let weights = filter.rest(first.saturating_mul(depth));
    let filters = Filters { weights, depth, channels };
    let output = output.get_mut(first..).unwrap_or_default();
    mve::convolve(&windows, &filters, room, Outputs { channels: constants, stride, output });
    true
}

/// Computes the selected channels of one pixel, any layer: run by run.
#[inline(never)] // size: one copy for all kernels
pub(super) fn pixel<T: Quantized>(
    scratch: &mut Scratch<'_>,
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
