//! What a layer keeps from pixel to pixel: sums, inputs, and where in a window they lie.

use core::ops::Range;

use crate::backend::compact::loops::{PIXELS, dots_of_two};
use crate::backend::compact::outputs::finish;
use crate::backend::compact::patch::{FILTERS, PATCH, dot, widen, words};
use crate::backend::layer::{Layer, Scaling};
use crate::backend::primitives::Convolution;
use crate::number::element::{Accumulator, Quantized};
use crate::number::room::ROOM;
use crate::number::weights::{FilterElement, Weights};
use crate::walk::chunks::part;
use crate::walk::taps::Taps;

/// Output channels whose sums are formed at a time, for all pixels of a row.
pub(super) const BLOCK: usize = ROOM;

/// The sums of some output channels.
type Sums<S> = [[S; FILTERS]; BLOCK / FILTERS];

/// The sums of some output channels, and inputs. The sums are the bias unless a pixel is being
/// computed.
#[derive(Debug)]
pub struct Scratch<S> {
    /// Those of each pixel that is computed at a time; most operators compute one.
    sums: [Sums<S>; PIXELS],
    /// A part of the inputs under a window, less their zero point.
    inputs: [[i16; PATCH]; PIXELS],
    /// Where in the window the part begins.
    at: usize,
    /// The taps of the pixel that is being computed. stack: functions that call others read them
    /// here, and keep no copies.
    pub(super) taps: Taps,
    first: usize,
    len: usize,
    /// Which of the channels a row of a depthwise convolution has come to, counted from the first.
    pub(super) part: Range<usize>,
    /// That of the input; 0 for `i16`.
    pub(super) zero_point: i16,
}

impl<S: Accumulator> Scratch<S> {
    // size: as a constant it is nothing but zeros, which are written where it stays.
    const EMPTY: Self = Self {
        sums: [[[S::ZERO; FILTERS]; BLOCK / FILTERS]; PIXELS],
        inputs: [[0; PATCH]; PIXELS],
        at: 0,
        taps: Taps::NONE,
        first: 0,
        len: 0,
        part: 0..0,
        zero_point: 0,
    };

    #[inline(always)] // size: made where it stays
    pub(super) fn new() -> Self {
        Self::EMPTY
    }

