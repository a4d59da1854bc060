//! What a layer keeps from row to row: constants of channels, and room for a window.

use core::ops::Range;

use bantam_isa::mve::{self, Channels, FOURS, Filters, SIXTEENS, constants_len, window_len};

use crate::backend::layer::Scaling;
use crate::number::element::{Accumulator, Quantized};
use crate::number::requant::Requant;
use crate::number::weights::Weights;
use crate::walk::chunks::{chunks_mut, copy};

/// Output channels that may be selected at a time.
pub(super) const CHANNELS: usize = 64;

/// Words for the constants of sixteen channels.
pub(super) const BLOCK: usize = constants_len(SIXTEENS, SIXTEENS);

/// Some output channels, and memory: the words hold the constants, and behind them a window.
#[derive(Debug)]
pub struct Scratch<'m> {
    words: &'m mut [i32],
    first: usize,
    len: usize,
    /// Whether the functions of `bantam_isa::mve` may be used.
    is_plain: bool,
    /// Whether no weight of a depthwise convolution is -128.
    is_symmetric: bool,
    input_zero_point: i8,
    zero_point: i8,
    range: [i8; 2],
}

impl<'m> Scratch<'m> {
    #[inline(always)] // size: made where it stays
    pub(super) fn new(words: &'m mut [i32]) -> Self {
        Self {
            words,
            first: 0,
            len: 0,
            is_plain: false,
            is_symmetric: false,
            input_zero_point: 0,
            zero_point: 0,
            range: [0; 2],
        }
    }

    /// Output channels that are selected at a time: fewer, if there is then room for a window.
    #[inline(always)] // size: one caller for each type
    pub(super) fn channels(&self, depth: usize) -> usize {
        let [least, _] = window_len(depth);
        let words = |channels| constants_len(channels, FOURS).saturating_add(least.div_ceil(4));
        let mut numbers = [CHANNELS, 32, 16].into_iter();
        numbers.find(|&channels| words(channels) <= self.words.len()).unwrap_or(CHANNELS)
    }

    /// Takes over the constants of these filters, unless it has done so already.
    #[inline(never)] // size: one copy for all kernels
    pub(super) fn select<T: Quantized>(
        &mut self,
        scaling: &Scaling<'_, T>,
        filter: &[i8],
        channels: Range<usize>,
        depth: usize,
    ) {
        if self.has(&channels) {
            return;
        }
        let weights = filter.rest(channels.start.saturating_mul(depth));
        self.select_with(scaling, channels, FOURS, &mut |_, zero_point, biases| {
            let filters = Filters { weights, depth, channels: biases.len() };
            mve::fold(&filters, depth, zero_point, biases);
            false
        });
    }

    /// Channels of a depthwise convolution that are selected at a time.
    #[inline(always)] // one caller
    pub(super) fn most(&self) -> usize {
        // Constants, and biases beside them while they are made.
        ((self.words.len() / 4) & !(SIXTEENS - 1)).clamp(SIXTEENS, CHANNELS)
    }

    /// Whether these channels are selected.
    #[inline(always)] // two comparisons
    pub(super) fn has(&self, channels: &Range<usize>) -> bool {
        (self.first, self.len) == (channels.start, channels.len())
    }

    /// Takes over constants. `fold` makes the zero point of the input a part of the biases, and
    /// says whether weights are symmetric.
    #[inline(never)] // size: one copy for all kernels
    pub(super) fn select_with<T: Quantized>(
        &mut self,
        scaling: &Scaling<'_, T>,
        channels: Range<usize>,
        block: usize,
        fold: &mut dyn FnMut(usize, i8, &mut [i32]) -> bool,
    ) {
        let (first, len) = (channels.start, channels.len().min(CHANNELS));
        self.begin(scaling, first..first + len);
        let (constants, biases) = self
            .words
            .split_at_mut_checked(self.words.len().saturating_sub(len))
            .unwrap_or_default();
        let found = make(scaling, first, fold, biases, (constants, block));
        [self.is_plain, self.is_symmetric] = found;
    }

    /// Takes over what all channels have in common.
    fn begin<T: Quantized>(&mut self, scaling: &Scaling<'_, T>, channels: Range<usize>) {
        let quantization = &scaling.quantization;
        (self.first, self.len) = (channels.start, channels.len());
        self.input_zero_point = quantization.input_zero_point as i8;
        self.zero_point = quantization.output_zero_point as i8;
        self.range = [quantization.min as i8, quantization.max as i8];
    }

