//! What a layer keeps from row to row: factors and biases of channels, sums, a patch.

use core::ops::Range;

use crate::backend::dsp::wide::common::may_be_short;
use crate::backend::layer::Scaling;
use crate::number::channel_factors::ChannelFactors;
use crate::number::element::{Accumulator, Quantized};

/// Words for multipliers, biases, sums and a patch.
const WORDS: usize = 224;

/// Output channels of a convolution that are selected at a time.
pub(in crate::backend::dsp) const CHANNELS: usize = 16;

/// The same of a depthwise convolution, which has no patch.
pub(super) const MOST_CHANNELS: usize = 64;

/// Some output channels, and memory: words with the multipliers, unless these are in an image, the
/// biases, sums, and a patch.
#[derive(Debug)]
pub struct Scratch {
    words: [i32; WORDS],
    /// Shifts as [`ChannelFactors::shift`] has them.
    shifts: [u8; MOST_CHANNELS],
    first: usize,
    len: usize,
    /// Multipliers among the words.
    own: usize,
    /// Whether sums fit in 32 bits, or only these bits count.
    fits: bool,
    /// Whether `bantam_isa` may make outputs of sums that fit.
    may_be_short: bool,
}

/// What a layer is computed with.
pub(super) struct Parts<'s> {
    pub(super) factors: ChannelFactors<'s>,
    /// The lower 32 bits of biases, little-endian.
    pub(super) bias: &'s [[u8; 4]],
    pub(super) sums: &'s mut [i32],
    pub(super) patch: &'s mut [i32],
    pub(super) may_be_short: bool,
}

impl Scratch {
    // size: as a constant it is nothing but zeros, which are written where it stays.
    const EMPTY: Self = Self {
        words: [0; WORDS],
        shifts: [0; MOST_CHANNELS],
        first: 0,
        len: 0,
        own: 0,
        fits: false,
        may_be_short: false,
    };

    #[inline(always)] // size: made where it stays
    pub(in crate::backend::dsp) fn new() -> Self {
        Self::EMPTY
    }

    /// Takes over the constants of these output channels, if it has not done so already.
    #[inline(never)] // size: one copy for all kernels
    pub(in crate::backend::dsp) fn select<T: Quantized>(
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
        let prepared = scaling.prepared();
        self.own = if prepared.is_some() { 0 } else { len };
        let (multipliers, rest) = self.words.split_at_mut_checked(self.own).unwrap_or_default();
        let biases = rest.get_mut(..len).unwrap_or_default();
        // A product is at most 2^22 in absolute value.
        let products = u32::try_from(depth).unwrap_or(u32::MAX).saturating_mul(1 << 22);
        let mut most = 0;
        for (slot, channel) in biases.iter_mut().zip(first..) {
            let mut bias = [T::Sum::ZERO];
            scaling.begin(channel, &mut bias);
            let [bias] = bias;
            *slot = i32::from_ne_bytes(bias.low().to_le_bytes());
            let bias: i64 = bias.into();
            let bias = u32::try_from(bias.unsigned_abs()).unwrap_or(u32::MAX);
            most = bias.saturating_add(products).max(most);
        }
        let mut only = None;
        for (at, (multiplier, shift)) in multipliers.iter_mut().zip(&mut self.shifts).enumerate() {
            let factor = match only {
                Some(factor) => factor,
                None => scaling.factor(if scaling.has_one_factor() { 0 } else { first + at }),
            };
            only = scaling.has_one_factor().then_some(factor);
            (*multiplier, *shift) = (factor.multiplier, ChannelFactors::shift(factor, 0));
        }
        // A host knows the weights; without a bias it does not know the type of the sums.
        let is_known = scaling.has_bias()
            && prepared.is_some_and(|prepared| prepared.are_plain_and_short()[1]);
        self.fits = scaling.is_narrow() || is_known || most <= i32::MAX as u32;
        self.may_be_short = may_be_short(scaling, &self.parts(scaling, 0).factors);
    }

    /// The first of the selected channels, and how many there are.
    #[inline(always)] // two fields
    pub(super) fn channels(&self) -> [usize; 2] {
        [self.first, self.len]
    }

    /// Whether sums fit in 32 bits, or only these bits count.
    #[inline(always)] // a field
    pub(super) fn fits(&self) -> bool {
        self.fits
    }

    /// The constants of the channels; `sums` words for sums; the rest for a patch.
    pub(super) fn parts<'s, T: Quantized>(
        &'s mut self,
        scaling: &Scaling<'s, T>,
        sums: usize,
    ) -> Parts<'s> {
        let Self { words, shifts, first, len, own, may_be_short, .. } = self;
        let (multipliers, words) = words.split_at_mut_checked(*own).unwrap_or_default();
        let (biases, words) = words.split_at_mut_checked(*len).unwrap_or_default();
        let (sums, patch) = words.split_at_mut_checked(sums).unwrap_or_default();
        let factors = match scaling.prepared() {
            Some(prepared) => prepared.part(*first..*first + *len),
            None => ChannelFactors::of(multipliers, shifts.get(..*len).unwrap_or_default()),
        };
        Parts { factors, bias: bantam_isa::fours(biases), sums, patch, may_be_short: *may_be_short }
    }
}
