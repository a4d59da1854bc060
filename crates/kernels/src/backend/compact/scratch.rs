//! What a layer keeps from row to row: constants of channels, sums, inputs.

use core::ops::Range;

use crate::backend::compact::patch::{FILTERS, PATCH};
use crate::backend::layer::Scaling;
use crate::number::element::{Accumulator, Quantized};
use crate::number::requant::Requant;

/// Output channels whose sums are formed at a time, for all pixels of a row.
pub(super) const BLOCK: usize = 32;

/// What makes an output of a channel's sum, besides a shift.
#[derive(Clone, Copy, Debug)]
struct Channel<S> {
    bias: S,
    multiplier: i32,
}

/// Some output channels, for many pixels, and inputs. The sums are the bias unless a pixel is being
/// computed.
#[derive(Debug)]
pub struct Scratch<S> {
    sums: [[S; FILTERS]; BLOCK / FILTERS],
    channels: [Channel<S>; BLOCK],
    /// Apart from the rest, because they are bytes.
    shifts: [i8; BLOCK],
    inputs: [i16; PATCH],
    first: usize,
    len: usize,
}

impl<S: Accumulator> Scratch<S> {
    // size: as a constant it is nothing but zeros, which are written where it stays.
    const EMPTY: Self = Self {
        sums: [[S::ZERO; FILTERS]; BLOCK / FILTERS],
        channels: [Channel { bias: S::ZERO, multiplier: 0 }; BLOCK],
        shifts: [0; BLOCK],
        inputs: [0; PATCH],
        first: 0,
        len: 0,
    };

    #[inline(always)] // size: made where it stays
    pub(super) fn new() -> Self {
        Self::EMPTY
    }

    /// Takes over what these output channels need, if it has not done so already.
    #[inline(never)] // size: one copy for all kernels
    pub(super) fn select<T: Quantized<Sum = S>>(
        &mut self,
        scaling: &Scaling<'_, T>,
        channels: Range<usize>,
    ) {
        let (first, len) = (channels.start, channels.len());
        if (self.first, self.len) == (first, len) {
            return;
        }
        (self.first, self.len) = (first, len);
        scaling.begin(first, self.each_sum());
        let channels = self.channels.iter_mut().zip(&mut self.shifts);
        let channels = channels.zip(self.sums.as_flattened()).take(len);
        for (((channel, shift), &bias), index) in channels.zip(first..) {
            let factor = scaling.factor(index);
            *channel = Channel { bias, multiplier: factor.multiplier };
            *shift = factor.shift as i8;
        }
    }

    /// The first of the selected channels.
    #[inline(always)] // a field
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// Room for inputs; the sums of the channels, and of as many more as fill the last group.
    #[inline(always)] // a check of a length
    pub(super) fn parts(&mut self) -> (&mut [i16], &mut [[S; FILTERS]]) {
        let sums = self.sums.get_mut(..self.len.div_ceil(FILTERS)).unwrap_or(&mut []);
        (&mut self.inputs, sums)
    }

    /// The sums one by one.
    #[inline(always)] // a check of a length
    pub(super) fn each_sum(&mut self) -> &mut [S] {
        self.sums.as_flattened_mut().get_mut(..self.len).unwrap_or(&mut [])
    }

    /// Turns the sums into outputs of their channels of a pixel.
    #[inline(always)] // passes places on
    pub(super) fn write<T: Quantized<Sum = S>>(
        &mut self,
        scaling: &Scaling<'_, T>,
        pixel: &mut [T],
    ) {
        let Self { sums, channels, shifts, first, len, .. } = self;
        write(scaling, pixel, [*first, *len], sums, channels, shifts);
    }
}

/// See [`Scratch::write`].
///
/// Sums, channels and shifts come apart: as parts of one structure they have a common base, and the
/// loop takes four instructions more for each output.
#[inline(never)] // size: one copy for all kernels
fn write<T: Quantized>(
    scaling: &Scaling<'_, T>,
    pixel: &mut [T],
    [first, len]: [usize; 2],
    sums: &mut [[T::Sum; FILTERS]; BLOCK / FILTERS],
    channels: &[Channel<T::Sum>; BLOCK],
    shifts: &[i8; BLOCK],
) {
    let outputs = pixel.get_mut(first..).unwrap_or(&mut []);
    let outputs = outputs.get_mut(..len.min(BLOCK)).unwrap_or(&mut []);
    let to_output = scaling.outputs();
    let sums = sums.as_flattened_mut().iter_mut();
    let channels = channels.iter().zip(shifts);
    for ((output, sum), (channel, &shift)) in outputs.iter_mut().zip(sums).zip(channels) {
        let factor = Requant { multiplier: channel.multiplier, shift: shift.into() };
        *output = to_output(*sum, factor);
        *sum = channel.bias;
    }
}
