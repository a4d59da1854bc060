//! Sums of products for several windows at once: a weight is widened once for all of them.
//!
//! It takes more stack and more code than a patch of one window.

use core::array;
use core::borrow::Borrow;

use crate::backend::portable::constants::CHANNELS;
use crate::number::element::Quantized;
use crate::number::weights::Weights;

/// Most inputs under a window.
pub(super) const DEPTH: usize = 576;

/// Most windows of a [`Tile`].
pub(super) const WINDOWS: usize = 16;

/// Filters that are computed together, so that an input is read once for all of them.
const FILTERS: usize = 4;

/// Inputs that a [`Tile`] holds, and weights.
const INPUTS: usize = FILTERS * DEPTH;

/// Products per step of the inner loop.
const STEP: usize = 32;

/// Inputs that are few enough for a single, shorter step.
const SHORT: usize = STEP / 2;

/// Inputs under several windows, less their zero point, and weights, both in 16 bits.
#[derive(Debug)]
#[repr(C, align(64))] // loads do not cross lines of the cache
pub(super) struct Tile {
    inputs: [i16; INPUTS],
    weights: [i16; INPUTS],
    depth: usize,
    zero_point: i16,
}

impl Tile {
    /// A tile for windows of `depth` inputs, at most [`DEPTH`], which are zeros.
    pub(super) fn new(depth: usize, zero_point: i16) -> Self {
        Self { inputs: [0; INPUTS], weights: [0; INPUTS], depth, zero_point }
    }

    /// Elements from one window to the next, and from one filter to the next: zeros fill the last
    /// step.
    #[inline(always)] // a few instructions
    fn stride(&self) -> usize {
        if self.depth <= SHORT { SHORT } else { self.depth.next_multiple_of(STEP) }
    }

    /// Inputs under a window.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// How many windows fit.
    pub(super) fn windows(&self) -> usize {
        (INPUTS / self.stride()).clamp(1, WINDOWS)
    }

    /// Makes the inputs under `window` zeros.
    pub(super) fn clear(&mut self, window: usize) {
        let from = window * self.stride();
        let slots = self.inputs.get_mut(from..).unwrap_or(&mut []);
        for slot in slots.iter_mut().take(self.depth) {
            *slot = 0;
        }
    }

    /// Sets inputs from the `at`th of `window` on.
    #[inline(always)] // lengths are constants to some callers
    pub(super) fn set<T: Quantized>(&mut self, window: usize, at: usize, input: &[T]) {
        let from = window * self.stride() + at;
        let slots = self.inputs.get_mut(from..).unwrap_or(&mut []);
        let slots = slots.get_mut(..input.len()).unwrap_or(&mut []);
        let zero_point = self.zero_point;
        let ((inputs, rest), (slots, last)) =
            (input.as_chunks::<CHANNELS>(), slots.as_chunks_mut::<CHANNELS>());
        for (slots, inputs) in slots.iter_mut().zip(inputs) {
            if T::MAX > i8::MAX.into() {
                // All are loaded before one is stored, because LLVM does not see that they are
                // apart; with `i8` the loop is faster.
                *slots = inputs.map(|x| x.widened().wrapping_sub(zero_point));
                continue;
            }
            for k in 0..CHANNELS {
                slots[k] = inputs[k].widened().wrapping_sub(zero_point);
            }
        }
        for (slot, x) in last.iter_mut().zip(rest) {
            *slot = x.widened().wrapping_sub(zero_point);
        }
    }

    /// Sets `sums[p][f]` to `Σ input[p][k] · filter[f · depth + k]` for each window `p` and each of
    /// [`CHANNELS`] filters.
    ///
    /// Where `filter` ends before the last of them, their sums are of no use.
    #[inline(never)] // size: one copy for all kernels
    pub(super) fn dot(&mut self, filter: impl Weights, sums: &mut [[i32; CHANNELS]]) {
        if self.depth <= SHORT {
            self.widen(filter);
            if let Some(rows) = self.weights.as_chunks().0.first_chunk::<CHANNELS>() {
                let rows = rows.each_ref();
                for (sums, x) in sums.iter_mut().zip(self.inputs.as_chunks().0) {
                    dot_short(x, &rows, sums);
                }
            }
            return;
        }
        let stride = self.stride();
        for half in 0..CHANNELS / FILTERS {
            let filter = filter.rest(half * FILTERS * self.depth);
            if filter.weight(0).is_none() {
                break;
            }
            self.widen(filter);
            let steps = stride / STEP;
            let mut weights = self.weights.as_chunks().0.chunks_exact(steps);
            let rows = array::from_fn(|_| weights.next().unwrap_or(&[]));
            dot_steps(self.inputs.as_chunks().0.chunks_exact(steps), rows, half, sums);
        }
    }

    /// Takes over as many filters as fit.
    fn widen(&mut self, mut filter: impl Weights) {
        let (stride, depth) = (self.stride(), self.depth.max(1));
        for slots in self.weights.chunks_exact_mut(stride) {
            let Some(row) = filter.first(depth) else { return };
            let (slots, _) = slots.as_chunks_mut::<CHANNELS>();
            let (whole, last) = slots.split_at_mut_checked(depth / CHANNELS).unwrap_or_default();
            for (slots, weights) in whole.iter_mut().zip(row.blocks::<CHANNELS>()) {
                let weights = weights.borrow();
                for k in 0..CHANNELS {
                    slots[k] = weights[k].into();
                }
            }
            let rest = row.rest(depth / CHANNELS * CHANNELS).each().take(depth % CHANNELS);
            for (slot, w) in last.first_mut().into_iter().flatten().zip(rest) {
                *slot = w.into();
            }
            filter = filter.rest(depth);
        }
    }
}

/// The sums of [`CHANNELS`] filters for few inputs.
#[inline(never)] // the loop has the registers for itself
fn dot_short(x: &[i16; SHORT], rows: &[&[i16; SHORT]; CHANNELS], sums: &mut [i32; CHANNELS]) {
    *sums = rows.map(|row| dot_step(x, row));
}

/// The sums of [`FILTERS`] filters for all windows, into the `half` of `sums` that is theirs.
///
/// The form is one that LLVM sees multiply-and-add instructions in; others that look alike are not.
#[inline(never)] // the loop has the registers for itself
fn dot_steps<'a>(
    windows: impl Iterator<Item = &'a [[i16; STEP]]>,
    [w0, w1, w2, w3]: [&[[i16; STEP]]; FILTERS],
    half: usize,
    sums: &mut [[i32; CHANNELS]],
) {
    for (x, sums) in windows.zip(sums) {
        let Some(done) = sums.as_chunks_mut::<FILTERS>().0.get_mut(half) else { return };
        let mut sums = [0_i32; FILTERS];
        for ((((x, w0), w1), w2), w3) in x.iter().zip(w0).zip(w1).zip(w2).zip(w3) {
            for (sum, w) in sums.iter_mut().zip([w0, w1, w2, w3]) {
                *sum = sum.wrapping_add(dot_step(x, w));
            }
        }
        *done = sums;
    }
}

/// `Σ x[k] · w[k]`.
#[inline(always)] // vector registers hold what it gives
fn dot_step<const N: usize>(x: &[i16; N], w: &[i16; N]) -> i32 {
    let product = |k: usize| i32::from(x[k]) * i32::from(w[k]);
    let mut sum = 0_i32;
    for k in 0..N / 2 {
        sum = sum.wrapping_add(product(k).wrapping_add(product(k + N / 2)));
    }
    sum
}
