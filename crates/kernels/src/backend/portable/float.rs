//! Sums of products of floats, each formed in the order of its filter as the reference forms it.

use core::ops::Range;

use crate::backend::layer::FloatWeights;
use crate::backend::portable::lanes::{LANES, Lanes, prefetch};
use crate::backend::primitives::FloatWindows;
use crate::number::clamp::clamp_f32;
use crate::number::element::Load;
use crate::walk::chunks::{chunks_mut, part};
use crate::walk::taps::Taps;

/// Filters whose sums are formed together for one window.
pub(super) const FILTERS: usize = 8;

/// Floats in a line of the cache.
const LINE: usize = 16;

/// Vectors of inputs in a tile.
const VECTORS: usize = 1152;

/// Most vectors of windows.
const MOST_GROUPS: usize = 4;

/// Filters that are multiplied with a tile at a time.
const ROWS: usize = 4;

/// Windows that make a tile worth the preparations.
const FEWEST_WINDOWS: usize = 3;

/// Inputs under several windows: those at the same place of four windows are one vector.
#[derive(Debug)]
#[repr(align(64))] // loads do not cross lines of the cache
pub struct FloatTile {
    inputs: [[f32; LANES]; VECTORS],
    depth: usize,
}

impl FloatTile {
    /// A tile for windows of `depth` inputs, if some fit and so many are at hand.
    pub(super) fn new(depth: usize, available: usize) -> Option<Self> {
        let fits = available >= FEWEST_WINDOWS && (1..=VECTORS).contains(&depth);
        fits.then_some(Self { inputs: [[0.0; LANES]; VECTORS], depth })
    }
}

impl FloatWindows for FloatTile {
    fn most(&self) -> usize {
        LANES * (VECTORS / self.depth.max(1)).min(MOST_GROUPS)
    }

    fn gather(&mut self, slot: usize, taps: &Taps, input: &[f32]) {
        let (group, lane) = (slot / LANES, slot % LANES);
        let vectors = self.inputs.get_mut(group * self.depth..).unwrap_or(&mut []);
        let vectors = vectors.get_mut(..self.depth).unwrap_or(&mut []);
        if !taps.is_whole() {
            vectors.iter_mut().filter_map(|vector| vector.get_mut(lane)).for_each(|x| *x = 0.0);
        }
        taps.for_each([0; 2], |from, tap| {
            let vectors = vectors.get_mut(tap..).unwrap_or(&mut []);
            let lanes = vectors.iter_mut().filter_map(|vector| vector.get_mut(lane));
            for (slot, &x) in lanes.zip(part(input, from, taps.len())) {
                *slot = x;
            }
        });
    }

    fn multiply<W: Load<f32>>(
        &self,
        weights: &FloatWeights<'_, W>,
        channels: Range<usize>,
        pixel_len: usize,
        pixels: &mut [f32],
    ) {
        let (min, max) = weights.range;
        for first in channels.clone().step_by(ROWS) {
            let filters = weights.filters(first, self.depth);
            let rows = rows(filters, self.depth, self.depth);
            let bias = weights.bias.unwrap_or(&[]).get(first..).unwrap_or(&[]);
            let bias: [f32; ROWS] =
                core::array::from_fn(|f| bias.get(f).map_or(0.0, |bias| bias.load()));
            let end = channels.end.min(first + ROWS);
            let write = |group: usize, sums: &[[f32; LANES]; ROWS], pixels: &mut [f32]| {
                let pixels = pixels.get_mut(group * LANES * pixel_len..).unwrap_or(&mut []);
                for (lane, pixel) in chunks_mut(pixels, pixel_len).take(LANES).enumerate() {
                    let outputs = pixel.get_mut(first..end).unwrap_or(&mut []);
                    for ((output, sums), bias) in outputs.iter_mut().zip(sums).zip(bias) {
                        let sum = sums.get(lane).copied().unwrap_or_default();
                        *output = clamp_f32(sum + bias, min, max);
                    }
                }
            };
            let count = pixels.len() / pixel_len.max(1);
            let mut group = 0;
            while group * LANES < count {
                let vectors = self.inputs.get(group * self.depth..).unwrap_or(&[]);
                let (x, rest) = vectors.split_at_checked(self.depth).unwrap_or((vectors, &[]));
                if (group + 1) * LANES < count {
                    let y = rest.get(..self.depth).unwrap_or(&[]);
                    let [low, high] = dot_two(x, y, rows);
                    write(group, &low, pixels);
                    write(group + 1, &high, pixels);
                    group += 2;
                } else {
                    write(group, &dot_one(x, rows), pixels);
                    group += 1;
                }
            }
        }
    }
}

/// `N` filters of `depth` weights, the first `len` of each. Where there are fewer, the first one
/// stands for them.
#[inline(always)] // the compiler sees that all slices are of one length
fn rows<W, const N: usize>(filters: &[W], depth: usize, len: usize) -> [&[W]; N] {
    let first = filters.get(..len).unwrap_or(&[]);
    core::array::from_fn(|f| part(filters, f * depth, len))
        .map(|row: &[W]| if row.len() == first.len() { row } else { first })
}

