//! Inputs under a window, and their products with filters.

use crate::number::element::{Accumulator, Quantized};

/// Inputs that are multiplied at a time: few enough for the sum of their products with `i8` to fit
/// 32 bits.
pub(super) const PATCH: usize = 128;

/// Filters that are multiplied at a time, so that an input is read once for all of them.
pub(super) const FILTERS: usize = 4;

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
        filters: &[i8],
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
        filters: &[i8],
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
    ///
    /// Spelled out, because loops over arrays stay loops where code is to be small. All slices are
    /// seen to be of one length.
    #[inline(never)] // the loop has the registers for itself
    fn dot_part<S: Accumulator>(
        &self,
        [len, depth]: [usize; 2],
        filters: &[i8],
        sums: &mut [[S; FILTERS]],
    ) {
        let inputs = self.inputs.get(..len).unwrap_or(self.inputs);
        let mut filters = filters.get(self.at..).unwrap_or(&[]);
        for [a, b, c, d] in sums {
            let Some(w0) = filters.get(..inputs.len()) else { return };
            // The next filter; the first one again where there is none.
            let mut next = || {
                filters = filters.get(depth..).unwrap_or(&[]);
                filters.get(..inputs.len()).unwrap_or(w0)
            };
            let (w1, w2, w3) = (next(), next(), next());
            let (mut sum0, mut sum1, mut sum2, mut sum3) = (0, 0, 0, 0);
            for ((((&x, &w0), &w1), &w2), &w3) in inputs.iter().zip(w0).zip(w1).zip(w2).zip(w3) {
                sum0 = plus_product(sum0, x, w0);
                sum1 = plus_product(sum1, x, w1);
                sum2 = plus_product(sum2, x, w2);
                sum3 = plus_product(sum3, x, w3);
            }
            *a = a.plus(S::of(sum0));
            *b = b.plus(S::of(sum1));
            *c = c.plus(S::of(sum2));
            *d = d.plus(S::of(sum3));
            filters = filters.get(depth..).unwrap_or(&[]);
        }
    }
}

#[inline(always)] // one instruction
fn plus_product(sum: i32, x: i16, w: i8) -> i32 {
    sum.wrapping_add(i32::from(x) * i32::from(w))
}
