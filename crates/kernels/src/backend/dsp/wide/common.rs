//! What layers have in common: how inputs come in a patch, and what makes outputs of sums.

use core::ops::Range;

use bantam_isa::Factors;

use crate::backend::layer::Scaling;
use crate::number::channel_factors::ChannelFactors;
use crate::number::element::{Accumulator, Quantized};
use crate::number::requant::Requant;
use crate::walk::chunks::part;
use crate::walk::taps::Taps;

/// Inputs whose products with weights of a byte fit in a sum of 32 bits.
pub(super) const EXACT: usize = 508;

/// Takes over a part of the inputs under a window, those that lie in the image.
pub(super) fn take(
    patch: &mut [i32],
    place: [usize; 2],
    taps: &Taps,
    input: &[i16],
    Range { start, end }: Range<usize>,
) {
    if !(taps.is_whole() && (end - start).is_multiple_of(4)) {
        bantam_isa::clear(patch, place, end - start);
    }
    taps.for_each([0; 2], |from, tap| {
        let (first, last) = (tap.max(start), (tap + taps.len()).min(end));
        if first < last {
            let input = part(input, from.wrapping_add(first - tap), last - first);
            bantam_isa::gather_wide(patch, place, first - start, input);
        }
    });
}

/// The same factors for `bantam_isa`.
pub(super) fn for_isa<'f>(factors: &ChannelFactors<'f>) -> Factors<'f> {
    let ChannelFactors { multipliers, shifts, .. } = *factors;
    Factors { multipliers, shifts, zero_point: 0, is_short: true }
}

/// Makes outputs of the sums of channels with these factors, or with one that all have. `words` is
/// room for as many sums; `may_be_short` says whether the factors suit `bantam_isa`.
#[inline(never)] // size: one copy for all kernels
pub(super) fn finish<T: Quantized>(
    scaling: &Scaling<'_, T>,
    given: &ChannelFactors<'_>,
    may_be_short: bool,
    sums: &[T::Sum],
    words: &mut [i32],
    outputs: &mut [T],
) {
    let mut fits = may_be_short;
    for (word, &sum) in words.iter_mut().zip(sums) {
        *word = sum.low();
        fits &= T::Sum::of(*word) == sum;
    }
    if fits && let Some(halves) = T::halves_mut(outputs) {
        bantam_isa::requantize_wide(words, &for_isa(given), halves);
        let len = halves.len();
        return clamp(scaling, outputs, len, 0..len);
    }
    let is_one = given.multipliers.len() == 1;
    let factor = |channel: usize| given.at(if is_one { 0 } else { channel });
    let sum = |channel: usize| sums.get(channel).copied().unwrap_or(T::Sum::ZERO);
    by_definition(scaling, &|channel| (sum(channel), factor(channel)), outputs);
}

/// Makes outputs of the sums and factors of their channels.
#[inline(never)] // size: one copy for all kernels
pub(super) fn by_definition<T: Quantized>(
    scaling: &Scaling<'_, T>,
    of: &dyn Fn(usize) -> (T::Sum, Requant),
    outputs: &mut [T],
) {
    let to_output = scaling.outputs();
    for (channel, output) in outputs.iter_mut().enumerate() {
        let (sum, factor) = of(channel);
        *output = to_output(sum, factor);
    }
}

/// Whether `bantam_isa` may make outputs of sums with these factors.
pub(super) fn may_be_short<T: Quantized>(
    scaling: &Scaling<'_, T>,
    factors: &ChannelFactors<'_>,
) -> bool {
    !scaling.is_narrow()
        && scaling.quantization.output_zero_point == 0
        && factors.are_below_a_quarter()
}

/// Applies a range of the output that is smaller than that of its type to some channels of pixels.
#[inline(never)] // size: one copy for all kernels
pub(super) fn clamp<T: Quantized>(
    scaling: &Scaling<'_, T>,
    output: &mut [T],
    pixel_len: usize,
    channels: Range<usize>,
) {
    let (min, max) = (scaling.quantization.min.into(), scaling.quantization.max.into());
    if (min, max) == (T::MIN, T::MAX) {
        return;
    }
    let (min, max) = (T::from_clamped(min), T::from_clamped(max));
    for pixel in output.chunks_mut(pixel_len.max(1)) {
        let outputs = pixel.get_mut(channels.clone()).unwrap_or_default();
        outputs.iter_mut().for_each(|output| *output = (*output).max(min).min(max));
    }
}
