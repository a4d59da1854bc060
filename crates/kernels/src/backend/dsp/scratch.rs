//! What a layer keeps from row to row: factors of channels, sums, a patch.

use core::ops::Range;

use bantam_isa::{Factors, PIXELS, patch_depth, patch_len};

use crate::backend::layer::Scaling;
use crate::number::channel_factors::ChannelFactors;
use crate::number::channel_requant::ChannelRequant;
use crate::number::channel_scales::Bounds;
use crate::number::element::{Accumulator, Quantized};
use crate::number::requant::Requant;

/// Words of a patch beside filters that have been turned around, at least: for 16 inputs.
const LEAST_PATCH: usize = 32;

/// Output channels that may be selected at a time.
const MOST_CHANNELS: usize = 128;

/// As many of filters that are multiplied in parts.
pub(super) const DEEP_CHANNELS: usize = 32;

/// Some output channels, and memory.
///
/// The words hold the factors, unless these are in an image, and behind them a patch; or, where
/// filters are multiplied in parts, four sums for each channel, and a patch for one part.
#[derive(Debug)]
pub struct Scratch<'m> {
    words: &'m mut [i32],
    first: usize,
    len: usize,
    /// Words of factors: the multipliers, and shifts to the right, less one, a byte each.
    own: usize,
    /// Whether none of them is one of the long way.
    is_short: bool,
    zero_point: i8,
    /// The last words, which hold filters that have been turned around.
    turned: usize,
}

impl<'m> Scratch<'m> {
    #[inline(always)] // size: made where it stays
    pub(super) fn new(words: &'m mut [i32]) -> Self {
        Self { words, first: 0, len: 0, own: 0, is_short: false, zero_point: 0, turned: 0 }
    }

    /// Output channels that are selected at a time: all whose factors are in an image, as long as
    /// there need not be sums of them.
    #[inline(always)] // size: one caller for each type
    pub(super) fn channels<T: Quantized>(&self, scaling: &Scaling<'_, T>, depth: usize) -> usize {
        let words = self.words.len();
        let has_room = depth <= patch_depth(PIXELS, words);
        let most = match (has_room, scaling.prepared(), scaling.bias_words(0)) {
            (true, Some(_), Some(_)) => MOST_CHANNELS,
            // Five bytes each.
            (true, None, Some(_)) => words.wrapping_sub(patch_len(PIXELS, depth)) / 5 * 4,
            // There are sums, or biases that need room.
            _ => 0,
        };
        most.clamp(DEEP_CHANNELS, MOST_CHANNELS)
    }

    /// Takes over the factors of these output channels, if it has not done so already.
    #[inline(never)] // size: one copy for all kernels
    pub(super) fn select<T: Quantized>(
        &mut self,
        scaling: &Scaling<'_, T>,
        channels: Range<usize>,
        depth: usize,
    ) {
        let (first, len) = (channels.start, channels.len().min(MOST_CHANNELS));
        if (self.first, self.len) == (first, len) {
            return;
        }
        (self.first, self.len) = (first, len);
        self.zero_point = scaling.quantization.output_zero_point as i8;
        if let Some(prepared) = scaling.prepared() {
            [_, self.is_short] = prepared.are_plain_and_short();
            return;
        }
        self.own = len + len.div_ceil(4);
        let own = self.words.get_mut(..self.own).unwrap_or_default();
        let (multipliers, shifts) = own.split_at_mut_checked(len).unwrap_or_default();
        let shifts = bantam_isa::bytes_mut(shifts);
        self.is_short = factors(scaling, first, depth, multipliers, shifts);
    }

    /// The first of the selected channels.
    #[inline(always)] // a field
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// How many channels are selected.
    #[inline(always)] // a field
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether it has filters that have been turned around.
    #[inline(always)] // a field
    pub(super) fn has_turned(&self) -> bool {
        self.turned > 0
    }

    /// Words for sums and a patch.
    #[inline(always)] // two subtractions
    pub(super) fn room(&self) -> usize {
        self.words.len().saturating_sub(self.own).saturating_sub(self.turned)
    }