    /// Turns to these output channels, if it has not done so already.
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
        self.zero_point = scaling.quantization.input_zero_point;
        scaling.fill_room(first);
        for slot in 0..PIXELS {
            scaling.begin(first, self.each_sum(slot));
        }
    }

    /// The first of the selected channels.
    #[inline(always)] // a field
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// The sums of a pixel, one by one.
    #[inline(always)] // a check of a length
    fn each_sum(&mut self, slot: usize) -> &mut [S] {
        let sums = self.sums.get_mut(slot).map(|sums| sums.as_flattened_mut());
        sums.and_then(|sums| sums.get_mut(..self.len)).unwrap_or(&mut [])
    }

    /// The sums of the part.
    #[inline(always)] // a check of a length
    pub(super) fn part(&mut self) -> Option<&mut [S]> {
        let [sums, ..] = &mut self.sums;
        sums.as_flattened_mut().get_mut(self.part.clone())
    }

    /// Adds to the sums the products of a window with their filters, of `depth` weights each, one
    /// part after the other.
    #[inline(always)] // size: one caller for each type
    pub(super) fn multiply<T: Quantized<Sum = S>, F: FilterElement>(
        &mut self,
        layer: &Layer<'_, T, F>,
        depth: usize,
        input: &[T],
    ) {
        self.at = 0;
        while self.at < depth {
            self.gather(0, input);
            self.dot(layer, self.at, [depth - self.at, depth], 1);
            self.at += PATCH;
        }
    }

    /// [`Self::multiply`] of some pixels of a row, at most [`PIXELS`].
    #[inline(always)] // size: one caller for each type
    pub(super) fn multiply_pixels<T: Quantized<Sum = S>, F: FilterElement>(
        &mut self,
        layer: &Layer<'_, T, F>,
        row: &Convolution<'_>,
        pixels: Range<usize>,
        input: &[T],
    ) {
        if PIXELS == 1 {
            self.turn_to(row, pixels.start);
            return self.multiply(layer, row.depth, input);
        }
        self.at = 0;
        while self.at < row.depth {
            for (slot, pixel) in pixels.clone().enumerate() {
                self.turn_to(row, pixel);
                self.gather(slot, input);
            }
            self.dot(layer, self.at, [row.depth - self.at, row.depth], pixels.len());
            self.at += PATCH;
        }
    }

    /// Turns to the taps of a pixel.
    #[inline(always)] // size: one caller for each type, or two of one
    fn turn_to(&mut self, row: &Convolution<'_>, pixel: usize) {
        row.windows.put_taps(pixel, &mut self.taps);
        self.taps.begin_at(row.channel);
        self.taps.join();
    }

    /// Adds to the sums the products of the inputs of the window with their filters, run by run.
    #[inline(always)] // size: one caller for each type
    pub(super) fn multiply_runs<T: Quantized<Sum = S>, F: FilterElement>(
        &mut self,
        layer: &Layer<'_, T, F>,
        depth: usize,
        taps: &Taps,
        input: &[T],
    ) {
        taps.for_each([0; 2], |from, tap| {
            let mut tap = tap;
            for input in part(input, from, taps.len()).chunks(PATCH) {
                let [inputs, ..] = &mut self.inputs;
                widen(inputs, input, self.zero_point);
                self.dot(layer, tap, [input.len(), depth], 1);
                tap += PATCH;
            }
        });
    }

    /// Adds the products of at most `len` inputs of so many pixels with filters that are `depth`
    /// apart, from the `tap`th weight on.
    #[inline(always)] // passes places on
    fn dot<T: Quantized<Sum = S>, F: FilterElement>(
        &mut self,
        layer: &Layer<'_, T, F>,
        tap: usize,
        [len, depth]: [usize; 2],
        pixels: usize,
    ) {
        let mut filters = layer.weights().rest(self.first.wrapping_mul(depth).wrapping_add(tap));
        let (mut done, groups) = (0, self.len.div_ceil(FILTERS));
        if let ([inputs, others], [sums, other_sums], PIXELS) =
            (&self.inputs[..], &mut self.sums[..], pixels)
        {
            let both = [sums, other_sums].map(|sums| sums.get_mut(..groups).and_then(words));
            if let ([Some(sums), Some(other_sums)], Some(inputs), Some(others)) =
                (both, inputs.get(..len.min(PATCH)), others.get(..len.min(PATCH)))
            {
                done = dots_of_two([inputs, others], &filters, depth, [sums, other_sums]);
                filters = filters.rest(done.wrapping_mul(FILTERS).wrapping_mul(depth));
            }
        }
        for (inputs, sums) in self.inputs.iter().zip(&mut self.sums).take(pixels) {
            let inputs = inputs.get(..len).unwrap_or(inputs);
            dot(inputs, depth, filters, sums.get_mut(done..groups).unwrap_or(&mut []));
        }
    }

    /// Takes over what is under the taps, of one part of the window.
    #[inline(never)] // size: one copy for all kernels
    fn gather<T: Quantized<Sum = S>>(&mut self, slot: usize, input: &[T]) {
        if !self.taps.is_whole()
            && let Some(inputs) = self.inputs.get_mut(slot)
        {
            inputs.fill(0);
        }
        let [mut from, mut tap] = self.taps.first;
        for _ in 0..self.taps.count[0] {
            let (row_from, row_tap) = (from, tap);
            for _ in 0..self.taps.count[1] {
                self.set(slot, [from, tap], input);
                from = from.wrapping_add(self.taps.columns[0]);
                tap = tap.wrapping_add(self.taps.columns[1]);
            }
            from = row_from.wrapping_add(self.taps.rows[0]);
            tap = row_tap.wrapping_add(self.taps.rows[1]);
        }
    }

    /// Takes over a run of inputs from the `from`th on, which lies under taps from `tap` on: what
    /// is within the part.
    #[inline(never)] // stack: the loop over runs keeps nothing of it
    fn set<T: Quantized<Sum = S>>(&mut self, slot: usize, [from, tap]: [usize; 2], input: &[T]) {
        let Some(inputs) = self.inputs.get_mut(slot) else { return };
        let (skipped, at) = (self.at.saturating_sub(tap), tap.saturating_sub(self.at));
        let len = self.taps.len().saturating_sub(skipped).min(PATCH.saturating_sub(at));
        let slots = inputs.get_mut(at..).unwrap_or(&mut []);
        widen(slots, part(input, from.wrapping_add(skipped), len), self.zero_point);
    }

    /// Turns the sums of a pixel into outputs of their channels.
    #[inline(always)] // passes places on
    pub(super) fn write<T: Quantized<Sum = S>>(
        &mut self,
        scaling: &Scaling<'_, T>,
        slot: usize,
        pixel: &mut [T],
    ) {
        let outputs = pixel.get_mut(self.first..).unwrap_or(&mut []);
        finish(scaling, self.first, self.each_sum(slot), outputs, true);
    }
}
