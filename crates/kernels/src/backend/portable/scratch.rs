//! What a layer keeps from row to row: constants of channels, and inputs under windows.

use core::ops::Range;

use crate::backend::layer::{Layer, Scaling};
use crate::backend::portable::constants::{Block, CHANNELS};
use crate::backend::portable::patch::Patch;
use crate::backend::portable::tile::{Tile, WINDOWS};
use crate::backend::primitives::Windows;
use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::{FilterElement, Weights};
use crate::walk::chunks::part;
use crate::walk::taps::Taps;

/// Blocks of channels whose constants are kept.
pub(super) const BLOCKS: usize = 32;

/// See the module.
#[derive(Debug)]
pub struct Scratch<S> {
    blocks: [Block<S>; BLOCKS],
    selected: Range<usize>,
    tile: Tile,
    patch: Patch,
}

impl<S: Accumulator> Scratch<S> {
    pub(super) fn new(depth: usize, zero_point: i16) -> Self {
        Self {
            blocks: [Block::empty(S::of(0)); BLOCKS],
            selected: 0..0,
            tile: Tile::new(depth, zero_point),
            patch: Patch::new(zero_point),
        }
    }

    /// Takes over the constants of these channels, if it has not done so already.
    pub(super) fn select<T: Quantized<Sum = S>>(
        &mut self,
        scaling: &Scaling<'_, T>,
        channels: Range<usize>,
        products: usize,
    ) {
        if self.selected == channels {
            return;
        }
        for (block, first) in self.blocks.iter_mut().zip(channels.clone().step_by(CHANNELS)) {
            block.set_factors(scaling, first);
            block.set_bias(scaling, first, products);
        }
        self.selected = channels;
    }

    /// The constants of the selected channels.
    pub(super) fn blocks(&self) -> &[Block<S>] {
        self.blocks.get(..self.selected.len().div_ceil(CHANNELS)).unwrap_or(&[])
    }

    /// One window with the selected filters, gathered or run by run.
    pub(super) fn pixel<T: Quantized<Sum = S>, F: FilterElement>(
        &mut self,
        layer: &Layer<'_, T, F>,
        depth: usize,
        (taps, gathered): (&Taps, bool),
        input: &[T],
        pixel: &mut [T],
    ) {
        let Self { blocks, selected, patch, .. } = self;
        if gathered {
            if !taps.is_whole() && taps.elements() != depth {
                patch.clear();
            }
            taps.for_each([0; 2], |from, tap| patch.set(tap, part(input, from, taps.len())));
        }
        let outputs = pixel.get_mut(selected.clone()).unwrap_or(&mut []);
        let mut filters = layer.filters(selected.start, depth);
        for (block, outputs) in blocks.iter().zip(outputs.chunks_mut(CHANNELS)) {
            let mut sums = [S::of(0); CHANNELS];
            if gathered {
                patch.dot(depth, filters, depth, &mut sums);
            } else {
                taps.for_each([0; 2], |from, tap| {
                    let filters = filters.rest(tap);
                    patch.dot_long(part(input, from, taps.len()), filters, depth, &mut sums);
                });
            }
            block.finish(&layer.scaling, &sums, outputs);
            filters = filters.rest(CHANNELS * depth);
        }
    }
}

impl<T: Quantized> Windows<T> for Scratch<T::Sum> {
    fn most(&self) -> usize {
        self.tile.windows()
    }

    fn gather(&mut self, slot: usize, taps: &Taps, input: &[T]) {
        let tile = &mut self.tile;
        if !taps.is_whole() {
            tile.clear(slot);
        }
        taps.for_each([0; 2], |from, tap| tile.set(slot, tap, part(input, from, taps.len())));
    }

    fn multiply<F: FilterElement>(
        &mut self,
        layer: &Layer<'_, T, F>,
        pixel_len: usize,
        pixels: &mut [T],
    ) {
        let Self { blocks, selected, tile, .. } = self;
        let pixel_len = pixel_len.max(1);
        let count = (pixels.len() / pixel_len).min(WINDOWS);
        let mut filters = layer.filters(selected.start, tile.depth());
        for (block, first) in blocks.iter().zip(selected.clone().step_by(CHANNELS)) {
            let mut sums = [[0; CHANNELS]; WINDOWS];
            let sums = sums.get_mut(..count).unwrap_or(&mut []);
            tile.dot(filters, sums);
            let end = selected.end.min(first + CHANNELS);
            for (sums, pixel) in sums.iter().zip(pixels.chunks_mut(pixel_len)) {
                let output = pixel.get_mut(first..end).unwrap_or(&mut []);
                block.finish(&layer.scaling, &sums.map(T::Sum::of), output);
            }
            filters = filters.rest(CHANNELS * tile.depth());
        }
    }
}
