//! Weighted sums on cores without vector registers: one way for all geometries, in little code and
//! stack.
//!
//! A few output channels at a time go over all pixels of a row, so that their factors are computed
//! once. What is under a window is gathered in a patch of 16-bit inputs less their zero point,
//! which is multiplied with four filters at a time: that loop knows neither the geometry nor the
//! types. Sums are `i32` for `i8`, and `i64` for `i16`, whatever the type of the bias.

mod depthwise;
mod patch;
mod scratch;

use core::ops::Range;

use crate::backend::compact::patch::{FILTERS, Patch};
use crate::backend::compact::scratch::{BLOCK, Scratch};
use crate::backend::depthwise::DepthwiseWindow;
use crate::backend::layer::Layer;
use crate::backend::primitives::{Backend, Dense, NoWindows, private};
use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::{FilterElement, Weights};
use crate::walk::chunks::{part, whole_part};
use crate::walk::taps::Taps;

/// Output channels whose sums are formed at a time where a row is one pixel.
const SMALL_BLOCK: usize = 16;

/// Inputs that are multiplied at a time where a row is one pixel.
const SMALL_PATCH: usize = 48;

/// The backend of cores without vector registers.
#[derive(Debug)]
pub enum Compact {}

impl private::Sealed for Compact {}

impl Backend for Compact {
    const CHANNELS: usize = BLOCK;
    const SEVERAL_WINDOWS: bool = false;
    const EITHER_FILTER: bool = true;
    type Scratch<T: Quantized, F: FilterElement> = Scratch<T::Sum>;
    type Windows<T: Quantized> = NoWindows;
    type FloatWindows = NoWindows;

    #[inline(always)] // size: made where it stays; one caller for each type
    fn scratch<T: Quantized, F: FilterElement>(
        _: &Layer<'_, T, F>,
        _: usize,
    ) -> Self::Scratch<T, F> {
        Scratch::new()
    }

    fn select<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<T, F>,
        layer: &Layer<'_, T, F>,
        channels: Range<usize>,
        _: usize,
    ) {
        scratch.select(&layer.scaling, channels);
    }

    #[inline(always)] // size: one caller for each type
    fn pixel<T: Quantized, F: FilterElement, const SCATTERED: bool>(
        scratch: &mut Self::Scratch<T, F>,
        layer: &Layer<'_, T, F>,
        depth: usize,
        taps: &Taps,
        input: &[T],
        pixel: &mut [T],
    ) {
        let filters = layer.filters(scratch.first(), depth);
        let (inputs, sums) = scratch.parts();
        let mut patch = Patch::new(inputs, layer.scaling.quantization.input_zero_point);
        if SCATTERED {
            taps.for_each([0; 2], |from, tap| {
                let filters = filters.rest(tap);
                patch.add(part(input, from, taps.len()), filters, depth, sums);
            });
        } else {
            patch.dot(filters, depth, sums, |patch| {
                if !taps.is_whole() {
                    patch.clear();
                }
                gather(patch, taps, input);
            });
        }
        scratch.write(&layer.scaling, pixel);
    }

    #[inline(never)] // size: one copy for both ways of going over rows
    fn dense<T: Quantized, F: FilterElement>(
        layer: &Layer<'_, T, F>,
        dense: &Dense<T::Sum>,
        input: &[T],
        output: &mut [T],
    ) {
        let depth = dense.depth;
        let inputs = &mut [0; SMALL_PATCH];
        let mut patch = Patch::new(inputs, layer.scaling.quantization.input_zero_point);
        // A short row stays in the patch.
        let short = depth <= SMALL_PATCH;
        if short {
            patch.set(0, input);
        }
        let mut filters = layer.weights();
        for (block, output) in output.chunks_mut(SMALL_BLOCK).enumerate() {
            let first = block * SMALL_BLOCK;
            let groups = &mut [[T::Sum::of(0); FILTERS]; SMALL_BLOCK / FILTERS];
            let groups = groups.get_mut(..output.len().div_ceil(FILTERS)).unwrap_or(&mut []);
            layer.scaling.begin(first, groups.as_flattened_mut());
            patch.dot(filters, depth, groups, |patch| {
                if !short {
                    patch.set(0, input);
                }
            });
            let sums = groups.as_flattened_mut();
            dense.correct::<T>(filters, sums);
            layer.scaling.finish(first, sums, output);
            filters = filters.rest(SMALL_BLOCK * depth);
        }
    }

    fn depthwise<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<T, F>,
        layer: &Layer<'_, T, F>,
        depthwise: &DepthwiseWindow,
        row: usize,
        input: &[T],
        output: &mut [T],
    ) {
        depthwise::row(scratch, layer, &depthwise.row(row), input, output);
    }
}

/// Takes over what is under these taps.
#[inline(never)] // size: one copy for all kernels
fn gather<T: Quantized>(patch: &mut Patch<'_>, taps: &Taps, input: &[T]) {
    let len = taps.len();
    taps.for_each([0; 2], |from, tap| {
        if let Some(input) = whole_part(input, from, len) {
            patch.set(tap, input);
        }
    });
}
