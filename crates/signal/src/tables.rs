//! The constants of a front end, computed: windows, filter banks of the mel scale, gains.
//!
//! They take floats, and functions of the crate `libm`: a program computes them once at its start,
//! or in its build script. For the parameters of `micro_speech` they are, number for number, those
//! in TFLM's model `audio_preprocessor_int8.tflite`.

use crate::error::{Error, Operand};
use crate::filter_bank::FilterBank;
use crate::pcan::LUT_LEN;
use core::f64::consts::PI;
use core::ops::Range;

/// Fills a Hann window of `shift` fraction bits.
///
/// ```text
/// weights[i] = round(2^shift · (1 - cos(2π · (i + 1/2) / len)) / 2)
/// ```
///
/// # Ranges
///
/// `shift` is within `0..=14`; of more bits the largest weights do not fit, and become 32767.
///
/// # Source
///
/// TFLM 90b983c2b, `python/tflite_micro/signal/ops/window_op.py`, `hann_window_weights`.
///
/// # Examples
///
/// ```
/// let mut weights = [0; 4];
/// bantam_signal::tables::hann(12, &mut weights);
/// assert_eq!(weights, [600, 3496, 3496, 600]);
/// ```
pub fn hann(shift: u32, weights: &mut [i16]) {
    let turn = PI * 2.0 / weights.len() as f64;
    let one = libm::ldexp(1.0, shift.min(31) as i32);
    for (index, weight) in weights.iter_mut().enumerate() {
        let real = 0.5 - 0.5 * libm::cos(turn * (index as f64 + 0.5));
        *weight = libm::rint(real * one) as i16;
    }
}

/// Fills a table of gains for [`pcan`](crate::pcan::pcan).
///
/// ```text
/// gain(noise) = min(2^gain_bits · (noise / 2^input_bits + offset)^-strength, 32767)
/// ```
///
/// # Ranges
///
/// `input_bits` and `gain_bits` are within `0..=31`; more bits count as 31.
///
/// # Source
///
/// TFLM 90b983c2b, `python/tflite_micro/signal/utils/wide_dynamic_func_lut_wrapper.cc`,
/// `WideDynamicFuncLut`.
pub fn gains(
    strength: f32,
    offset: f32,
    input_bits: u32,
    gain_bits: u32,
    lut: &mut [i16; LUT_LEN],
) {
    let gain = |noise: u32| {
        let noise = noise as f32 / (1_u32 << input_bits.min(31)) as f32;
        let gain = (1_u32 << gain_bits.min(31)) as f32 * libm::powf(noise + offset, -strength);
        if gain > f32::from(i16::MAX) { i16::MAX } else { (gain + 0.5) as i16 }
    };
    let [zero, one, curves @ ..] = lut;
    (*zero, *one) = (gain(0), gain(1));
    for (bits, curve) in (1..u32::BITS).zip(curves.chunks_mut(4)) {
        // Through the first noise of so many bits, the one in the middle, and the next one.
        let first = 1_u32 << bits;
        let next = first.saturating_mul(2);
        let from_first = |noise| i32::from(gain(noise)) - i32::from(gain(first));
        let (middle, end) = (from_first(first + first / 2), from_first(next));
        let slope = 4 * middle - end;
        let entries = [gain(first), slope as i16, (end - slope) as i16, 0];
        curve.iter_mut().zip(entries).for_each(|(slot, entry)| *slot = entry);
    }
}

/// Parameters of a filter bank whose channels are as far from each other on the mel scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mel {
    /// Samples in a second.
    pub sample_rate: u32,
    /// Samples of the FFT.
    pub fft_length: u32,
    /// Channels.
    pub channels: usize,
    /// Where the first channel begins, in hertz.
    pub lower_hz: f32,
    /// Where the last channel ends, in hertz.
    pub upper_hz: f32,
    /// Sets of bins begin at multiples of so many bins.
    pub alignment: usize,
    /// Sets have multiples of so many bins.
    pub block: usize,
}

/// A set of bins: how it is padded.
struct Set {
    first: usize,
    width: usize,
    start: usize,
    padded: usize,
}

