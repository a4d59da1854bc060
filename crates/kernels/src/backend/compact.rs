//! Weighted sums on cores without vector registers: one way for all geometries, in little code and
//! stack.
//!
//! A few output channels at a time go over all pixels of a row. Their factors are read where they
//! lie: in an image, or in room that those of a row are computed into. What is under a window is
//! gathered in a patch of 16-bit inputs less their zero point, which is multiplied with four
//! filters at a time: that loop knows neither the geometry nor the types. Sums are `i32` for `i8`,
//! and `i64` for `i16`, whatever the type of the bias.

mod convolution;
mod depthwise;
#[cfg(any(test, all(feature = "riscv", target_arch = "riscv32")))]
mod loops;
#[cfg(not(any(test, all(feature = "riscv", target_arch = "riscv32"))))]
#[path = "compact/no_loops.rs"]
mod loops;
mod outputs;
mod patch;
mod scratch;

use core::ops::Range;

use crate::backend::compact::outputs::finish;
use crate::backend::compact::patch::{FILTERS, dot, widen};
use crate::backend::compact::scratch::{BLOCK, Scratch};
use crate::backend::depthwise::DepthwiseWindow;
use crate::backend::layer::Layer;
use crate::backend::primitives::{Backend, Convolution, Dense, NoWindows, private};
use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::{FilterElement, Weights};
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
    const WHOLE_ROWS: bool = true;
    type Scratch<'m, T: Quantized, F: FilterElement> = Scratch<T::Sum>;
    type Windows<T: Quantized> = NoWindows;
    type FloatWindows = NoWindows;

    #[inline(always)] // a constant
    fn wants_room<T: Quantized, F: FilterElement>() -> bool {
        true
    }

    #[inline(always)] // size: made where it stays; one caller for each type
    fn scratch<T: Quantized, F: FilterElement>(
        _: &Layer<'_, T, F>,
        _: usize,
        _: &mut [i32],
    ) -> Scratch<T::Sum> {
        Scratch::new()
    }

    fn select<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        channels: Range<usize>,
        _: usize,
    ) {
        scratch.select(&layer.scaling, channels);
    }

    #[inline(always)] // size: one caller for each type
    fn convolve<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        row: &Convolution<'_>,
        input: &[T],
        output: &mut [T],
    ) -> usize {
        convolution::row(scratch, layer, row, input, output);
        row.windows.len()
    }

    #[inline(always)] // size: one caller for each type
    fn pixel<T: Quantized, F: FilterElement, const SCATTERED: bool>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        depth: usize,
        taps: &Taps,
        input: &[T],
        pixel: &mut [T],
    ) {
        if SCATTERED {
            scratch.multiply_runs(layer, depth, taps, input);
        } else {
            scratch.taps = *taps;
            scratch.multiply(layer, depth, input);
        }
        scratch.write(&layer.scaling, 0, pixel);
    }

    #[inline(never)] // size: one copy for both ways of going over rows
    fn dense<T: Quantized, F: FilterElement>(
        layer: &Layer<'_, T, F>,
        dense: &Dense<T::Sum>,
        input: &[T],
        output: &mut [T],
    ) {
        let (depth, zero_point) = (dense.depth, layer.scaling.quantization.input_zero_point);
        let inputs = &mut [0; SMALL_PATCH];
        // A short row stays in the patch.
        let short = depth <= SMALL_PATCH;
        if short {
            widen(inputs, input, zero_point);
        }
        for (block, output) in output.chunks_mut(SMALL_BLOCK).enumerate() {
            let first = block * SMALL_BLOCK;
            let groups = &mut [[T::Sum::of(0); FILTERS]; SMALL_BLOCK / FILTERS];
            let groups = groups.get_mut(..output.len().div_ceil(FILTERS)).unwrap_or(&mut []);
            layer.scaling.begin(first, groups.as_flattened_mut());
            let filters = layer.filters(first, depth);
            for at in (0..depth).step_by(SMALL_PATCH) {
                if !short {
                    widen(inputs, input.get(at..).unwrap_or(&[]), zero_point);
                }
                let inputs = inputs.get(..depth - at).unwrap_or(inputs);
                dot(inputs, depth, filters.rest(at), groups);
            }
            let sums = groups.as_flattened_mut();
            dense.correct::<T>(filters, sums);
            finish(&layer.scaling, first, sums, output, false);
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
}
