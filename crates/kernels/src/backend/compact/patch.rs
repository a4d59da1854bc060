//! Inputs under a window, less their zero point, and their products with filters.

use crate::backend::compact::loops;
use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::{ROWS, Weights};

/// Inputs that are multiplied at a time: few enough for the sum of their products with `i8` to fit
/// 32 bits.
pub(super) const PATCH: usize = 64;

/// Filters that are multiplied at a time, so that an input is read once for all of them.
pub(super) const FILTERS: usize = ROWS;

/// Takes over as many inputs as there are slots, less their zero point, which must be 0 for `i16`.
#[inline(always)] // size: a loop
pub(super) fn widen<T: Quantized>(slots: &mut [i16], input: &[T], zero_point: i16) {
    for (slot, x) in slots.iter_mut().zip(input) {
        *slot = x.widened().wrapping_sub(zero_point);
    }
}

/// Adds to the sums the products of at most [`PATCH`] inputs with filters that are `depth` apart.
/// Beyond the last filter they are of no use.
#[inline(never)] // the loop has the registers for itself
pub(super) fn dot<S: Accumulator>(
    inputs: &[i16],
    depth: usize,
    filters: impl Weights,
    sums: &mut [[S; FILTERS]],
) {
    let mut filters = filters;
    let done = words(sums).map_or(0, |sums| loops::dots(inputs, &filters, depth, sums));
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

/// Sums as words, if they are some.
#[inline(always)] // no instruction
pub(super) fn words<S: Accumulator>(sums: &mut [[S; FILTERS]]) -> Option<&mut [[i32; FILTERS]]> {
    S::words_mut(sums.as_flattened_mut()).map(|words| words.as_chunks_mut().0)
}