    /// The factors; `sums` words for sums; the rest for a patch.
    pub(super) fn parts<'s, T: Quantized>(
        &'s mut self,
        scaling: &Scaling<'s, T>,
        sums: usize,
    ) -> (Factors<'s>, &'s mut [i32], &'s mut [i32]) {
        let (factors, sums, patch, _) = self.parts_and_turned(scaling, sums);
        (factors, sums, patch)
    }

    /// [`Self::parts`], and the filters that have been turned around.
    pub(super) fn parts_and_turned<'s, T: Quantized>(
        &'s mut self,
        scaling: &Scaling<'s, T>,
        sums: usize,
    ) -> (Factors<'s>, &'s mut [i32], &'s mut [i32], &'s [i8]) {
        let Self { words, first, len, own, zero_point, turned, is_short, .. } = self;
        let end = words.len().saturating_sub(*turned);
        let (words, turned) = words.split_at_mut_checked(end).unwrap_or_default();
        let (factors, words) = words.split_at_mut_checked(*own).unwrap_or_default();
        let (sums, patch) = words.split_at_mut_checked(sums).unwrap_or_default();
        let (multipliers, shifts): (&[i32], &[u8]) = match scaling.prepared() {
            Some(prepared) => (
                prepared.multipliers.get(*first..).unwrap_or_default(),
                prepared.shifts.get(*first..).unwrap_or_default(),
            ),
            None => {
                let (multipliers, shifts) = factors.split_at_mut_checked(*len).unwrap_or_default();
                (multipliers, bantam_isa::bytes(shifts))
            }
        };
        let factors = Factors { multipliers, shifts, zero_point: *zero_point, is_short: *is_short };
        (factors, sums, patch, bantam_isa::bytes(turned))
    }

    /// Keeps filters whose weights lie tap by tap one filter after the other; false if there is no
    /// room beside factors, sums and a patch.
    pub(super) fn turn(&mut self, weights: &[i8], channels: usize) -> bool {
        let words = weights.len().div_ceil(4);
        if words == self.turned {
            return words > 0;
        }
        let needed = words.saturating_add(7 * channels).saturating_add(LEAST_PATCH);
        let room = self.words.len();
        let Some(begin) = room.checked_sub(words).filter(|_| needed <= room) else {
            return false;
        };
        self.turned = words;
        let (taps, turned) = (weights.len() / channels.max(1), self.words.get_mut(begin..));
        let turned = bantam_isa::bytes_mut(turned.unwrap_or_default());
        for (at, &weight) in weights.iter().enumerate() {
            let (tap, channel) = (at / channels.max(1), at % channels.max(1));
            if let Some(slot) = turned.get_mut(channel * taps + tap) {
                *slot = weight;
            }
        }
        true
    }
}

/// Computes multipliers and shifts of the channels from `first` on, unless they are in an image;
/// whether none is one of the long way.
#[inline(never)] // size: one copy for all kernels
pub(super) fn factors<T: Quantized>(
    scaling: &Scaling<'_, T>,
    first: usize,
    depth: usize,
    multipliers: &mut [i32],
    shifts: &mut [u8],
) -> bool {
    // A product is below 2^15 in absolute value.
    let products = u32::try_from(depth).unwrap_or(u32::MAX).saturating_mul(1 << 15);
    let mut bounds = match scaling.bias_words(first) {
        Some(biases) => Bounds { products, biases },
        // Nothing is known of a bias that does not lie in memory as others do.
        None if scaling.has_bias() => Bounds { products: u32::MAX, biases: &[] },
        None => Bounds { products, biases: &[] },
    };
    let bits = match *scaling.requant {
        ChannelRequant::Scales(ref scales) => scales.bounded(first, bounds, multipliers, shifts),
        ChannelRequant::Given { multipliers: given, shifts: by } => {
            let mut bits = 0;
            for ((multiplier, shift), channel) in multipliers.iter_mut().zip(shifts).zip(first..) {
                let bound = bounds.next();
                let at = if given.len() == 1 { 0 } else { channel };
                let (Some(&given), Some(&by)) = (given.get(at), by.get(at)) else { break };
                let factor = Requant { multiplier: given, shift: by.into() };
                (*multiplier, *shift) = (given, ChannelFactors::shift(factor, bound));
                bits |= *shift;
            }
            bits
        }
        ChannelRequant::Factors(_) => u8::MAX,
    };
    let [_, is_short] = ChannelFactors::is_plain_and_short(bits);
    is_short
}

/// Begins the sums of the channels from `first` on with their bias.
#[inline(never)] // size: one copy for all kernels
pub(super) fn begin<T: Quantized>(scaling: &Scaling<'_, T>, first: usize, sums: &mut [i32]) {
    if let Some(biases) = scaling.bias_words(first) {
        let sums = sums.iter_mut().zip(biases);
        return sums.for_each(|(sum, bias)| *sum = i32::from_le_bytes(*bias));
    }
    for (sum, channel) in sums.iter_mut().zip(first..) {
        let mut bias = [T::Sum::ZERO];
        scaling.begin(channel, &mut bias);
        let [bias] = bias;
        *sum = bias.low();
    }
}

/// Turns the sums of channels with these factors into outputs.
#[inline(never)] // size: one copy for all kernels
pub(super) fn finish<T: Quantized>(
    scaling: &Scaling<'_, T>,
    sums: &[i32],
    factors: &Factors<'_>,
    outputs: &mut [T],
) {
    let outputs = T::bytes_mut(outputs).unwrap_or_default();
    bantam_isa::requantize(sums, factors, outputs);
    let len = outputs.len();
    clamp(scaling, outputs, len, 0..len);
}

/// Applies a range of the output that is smaller than that of `i8` to some channels of pixels.
#[inline(never)] // size: one copy for all kernels
pub(super) fn clamp<T: Quantized>(
    scaling: &Scaling<'_, T>,
    output: &mut [i8],
    pixel_len: usize,
    channels: Range<usize>,
) {
    let (min, max) = (scaling.quantization.min as i8, scaling.quantization.max as i8);
    if (min, max) == (i8::MIN, i8::MAX) {
        return;
    }
    for pixel in output.chunks_mut(pixel_len.max(1)) {
        let outputs = pixel.get_mut(channels.clone()).unwrap_or_default();
        outputs.iter_mut().for_each(|output| *output = (*output).max(min).min(max));
    }
}
