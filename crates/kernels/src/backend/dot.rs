//! Sums of products: what convolutions and fully connected layers come down to.
//!
//! The integer sums are exact, so every order of summation gives the same result. The loops here have the shapes
//! that LLVM turns into the multiply-and-add instructions of the target (`pmaddwd` on x86-64) without any
//! intrinsics: a fixed number of products of 16-bit factors, summed in 32 bits.

use core::array;

use crate::backend::accumulate::CHANNELS;
use crate::number::element::Accumulator;
use crate::number::element::{Load, Quantized};

/// Filters that are computed together, so that an input is read once for all of them.
pub(crate) const FILTERS: usize = 4;

/// Whether there are vector registers worth filling; a core without them is better served by little code and stack.
///
/// `--cfg bantam_compact` is for tests: it takes the little code on any target.
pub(crate) const VECTORS: bool = cfg!(all(
    any(target_feature = "sse2", target_feature = "neon", target_feature = "simd128"),
    not(bantam_compact)
));

/// Inputs that a [`Patch`] holds: few enough for the sum of their products with `i8` to fit 32 bits.
pub(crate) const PATCH: usize = if VECTORS { 480 } else { 128 };

/// Products per step of the inner loop.
const STEP: usize = if VECTORS { 32 } else { 4 };

/// Inputs that are few enough for a single, shorter step.
const SHORT: usize = STEP / 2;

/// `x` in 16 bits.
#[inline(always)]
pub(crate) fn widened<T: Quantized>(x: T) -> i16 {
    Into::<i32>::into(x) as i16
}

/// Inputs under a window, in 16 bits, and their zero point.
///
/// From an `i8` the zero point is subtracted in 16 bits. That of an `i16` must be 0 here.
pub(crate) struct Patch {
    inputs: [i16; PATCH],
    zero_point: i16,
}

impl Patch {
    /// A patch of zeros.
    pub(crate) fn new(zero_point: i16) -> Self {
        Self { inputs: [zero_point; PATCH], zero_point }
    }

    /// Makes all inputs zeros.
    pub(crate) fn clear(&mut self) {
        self.inputs.fill(self.zero_point);
    }

    /// Sets the inputs from `at` on.
    #[inline(always)]
    pub(crate) fn set<T: Quantized, I: Load<T>>(&mut self, at: usize, input: &[I]) {
        let slots = self.inputs.get_mut(at..).unwrap_or(&mut []);
        let slots = slots.get_mut(..input.len()).unwrap_or(&mut []);
        let ((inputs, rest), (slots, last)) =
            (input.as_chunks::<CHANNELS>(), slots.as_chunks_mut::<CHANNELS>());
        for (slots, inputs) in slots.iter_mut().zip(inputs) {
            for k in 0..CHANNELS {
                slots[k] = widened(inputs[k].load());
            }
        }
        for (slot, x) in last.iter_mut().zip(rest) {
            *slot = widened(x.load());
        }
    }

    /// Adds `Σ (input[k] - zero point) · filter[f · depth + k]` to `acc[f]` for each filter `f`, over the first `len`
    /// inputs.
    ///
    /// What follows the `len` inputs must be zeros up to the next step: there the filter is read as well, if it goes on.
    #[inline(always)]
    pub(crate) fn dot<A: Accumulator>(
        &self,
        len: usize,
        filter: &[i8],
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
            if filter.is_empty() {
                break;
            }
            let sums = dot_steps(x, self.zero_point, filter, depth);
            for (acc, sum) in acc.iter_mut().zip(sums) {
                *acc = acc.plus(A::of(sum));
            }
            filter = filter.get(FILTERS * depth..).unwrap_or(&[]);
        }
    }

    /// As [`Self::dot`], over any number of inputs, a patch at a time.
    #[inline(always)]
    pub(crate) fn dot_long<A: Accumulator, T: Quantized, I: Load<T>>(
        &mut self,
        input: &[I],
        filter: &[i8],
        depth: usize,
        acc: &mut [A; CHANNELS],
    ) {
        for (piece, input) in input.chunks(PATCH).enumerate() {
            self.set(0, input);
            for slot in self.inputs.iter_mut().skip(input.len()).take(STEP) {
                *slot = self.zero_point;
            }
            self.dot(input.len(), filter.get(piece * PATCH..).unwrap_or(&[]), depth, acc);
        }
    }
}