impl Mel {
    /// The parameters of `micro_speech` of TFLM: 40 channels from 125 to 7500 Hz, out of 16 000
    /// samples a second. Its [`MelTables`] are of 41 sets and 316 weights.
    pub const MICRO_SPEECH: Self = Self {
        sample_rate: 16_000,
        fft_length: 512,
        channels: 40,
        lower_hz: 125.0,
        upper_hz: 7500.0,
        alignment: 2,
        block: 4,
    };

    /// Weights of the bank: bins of all sets, with their padding.
    pub fn weights_len(&self) -> usize {
        let mut sum = self.zeros();
        self.sets(|_, set| {
            if set.width > 0 {
                sum += set.padded;
            }
        });
        sum
    }

    /// Weights at the beginning that are zeros: for sets without bins, if there are any.
    fn zeros(&self) -> usize {
        let mut zeros = 0;
        self.sets(|_, set| {
            if set.width == 0 {
                zeros = set.padded;
            }
        });
        zeros
    }

    fn hz_of_a_bin(&self) -> f64 {
        f64::from(self.sample_rate) / 2.0 / f64::from((self.fft_length / 2).max(1))
    }

    fn mel_of_bin(&self, bin: usize) -> f32 {
        mel((bin as f64 * self.hz_of_a_bin()) as f32)
    }

    /// The middle of a channel; that of `channels` is the upper end.
    fn center(&self, channel: usize) -> f32 {
        let (lower, upper) = (mel(self.lower_hz), mel(self.upper_hz));
        let spacing = (upper - lower) / (self.channels + 1) as f32;
        lower + spacing * (channel + 1) as f32
    }

    /// The first bin that counts.
    fn first_bin(&self) -> usize {
        libm::rint(1.0 + f64::from(self.lower_hz) / self.hz_of_a_bin()) as usize
    }

    /// Calls `each` for each set of bins.
    fn sets(&self, mut each: impl FnMut(usize, Set)) {
        let mut first = self.first_bin();
        let (alignment, block) = (self.alignment.max(1), self.block.max(1));
        for index in 0..=self.channels {
            let center = self.center(index);
            let bins = self.fft_length as usize;
            let end = (first..bins).find(|&bin| self.mel_of_bin(bin) > center).unwrap_or(bins);
            let (width, start) = (end - first, first / alignment * alignment);
            let padded = (end - start).max(1).div_ceil(block) * block;
            each(
                index,
                match width {
                    0 => Set { first, width, start: 0, padded: block },
                    _ => Set { first, width, start, padded },
                },
            );
            first = end;
        }
    }
}

/// The mel scale. Source: TFLM 90b983c2b,
/// `python/tflite_micro/signal/utils/freq_to_mel_wrapper.cc`, `FreqToMel`.
fn mel(hz: f32) -> f32 {
    1127.0 * libm::log1pf(hz / 700.0)
}

/// The constants of a filter bank of [`Mel`]: `SETS` is one more than the channels, `WEIGHTS` is
/// [`Mel::weights_len`].
///
/// # Source
///
/// TFLM 90b983c2b, `python/tflite_micro/signal/ops/filter_bank_ops.py`,
/// `_init_filter_bank_weights`; weights have 12 fraction bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MelTables<const SETS: usize, const WEIGHTS: usize> {
    weights: [i16; WEIGHTS],
    unweights: [i16; WEIGHTS],
    frequency_starts: [i16; SETS],
    weight_starts: [i16; SETS],
    widths: [i16; SETS],
    bins: [usize; 2],
}