/// The sums of four windows with four filters.
#[inline(never)] // all registers are its own
fn dot_one<W: Load<f32>>(x: &[[f32; LANES]], rows: [&[W]; ROWS]) -> [[f32; LANES]; ROWS] {
    let [w0, w1, w2, w3] = rows;
    let mut sums = [[0.0; LANES]; ROWS];
    for ((((x, w0), w1), w2), w3) in x.iter().zip(w0).zip(w1).zip(w2).zip(w3) {
        for (sum, w) in sums.iter_mut().zip([w0, w1, w2, w3]) {
            let w = w.load();
            for lane in 0..LANES {
                sum[lane] += x[lane] * w;
            }
        }
    }
    sums
}

/// The sums of eight windows with four filters.
#[inline(never)] // all registers are its own
fn dot_two<W: Load<f32>>(
    x: &[[f32; LANES]],
    y: &[[f32; LANES]],
    rows: [&[W]; ROWS],
) -> [[[f32; LANES]; ROWS]; 2] {
    let [w0, w1, w2, w3] = rows;
    let (mut low, mut high) = ([[0.0; LANES]; ROWS], [[0.0; LANES]; ROWS]);
    for (((((x, y), w0), w1), w2), w3) in x.iter().zip(y).zip(w0).zip(w1).zip(w2).zip(w3) {
        for ((low, high), w) in low.iter_mut().zip(&mut high).zip([w0, w1, w2, w3]) {
            let w = w.load();
            for lane in 0..LANES {
                low[lane] += x[lane] * w;
                high[lane] += y[lane] * w;
            }
        }
    }
    [low, high]
}

/// As [`FloatWeights::finish`], in vector registers where there are as many channels.
#[inline(always)] // sums stay in registers
pub(super) fn finish<W: Load<f32>, const N: usize>(
    weights: &FloatWeights<'_, W>,
    first: usize,
    sums: &[f32; N],
    outputs: &mut [f32],
) {
    let bias = weights.bias.and_then(|bias| bias.get(first..)?.first_chunk::<N>());
    let (Some(bias), Some(outputs)) = (bias, outputs.first_chunk_mut::<N>()) else {
        weights.finish(first, sums, outputs);
        return;
    };
    let (min, max) = weights.range;
    for k in 0..N {
        outputs[k] = clamp_f32(sums[k] + bias[k].load(), min, max);
    }
}

/// Adds `x[k] · filters[f · depth + k]` to each sum `f`, one `k` after the other.
///
/// Where there are fewer filters, the sums of the others are of no use.
#[inline(never)] // all registers are its own
pub(super) fn add_in_order<W: Load<f32>>(
    x: &[f32],
    filters: &[W],
    depth: usize,
    sums: &mut [f32; FILTERS],
) {
    // The core does not see that the next filters follow. It has their weights at hand if they are
    // asked for as these are read: as many lines of the cache in each step.
    let next = filters.get(FILTERS * depth..).filter(|_| x.len() == depth).unwrap_or(&[]);
    let mut next = next.as_chunks::<{ FILTERS * LANES }>().0.iter();
    let filters: [&[W]; FILTERS] = rows(filters, depth, x.len());
    let (steps, rest) = x.as_chunks::<LANES>();
    let [w0, w1, w2, w3, w4, w5, w6, w7] = filters.map(|row| row.as_chunks::<LANES>().0);
    let left = w0.iter().zip(w1).zip(w2).zip(w3);
    let right = w4.iter().zip(w5).zip(w6).zip(w7);
    let [low, high] = sums.as_chunks_mut::<LANES>().0 else { return };
    let (mut a, mut b) = (Lanes::of(*low), Lanes::of(*high));
    for ((x, (((w0, w1), w2), w3)), (((w4, w5), w6), w7)) in steps.iter().zip(left).zip(right) {
        if let Some(next) = next.next() {
            next.iter().step_by(LINE).for_each(prefetch);
        }
        let x = Lanes::of(*x);
        a = plus_products(a, x, [w0, w1, w2, w3]);
        b = plus_products(b, x, [w4, w5, w6, w7]);
    }
    (*low, *high) = (a.to_array(), b.to_array());
    if rest.is_empty() {
        return;
    }
    for (sum, row) in sums.iter_mut().zip(filters) {
        let row = row.get(x.len() - rest.len()..).unwrap_or(&[]);
        *sum = rest.iter().zip(row).fold(*sum, |sum, (x, w)| sum + x * w.load());
    }
}

/// Adds `x[k] · rows[f][k]` to each lane `f`, one `k` after the other.
#[inline(always)] // vectors stay in registers
fn plus_products<W: Load<f32>>(sums: Lanes, x: Lanes, rows: [&[W; LANES]; LANES]) -> Lanes {
    // A filter is a row: its products come side by side, and are turned around for the sums.
    let products = rows.map(|row| x.times(Lanes::of(row.each_ref().map(|w| w.load()))));
    Lanes::transposed(products).into_iter().fold(sums, Lanes::plus)
}