/// Rows that are `depth` apart, each to the end of `filter`.
#[inline(always)]
fn rows<const N: usize>(mut filter: &[i8], depth: usize) -> [&[i8]; N] {
    array::from_fn(|_| {
        let row = filter;
        filter = filter.get(depth..).unwrap_or(&[]);
        row
    })
}

/// [`Patch::dot`] for few inputs.
#[inline(never)]
fn dot_short(x: &[i16; SHORT], zero_point: i16, filter: &[i8], depth: usize) -> [i32; CHANNELS] {
    rows::<CHANNELS>(filter, depth).map(|row| match row.first_chunk() {
        Some(w) => dot_step(x, zero_point, w),
        // The end of the filter.
        None => dot_step(x, zero_point, &padded(row)),
    })
}

/// [`Patch::dot`] for [`FILTERS`] filters.
///
/// The form is one that LLVM sees multiply-and-add instructions in; others that look alike are not.
#[inline(never)]
fn dot_steps(x: &[[i16; STEP]], zero_point: i16, filter: &[i8], depth: usize) -> [i32; FILTERS] {
    let rows = rows(filter, depth);
    let [w0, w1, w2, w3] = rows.map(|row| row.as_chunks().0);
    let mut sums = [0_i32; FILTERS];
    let mut done = 0;
    for ((((x, w0), w1), w2), w3) in x.iter().zip(w0).zip(w1).zip(w2).zip(w3) {
        for (sum, w) in sums.iter_mut().zip([w0, w1, w2, w3]) {
            *sum = sum.wrapping_add(dot_step(x, zero_point, w));
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
#[inline(never)]
fn dot_end(
    x: &[[i16; STEP]],
    zero_point: i16,
    rows: [&[i8]; FILTERS],
    done: usize,
    sums: &mut [i32; FILTERS],
) {
    for (step, x) in x.iter().enumerate().skip(done) {
        for (sum, row) in sums.iter_mut().zip(rows) {
            let rest = row.get(step * STEP..).unwrap_or(&[]);
            *sum = sum.wrapping_add(dot_step(x, zero_point, &padded(rest)));
        }
    }
}

/// The first weights of `row`, followed by zeros where it ends.
#[inline(always)]
fn padded<const N: usize>(row: &[i8]) -> [i8; N] {
    if let Some(whole) = row.first_chunk() {
        return *whole;
    }
    let mut padded = [0; N];
    if let Some(start) = padded.get_mut(..row.len()) {
        start.copy_from_slice(row);
    }
    padded
}

/// `Σ (x[k] - zero_point) · w[k]`.
#[inline(always)]
fn dot_step<const N: usize>(x: &[i16; N], zero_point: i16, w: &[i8; N]) -> i32 {
    let product = |k: usize| i32::from(x[k].wrapping_sub(zero_point)) * i32::from(w[k]);
    let mut sum = 0_i32;
    for k in 0..N / 2 {
        sum = sum.wrapping_add(product(k).wrapping_add(product(k + N / 2)));
    }
    sum
}

/// Inputs that are gathered from the rows of a window, so that their sum is formed in one go.
pub(crate) const FLOAT_PATCH: usize = 64;

/// Lanes that float sums are formed in.
const LANES: usize = 8;

/// Sums of [`FILTERS`] filters, in lanes that [`FloatSums::finish`] adds up.
pub(crate) struct FloatSums([[f32; LANES]; FILTERS]);

impl FloatSums {
    pub(crate) fn new() -> Self {
        Self([[0.0; LANES]; FILTERS])
    }

    /// Adds `x[k] · filter[f · depth + k]` to each sum `f`.
    ///
    /// Where `filter` ends before the last of its rows, their sums are of no use.
    #[inline(never)]
    pub(crate) fn add<I, W>(&mut self, x: &[I], filter: &[W], depth: usize)
    where
        I: Load<f32>,
        W: Load<f32>,
    {
        let mut rows = filter.chunks(depth);
        let first = rows.next().unwrap_or(&[]);
        let rows = [
            first,
            rows.next().unwrap_or(first),
            rows.next().unwrap_or(first),
            rows.next().unwrap_or(first),
        ];
        let (steps, rest) = x.as_chunks::<LANES>();
        let [w0, w1, w2, w3] = rows.map(|row| row.as_chunks::<LANES>().0);
        let mut sums = self.0;
        for ((((x, w0), w1), w2), w3) in steps.iter().zip(w0).zip(w1).zip(w2).zip(w3) {
            for (sums, w) in sums.iter_mut().zip([w0, w1, w2, w3]) {
                for k in 0..LANES {
                    sums[k] += x[k].load() * w[k].load();
                }
            }
        }
        self.0 = sums;
        if rest.is_empty() {
            return;
        }
        for (lanes, row) in self.0.iter_mut().zip(rows) {
            let row = row.get(steps.len() * LANES..).unwrap_or(&[]);
            for ((sum, x), w) in lanes.iter_mut().zip(rest).zip(row) {
                *sum += x.load() * w.load();
            }
        }
    }

    /// The sums.
    #[inline(never)]
    pub(crate) fn finish(&self) -> [f32; FILTERS] {
        self.0.map(|lanes| {
            let halves: [f32; LANES / 2] = array::from_fn(|k| lanes[k] + lanes[k + LANES / 2]);
            (halves[0] + halves[2]) + (halves[1] + halves[3])
        })
    }
}

/// Most weights of a filter in a [`FloatPanel`].
pub(crate) const FLOAT_PANEL: usize = if VECTORS { 64 } else { 0 };

/// The weights of `N` float filters side by side, so that the lanes of a sum are filters.
pub(crate) struct FloatPanel<const N: usize>([[f32; N]; FLOAT_PANEL]);

impl<const N: usize> FloatPanel<N> {
    pub(crate) fn new() -> Self {
        Self([[0.0; N]; FLOAT_PANEL])
    }

    /// Takes over the first filters of `filter`, of `depth` weights each.
    #[inline(never)]
    pub(crate) fn set<W: Load<f32>>(&mut self, filter: &[W], depth: usize) {
        for (c, row) in filter.chunks_exact(depth.max(1)).take(N).enumerate() {
            for (slots, w) in self.0.iter_mut().zip(row) {
                if let Some(slot) = slots.get_mut(c) {
                    *slot = w.load();
                }
            }
        }
    }

    /// Adds `x[k] · filter[f][tap + k]` to each sum `f`.
    #[inline(never)]
    pub(crate) fn add<I: Load<f32>>(&self, x: &[I], tap: usize, sums: &mut [f32; N]) {
        let mut acc = *sums;
        for (x, w) in x.iter().zip(self.0.get(tap..).unwrap_or(&[])) {
            let x = x.load();
            for c in 0..N {
                acc[c] += x * w[c];
            }
        }
        *sums = acc;
    }
}

/// Writes float sums of the channels from `first` on, as many as there is room for, with their bias and clamped.
#[inline(always)]
pub(crate) fn finish_f32<B: Load<f32>, const N: usize>(
    sums: &[f32; N],
    bias: Option<&[B]>,
    first: usize,
    (min, max): (f32, f32),
    output: &mut [f32],
) {
    let bias = bias.map(|bias| bias.get(first..).unwrap_or(&[]));
    if let (Some(Some(bias)), Some(output)) =
        (bias.map(|bias| bias.first_chunk::<N>()), output.first_chunk_mut::<N>())
    {
        for k in 0..N {
            output[k] = (sums[k] + bias[k].load()).max(min).min(max);
        }
        return;
    }
    let bias = bias.unwrap_or(&[]);
    for (k, (output, sum)) in output.iter_mut().zip(sums).enumerate() {
        let bias = bias.get(k).map_or(0.0, |bias| bias.load());
        *output = (sum + bias).max(min).min(max);
    }
}
