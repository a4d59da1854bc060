//! Inputs under a window, and their products with filters.

use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::{ROWS, Weights};

/// Inputs that are multiplied at a time: few enough for the sum of their products with `i8` to fit
/// 32 bits.
pub(super) const PATCH: usize = 64;

/// Filters that are multiplied at a time, so that an input is read once for all of them.
pub(super) const FILTERS: usize = ROWS;

/// A part of the inputs under a window, less their zero point.
pub(super) struct Patch<'a> {
    inputs: &'a mut [i16],
    /// Where in the window the part begins.
    at: usize,
    zero_point: i16,
}

impl<'a> Patch<'a> {
    /// Inputs (at most [`PATCH`]) with this zero point, which must be 0 for `i16`.
    #[inline(always)] // made where it stays
    pub(super) fn new(inputs: &'a mut [i16], zero_point: i16) -> Self {
        Self { inputs, at: 0, zero_point }
    }

    /// Makes all inputs zeros.
    pub(super) fn clear(&mut self) {
        self.inputs.fill(0);
    }

    /// Takes over what lies within the part of inputs from the `from`th of the window on.
    #[inline(never)] // size: one copy for all kernels
    pub(super) fn set<T: Quantized>(&mut self, from: usize, input: &[T]) {
        let input = input.get(self.at.saturating_sub(from)..).unwrap_or(&[]);
        let slots = self.inputs.get_mut(from.saturating_sub(self.at)..).unwrap_or(&mut []);
        for (slot, x) in slots.iter_mut().zip(input) {
            *slot = x.widened().wrapping_sub(self.zero_point);
        }
    }

    /// Adds to the sums the products of the `depth` inputs of a window with their filters, one part
    /// after the other, each of which `gather` sets.
    #[inline(always)] // the closure is a part of the loop
    pub(super) fn dot<S: Accumulator>(
        &mut self,
        filters: impl Weights,
        depth: usize,
        sums: &mut [[S; FILTERS]],
        gather: impl Fn(&mut Self),
    ) {
        self.at = 0;
        while self.at < depth {
            gather(self);
            self.dot_part([depth - self.at, depth], filters, sums);
            self.at += self.inputs.len().max(1);
        }
    }

    /// Adds to the sums the products of `input` with their filters, which are `depth` apart.
    #[inline(never)] // size: one copy for all kernels
    pub(super) fn add<T: Quantized>(
        &mut self,
        input: &[T],
        filters: impl Weights,
        depth: usize,
        sums: &mut [[T::Sum; FILTERS]],
    ) {
        self.at = 0;
        while self.at < input.len() {
            self.set(0, input);
            self.dot_part([input.len() - self.at, depth], filters, sums);
            self.at += self.inputs.len().max(1);
        }
    }

    /// Adds the products of this part, of at most `len` inputs, with filters that are `depth`
    /// apart. Beyond the last filter they are of no use.
    #[inline(never)] // the loop has the registers for itself
    fn dot_part<S: Accumulator>(
        &self,
        [len, depth]: [usize; 2],
        filters: impl Weights,
        sums: &mut [[S; FILTERS]],
    ) {
        let inputs = self.inputs.get(..len).unwrap_or(self.inputs);
        let mut filters = filters.rest(self.at);
        let words = S::words_mut(sums.as_flattened_mut()).map(<[_]>::as_chunks_mut);
        let done = words.map_or(0, |(fours, _)| filters.add_dots(inputs, depth, fours));
        filters = filters.rest(done.wrapping_mul(FILTERS).wrapping_mul(depth));
        for [a, b, c, d] in sums.iter_mut().skip(done) {
            let Some(([sum0, sum1, sum2, sum3], rest)) = filters.dots(inputs, depth) else {
                return;
            };
            *a = a.plus(S::of(sum0));
            *b = b.plus(S::of(sum1));
            *c = c.plus(S::of(sum2));
            *d = d.plus(S::of(sum3));
            filters = rest;
        }
    }
}
