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
use crate::backend::layer::{FloatWeights, Layer};
use crate::backend::primitives::{Backend, Dense, Depthwise, NoWindows, private};
use crate::number::element::{Accumulator, Load, Quantized};
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

    fn windows<T: Quantized, F: FilterElement>(
        _: &mut Self::Scratch<T, F>,
        _: usize,
        _: usize,
    ) -> Option<&mut NoWindows> {
        None
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
        depthwise: &Depthwise<'_>,
        input: &[T],
        output: &mut [T],
    ) {
        depthwise::row(scratch, layer, depthwise, input, output);
    }

    fn float_windows(_: usize, _: usize) -> Option<NoWindows> {
        None
    }

    #[inline(never)] // size: one copy for all kernels
    fn float_pixel<W: Load<f32>>(
        weights: &FloatWeights<'_, W>,
        channels: Range<usize>,
        depth: usize,
        taps: &Taps,
        input: &[f32],
        outputs: &mut [f32],
    ) {
        for (output, channel) in outputs.iter_mut().zip(channels) {
            let filter = weights.filters(channel, depth);
            let mut sum = 0.0;
            taps.for_each([0; 2], |from, tap| {
                sum =
                    plus_dot(sum, part(input, from, taps.len()), filter.get(tap..).unwrap_or(&[]));
            });
            weights.finish(channel, &[sum], core::slice::from_mut(output));
        }
    }

    #[inline(never)] // size: one copy for all kernels
    fn float_depthwise<W: Load<f32>>(
        weights: &FloatWeights<'_, W>,
        depthwise: &Depthwise<'_>,
        input: &[f32],
        output: &mut [f32],
    ) {
        depthwise::float_row(weights, depthwise, input, output);
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

/// `sum`, and the products of `inputs` with `weights` in their order: the reference's, so that
/// floats are equal to the last bit.
#[inline(never)] // the loop has the registers for itself
fn plus_dot<W: Load<f32>>(sum: f32, inputs: &[f32], weights: &[W]) -> f32 {
    inputs.iter().zip(weights).fold(sum, |sum, (x, w)| sum + x * w.load())
}
