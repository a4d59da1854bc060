//! One window and its products with filters.
//!
//! The integer sums are exact, so every order of summation gives the same result. The loops here
//! have the shapes that LLVM turns into the multiply-and-add instructions of the target (`pmaddwd`
//! on x86-64) without any intrinsics: a fixed number of products of 16-bit factors, summed in 32
//! bits.

use core::array;
use core::borrow::Borrow;

use crate::backend::portable::constants::CHANNELS;
use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::Weights;

/// Filters that are computed together, so that an input is read once for all of them.
const FILTERS: usize = 4;

/// Inputs that a [`Patch`] holds: few enough for the sum of their products with `i8` to fit 32
/// bits.
pub(super) const PATCH: usize = 480;

/// Products per step of the inner loop.
const STEP: usize = 32;

/// Inputs that are few enough for a single, shorter step.
const SHORT: usize = STEP / 2;

/// Inputs under a window, in 16 bits, and their zero point.
///
/// From an `i8` the zero point is subtracted in 16 bits. That of an `i16` must be 0 here.
#[derive(Debug)]
#[repr(C, align(64))] // loads do not cross lines of the cache
pub(super) struct Patch {
    inputs: [i16; PATCH],
    zero_point: i16,
}

impl Patch {
    /// A patch of zeros.
    pub(super) fn new(zero_point: i16) -> Self {
        Self { inputs: [zero_point; PATCH], zero_point }
    }

    /// Makes all inputs zeros.
    pub(super) fn clear(&mut self) {
        self.inputs.fill(self.zero_point);
    }

    /// Sets the inputs from `at` on.
    #[inline(always)] // lengths are constants to some callers
    pub(super) fn set<T: Quantized>(&mut self, at: usize, input: &[T]) {
        let slots = self.inputs.get_mut(at..).unwrap_or(&mut []);
        let slots = slots.get_mut(..input.len()).unwrap_or(&mut []);
        let ((inputs, rest), (slots, last)) =
            (input.as_chunks::<CHANNELS>(), slots.as_chunks_mut::<CHANNELS>());
        for (slots, inputs) in slots.iter_mut().zip(inputs) {
            for k in 0..CHANNELS {
                slots[k] = inputs[k].widened();
            }
        }
        for (slot, x) in last.iter_mut().zip(rest) {
            *slot = x.widened();
        }
    }

    /// Adds `Σ (input[k] - zero point) · filter[f · depth + k]` to `acc[f]` for each filter `f`,
    /// over the first `len` inputs.
    ///
    /// What follows the `len` inputs must be zeros up to the next step: there the filter is read as
    /// well, if it goes on.
    #[inline(always)] // chooses the way; those are calls
    pub(super) fn dot<A: Accumulator>(
        &self,
        len: usize,
        filter: impl Weights,
        depth: usize,
        acc: &mut [A; CHANNELS],
    ) {
        if let Some(x) = self.inputs.first_chunk().filter(|_| len <= SHORT) {
            let sums = dot_short(x, self.zero_point, filter, depth);
            for (acc, sum) in acc.iter_mut().zip(sums) {
                *acc = acc.plus(A::of(sum));
            }
            return;
        }
        let x = self.inputs.as_chunks().0.get(..len.div_ceil(STEP)).unwrap_or(&[]);
        let mut filter = filter;
        for acc in acc.as_chunks_mut::<FILTERS>().0 {
            if filter.weight(0).is_none() {
                break;
            }
            let sums = dot_steps(x, self.zero_point, filter, depth);
            for (acc, sum) in acc.iter_mut().zip(sums) {
                *acc = acc.plus(A::of(sum));
            }
            filter = filter.rest(FILTERS * depth);
        }
    }

    /// As [`Self::dot`], over any number of inputs, a patch at a time.
    #[inline(always)] // one caller for each type
    pub(super) fn dot_long<A: Accumulator, T: Quantized>(
        &mut self,
        input: &[T],
        filter: impl Weights,
        depth: usize,
        acc: &mut [A; CHANNELS],
    ) {
        for (piece, input) in input.chunks(PATCH).enumerate() {
            self.set(0, input);
            for slot in self.inputs.iter_mut().skip(input.len()).take(STEP) {
                *slot = self.zero_point;
            }
            self.dot(input.len(), filter.rest(piece * PATCH), depth, acc);
        }
    }
}