    /// Takes over the constants of all channels, sixteen at a time: as many as there is room for,
    /// and the sixteen behind them in other memory. False where they do not suit `bantam_isa`, or
    /// there are more.
    #[inline(never)] // stack: apart from the rows
    pub(super) fn select_all<T: Quantized>(
        &mut self,
        scaling: &Scaling<'_, T>,
        channels: usize,
        behind: &mut [i32; BLOCK],
        fold: &mut dyn FnMut(usize, i8, &mut [i32]) -> bool,
    ) -> bool {
        let blocks = self.words.len() / BLOCK;
        self.begin(scaling, 0..channels.min(blocks * SIXTEENS));
        (self.is_plain, self.is_symmetric) = (true, true);
        for first in (0..channels).step_by(SIXTEENS) {
            let at = 3 * first;
            let constants = match self.words.get_mut(at..at + BLOCK) {
                Some(constants) => constants,
                None if at <= blocks * BLOCK => &mut behind[..],
                None => return false,
            };
            let mut biases = [0; SIXTEENS];
            let biases = biases.get_mut(..SIXTEENS.min(channels - first)).unwrap_or_default();
            let found = make(scaling, first, fold, biases, (constants, SIXTEENS));
            let [is_plain, is_symmetric] = found;
            self.is_plain &= is_plain;
            self.is_symmetric &= is_symmetric;
        }
        self.is_plain
    }

    /// Gives the second half of the first sixteen channels the constants of the first half.
    pub(super) fn double(&mut self) {
        for lanes in chunks_mut(self.words, 4).take(3 * SIXTEENS / 4) {
            let (first, second) = lanes.split_at_mut_checked(2).unwrap_or_default();
            copy(first, second);
        }
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

    /// Whether the constants may be used.
    #[inline(always)] // a field
    pub(super) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Whether no weight of a depthwise convolution is -128.
    #[inline(always)] // a field
    pub(super) fn is_symmetric(&self) -> bool {
        self.is_symmetric
    }

    /// The zero point of the input, which padding has.
    #[inline(always)] // a field
    pub(super) fn input_zero_point(&self) -> i8 {
        self.input_zero_point
    }

    /// The constants, in blocks of so many channels, and room for a window.
    pub(super) fn parts(&mut self, block: usize) -> (Channels<'_>, &mut [i8]) {
        let at = constants_len(self.len, block);
        let (constants, room) = self.words.split_at_mut_checked(at).unwrap_or_default();
        let (zero_point, range) = (self.zero_point, self.range);
        (Channels { constants, zero_point, range }, bantam_isa::bytes_mut(room))
    }

    /// All words, of which the first are constants.
    #[inline(always)] // a field
    pub(super) fn words(&self) -> &[i32] {
        self.words
    }

    /// Channels with these constants.
    #[inline(always)] // a few fields
    pub(super) fn channels_of<'a>(&self, constants: &'a [i32]) -> Channels<'a> {
        Channels { constants, zero_point: self.zero_point, range: self.range }
    }

    /// Room for a sum of each selected channel, which overwrites a window.
    pub(super) fn sums(&mut self) -> &mut [i32] {
        let at = self.words.len().saturating_sub(self.len);
        self.words.get_mut(at..).unwrap_or_default()
    }
}

/// Makes the constants of the channels from `first` on, in such blocks, of which there are as many
/// as biases. Whether they may be used, and whether weights are symmetric.
#[inline(never)] // size: one copy for all kernels
fn make<T: Quantized>(
    scaling: &Scaling<'_, T>,
    first: usize,
    fold: &mut dyn FnMut(usize, i8, &mut [i32]) -> bool,
    biases: &mut [i32],
    (constants, block): (&mut [i32], usize),
) -> [bool; 2] {
    begin(scaling, first, biases);
    let is_symmetric = fold(first, scaling.quantization.input_zero_point as i8, biases);
    let is_plain = match scaling.prepared() {
        Some(factors) => {
            let multipliers = factors.multipliers.get(first..).unwrap_or_default();
            let shifts = factors.shifts.get(first..).unwrap_or_default();
            mve::arrange(biases, multipliers, shifts, block, constants);
            let [is_plain, _] = factors.are_plain_and_short();
            is_plain
        }
        None => place(scaling, first, biases, constants, block),
    };
    [is_plain, is_symmetric]
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

/// The multiplier and the shift of a factor, which is negative, and whether it is exact: whether
/// it is to the right.
pub(super) fn plain(factor: Requant) -> ([i32; 2], bool) {
    // A multiplier of 0 has no shift.
    let shift = if factor.multiplier == 0 { -1 } else { factor.shift };
    ([factor.multiplier, shift], (-31..0).contains(&shift))
}

/// Puts the constants of channels with these biases where they belong; whether they may be used.
#[inline(never)] // size: one copy for all kernels
fn place<T: Quantized>(
    scaling: &Scaling<'_, T>,
    first: usize,
    biases: &[i32],
    constants: &mut [i32],
    block: usize,
) -> bool {
    let (mut is_plain, mut channel) = (true, first);
    let slots = chunks_mut(constants, 3 * SIXTEENS);
    for (biases, constants) in biases.chunks(SIXTEENS).zip(slots) {
        let (mut multipliers, mut shifts) = ([0; SIXTEENS], [0; SIXTEENS]);
        for (multiplier, slot) in multipliers.iter_mut().zip(&mut shifts).take(biases.len()) {
            let factor = scaling.factor(if scaling.has_one_factor() { 0 } else { channel });
            let ([significand, shift], fits) = plain(factor);
            (*multiplier, *slot) = (significand, !shift as u8);
            is_plain &= fits;
            channel = channel.wrapping_add(1);
        }
        mve::arrange(biases, &multipliers, &shifts, block, constants);
    }
    is_plain
}
