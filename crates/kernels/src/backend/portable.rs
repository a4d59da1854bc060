//! Weighted sums on cores with vector registers, in portable code: loops whose shapes LLVM knows
//! what to do with.
//!
//! What lies under several windows is gathered in a tile of 16-bit inputs less their zero point,
//! and multiplied with eight filters at a time, whose weights are widened once for all of them.
//! Windows that are few or large go one by one. Sums of floats are formed in the order of the
//! filter: the lanes of a vector are pixels.

mod constants;
mod depthwise;
mod float;
mod lanes;
mod patch;
mod scratch;
mod tile;

use core::ops::Range;

use crate::backend::depthwise::{Depthwise, DepthwiseWindow};
use crate::backend::layer::{FloatWeights, Layer};
use crate::backend::portable::constants::{Block, CHANNELS};
use crate::backend::portable::float::FloatTile;
use crate::backend::portable::patch::{PATCH, Patch};
use crate::backend::portable::scratch::{BLOCKS, Scratch};
use crate::backend::primitives::{Backend, Dense, private};
use crate::number::element::{Accumulator, Load, Quantized};
use crate::number::weights::{FilterElement, Weights};
use crate::walk::chunks::part;
use crate::walk::taps::Taps;

/// The backend of cores with vector registers that have none of their own.
#[derive(Debug)]
pub enum Portable {}

impl private::Sealed for Portable {}

/// Windows that make several at a time worth the preparations.
const FEWEST_WINDOWS: usize = 3;

/// Elements of a run from which on each run is multiplied by itself, where most weights of a filter
/// lie under no input.
const LONG_RUN: usize = 8;

impl Backend for Portable {
    const CHANNELS: usize = BLOCKS * CHANNELS;
    const SEVERAL_WINDOWS: bool = true;
    const EITHER_FILTER: bool = false;
    type Scratch<'m, T: Quantized, F: FilterElement> = Scratch<T::Sum>;
    type Windows<T: Quantized> = Scratch<T::Sum>;
    type FloatWindows = FloatTile;

    fn scratch<T: Quantized, F: FilterElement>(
        layer: &Layer<'_, T, F>,
        depth: usize,
        _: &mut [i32],
    ) -> Scratch<T::Sum> {
        Scratch::new(depth, layer.scaling.quantization.input_zero_point)
    }

    fn select<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        channels: Range<usize>,
        depth: usize,
    ) {
        scratch.select(&layer.scaling, channels, depth);
    }

    fn windows<'s, T: Quantized, F: FilterElement>(
        scratch: &'s mut Self::Scratch<'_, T, F>,
        depth: usize,
        available: usize,
    ) -> Option<&'s mut Self::Windows<T>> {
        // Sums of more products with `i16` than fill a patch may need more than 32 bits.
        let most = if T::MAX > i8::MAX.into() { PATCH } else { tile::DEPTH };
        (available >= FEWEST_WINDOWS && depth <= most.min(tile::DEPTH)).then_some(scratch)
    }

    fn pixel<T: Quantized, F: FilterElement, const SCATTERED: bool>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        depth: usize,
        taps: &Taps,
        input: &[T],
        pixel: &mut [T],
    ) {
        let gathered = depth <= PATCH && !(SCATTERED && taps.len() >= LONG_RUN);
        scratch.pixel(layer, depth, (taps, gathered), input, pixel);
    }

    fn dense<T: Quantized, F: FilterElement>(
        layer: &Layer<'_, T, F>,
        dense: &Dense<T::Sum>,
        input: &[T],
        output: &mut [T],
    ) {
        let depth = dense.depth;
        let mut patch = Patch::new(layer.scaling.quantization.input_zero_point);
        if depth <= PATCH {
            patch.set(0, input);
        }
        let mut block = Block::empty(T::Sum::of(0));
        let mut filters = layer.weights();
        for (chunk, output) in output.chunks_mut(CHANNELS).enumerate() {
            let first = chunk * CHANNELS;
            if chunk == 0 || !layer.scaling.has_one_factor() {
                block.set_factors(&layer.scaling, first);
            }
            // The products of zero points count twice.
            block.set_bias(&layer.scaling, first, depth.saturating_mul(2));
            let mut sums = [T::Sum::of(0); CHANNELS];
            if depth <= PATCH {
                patch.dot(depth, filters, depth, &mut sums);
            } else {
                patch.dot_long(input, filters, depth, &mut sums);
            }
            dense.correct::<T>(filters, &mut sums);
            block.finish(&layer.scaling, &sums, output);
            filters = filters.rest(CHANNELS * depth);
        }
    }

    fn depthwise<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        depthwise: &DepthwiseWindow,
        row: usize,
        input: &[T],
        output: &mut [T],
    ) {
        depthwise::row(scratch, layer, &depthwise.row(row), input, output);
    }

    fn float_windows(depth: usize, available: usize) -> Option<FloatTile> {
        FloatTile::new(depth, available)
    }

    fn float_pixel<W: Load<f32>>(
        weights: &FloatWeights<'_, W>,
        channels: Range<usize>,
        depth: usize,
        taps: &Taps,
        input: &[f32],
        outputs: &mut [f32],
    ) {
        let mut first = channels.start;
        for outputs in outputs.chunks_mut(float::FILTERS) {
            let filters = weights.filters(first, depth);
            let mut sums = [0.0; float::FILTERS];
            taps.for_each([0; 2], |from, tap| {
                let filters = filters.get(tap..).unwrap_or(&[]);
                float::add_in_order(part(input, from, taps.len()), filters, depth, &mut sums);
            });
            float::finish(weights, first, &sums, outputs);
            first += float::FILTERS;
        }
    }

    fn float_depthwise<W: Load<f32>>(
        weights: &FloatWeights<'_, W>,
        depthwise: &Depthwise<'_>,
        input: &[f32],
        output: &mut [f32],
    ) {
        depthwise::float_row(weights, depthwise, input, output);
    }
}