/// Rows that are `depth` apart, each to the end of `filter`.
#[inline(always)] // vector registers hold what it gives
fn rows<W: Weights, const N: usize>(mut filter: W, depth: usize) -> [W; N] {
    array::from_fn(|_| {
        let row = filter;
        filter = filter.rest(depth);
        row
    })
}

/// [`Patch::dot`] for few inputs.
#[inline(never)] // the loop has the registers for itself
fn dot_short(
    x: &[i16; SHORT],
    zero_point: i16,
    filter: impl Weights,
    depth: usize,
) -> [i32; CHANNELS] {
    let mut sums = [0; CHANNELS];
    for (sum, row) in sums.iter_mut().zip(rows::<_, CHANNELS>(filter, depth)) {
        if row.weight(0).is_none() {
            break;
        }
        *sum = match row.block() {
            Some(w) => dot_step(x, zero_point, w.borrow()),
            // The end of the filter.
            None => dot_each(x, zero_point, row, depth),
        };
    }
    sums
}

/// `Σ (x[k] - zero_point) · w[k]` over a few weights.
#[inline(never)] // out of the way of the usual
fn dot_each(x: &[i16], zero_point: i16, row: impl Weights, depth: usize) -> i32 {
    let weights = row.each().take(depth);
    let products =
        x.iter().zip(weights).map(|(x, w)| i32::from(x.wrapping_sub(zero_point)) * i32::from(w));
    products.fold(0, i32::wrapping_add)
}

/// [`Patch::dot`] for [`FILTERS`] filters.
///
/// The form is one that LLVM sees multiply-and-add instructions in; others that look alike are not.
#[inline(never)] // the loop has the registers for itself
fn dot_steps(
    x: &[[i16; STEP]],
    zero_point: i16,
    filter: impl Weights,
    depth: usize,
) -> [i32; FILTERS] {
    let rows = rows(filter, depth);
    let [w0, w1, w2, w3] = rows.map(|row| row.blocks());
    let mut sums = [0_i32; FILTERS];
    let mut done = 0;
    for ((((x, w0), w1), w2), w3) in x.iter().zip(w0).zip(w1).zip(w2).zip(w3) {
        for (sum, w) in sums.iter_mut().zip([w0, w1, w2, w3]) {
            *sum = sum.wrapping_add(dot_step(x, zero_point, w.borrow()));
        }
        done += 1;
    }
    if done < x.len() {
        dot_end(x, zero_point, rows, done, &mut sums);
    }
    sums
}

/// The steps of [`dot_steps`] from `done` on, where one of the rows ends within a step.
#[cold]
#[inline(never)] // out of the way of the usual
fn dot_end(
    x: &[[i16; STEP]],
    zero_point: i16,
    rows: [impl Weights; FILTERS],
    done: usize,
    sums: &mut [i32; FILTERS],
) {
    for (step, x) in x.iter().enumerate().skip(done) {
        for (sum, row) in sums.iter_mut().zip(rows) {
            let rest = row.rest(step * STEP);
            *sum = sum.wrapping_add(dot_step(x, zero_point, &padded(rest)));
        }
    }
}

/// The first weights of `row`, followed by zeros where it ends.
#[inline(always)] // vector registers hold what it gives
fn padded<const N: usize>(row: impl Weights) -> [i8; N] {
    if let Some(whole) = row.block() {
        return *whole.borrow();
    }
    let mut padded = [0; N];
    padded.iter_mut().zip(row.each()).for_each(|(padded, w)| *padded = w);
    padded
}

/// `Σ (x[k] - zero_point) · w[k]`.
#[inline(always)] // vector registers hold what it gives
fn dot_step<const N: usize>(x: &[i16; N], zero_point: i16, w: &[i8; N]) -> i32 {
    let product = |k: usize| i32::from(x[k].wrapping_sub(zero_point)) * i32::from(w[k]);
    let mut sum = 0_i32;
    for k in 0..N / 2 {
        sum = sum.wrapping_add(product(k).wrapping_add(product(k + N / 2)));
    }
    sum
}