impl<const SETS: usize, const WEIGHTS: usize> MelTables<SETS, WEIGHTS> {
    /// Computes the tables.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] if `SETS` or `WEIGHTS` are others; [`Error::Channel`] if the bank ends
    /// behind the spectrum.
    pub fn new(bank: &Mel) -> Result<Self, Error> {
        Error::check(Operand::Table, bank.channels + 1, SETS)?;
        Error::check(Operand::Table, bank.weights_len(), WEIGHTS)?;
        let mut tables = Self {
            weights: [0; WEIGHTS],
            unweights: [0; WEIGHTS],
            frequency_starts: [0; SETS],
            weight_starts: [0; SETS],
            widths: [0; SETS],
            bins: [bank.first_bin(), 0],
        };
        let mut at = bank.zeros();
        bank.sets(|index, set| {
            let weight_start = if set.width == 0 { 0 } else { at };
            for (table, value) in [
                (&mut tables.frequency_starts, set.start),
                (&mut tables.weight_starts, weight_start),
                (&mut tables.widths, set.padded),
            ] {
                if let Some(slot) = table.get_mut(index) {
                    *slot = value as i16;
                }
            }
            if set.width == 0 {
                return;
            }
            let (center, before) = (
                bank.center(index),
                match index.checked_sub(1) {
                    None => mel(bank.lower_hz),
                    Some(channel) => bank.center(channel),
                },
            );
            for bin in set.first..set.first + set.width {
                let weight = (center - bank.mel_of_bin(bin)) / (center - before);
                let place = at + bin - set.start;
                if let Some(slot) = tables.weights.get_mut(place) {
                    *slot = (weight * ONE) as i16;
                }
                if let Some(slot) = tables.unweights.get_mut(place) {
                    *slot = ((1.0 - weight) * ONE) as i16;
                }
            }
            tables.bins[1] = set.first + set.width;
            at += set.padded;
        });
        if tables.bins[1] > bank.fft_length as usize / 2 {
            return Err(Error::Channel(bank.channels));
        }
        Ok(tables)
    }

    /// The bins that count: those whose [`energy`](crate::energy::energy) is needed.
    pub fn bins(&self) -> Range<usize> {
        let [first, end] = self.bins;
        first..end
    }

    /// The filter bank.
    pub fn bank(&self) -> FilterBank<'_, i16> {
        FilterBank {
            weights: &self.weights,
            unweights: &self.unweights,
            frequency_starts: &self.frequency_starts,
            weight_starts: &self.weight_starts,
            widths: &self.widths,
        }
    }
}

/// 1 in weights.
const ONE: f32 = 4096.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bank_has_all_bins_once() {
        let bank = MelTables::<41, 316>::new(&Mel::MICRO_SPEECH).unwrap();
        assert_eq!(bank.bins(), 5..241);
        let tables = bank.bank();
        // Weight and unweight of a bin make 1, less what is rounded down.
        let mut bins = alloc::vec::Vec::new();
        for set in 0..41 {
            let [bin, at, width] = [tables.frequency_starts, tables.weight_starts, tables.widths]
                .map(|table| table[set]);
            for j in 0..width {
                let place = (at + j) as usize;
                let sum = tables.weights[place] + tables.unweights[place];
                if sum != 0 {
                    assert!((4095..=4096).contains(&sum), "{sum}");
                    bins.push((bin + j) as usize);
                }
            }
        }
        assert!(bins.into_iter().eq(5..241));
    }

    #[test]
    fn sets_without_bins_have_zeros() {
        let narrow =
            Mel { channels: 40, fft_length: 64, alignment: 1, block: 1, ..Mel::MICRO_SPEECH };
        let len = narrow.weights_len();
        assert_eq!(len, 30);
        let tables = MelTables::<41, 30>::new(&narrow).unwrap();
        let bank = tables.bank();
        assert_eq!((bank.weights[0], bank.unweights[0]), (0, 0));
        let empty = (0..41).filter(|&set| bank.frequency_starts[set] == 0);
        assert!(empty.clone().all(|set| bank.weight_starts[set] == 0 && bank.widths[set] == 1));
        assert!(empty.count() > 10);
        bank.sum(&[1; 33], &mut [0; 40]).unwrap();
    }

    #[test]
    fn other_sizes_are_refused() {
        let error = |needed, actual| Err(Error::Length { operand: Operand::Table, needed, actual });
        let bank = Mel::MICRO_SPEECH;
        assert_eq!(MelTables::<40, 316>::new(&bank).map(drop), error(41, 40));
        assert_eq!(MelTables::<41, 315>::new(&bank).map(drop), error(316, 315));
        let high = Mel { upper_hz: 8200.0, ..bank };
        assert!(high.weights_len() > 0);
    }
}
