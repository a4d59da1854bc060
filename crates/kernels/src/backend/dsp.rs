//! Weighted sums on a Cortex-M with the DSP extension, or with Thumb-1: `i8` and `i16` with weights
//! of a byte by the loops of `bantam-isa`, all else as [`Compact`] does it.
//!
//! The inputs under four or five windows are widened into a patch, which is multiplied with one
//! filter after the other, as the weights lie in the model. A filter that is too deep for the patch
//! is multiplied in parts. The scratch memory is 1.3 kilobytes at most, whatever the layer.

mod convolution;
mod dense;
mod depthwise;
mod elementwise;
mod products;
mod scratch;
mod wide;

use core::cell::Cell;
use core::ops::Range;

use crate::backend::compact::Compact;
use crate::backend::convolution::ConvolutionWindow;
use crate::backend::depthwise::DepthwiseWindow;
use crate::backend::dsp::scratch::Scratch;
use crate::backend::elementwise::{Combination, Scaled, Terms};
use crate::backend::layer::Layer;
use crate::backend::primitives::{Backend, Convolution, Dense, NoWindows, private};
use crate::backend::products::Rows;
use crate::number::choice::{Choice, First};
use crate::number::element::{Load, Quantized};
use crate::number::weights::FilterElement;
use crate::walk::broadcast::pairs;
use crate::walk::rows::{Activations, RowGeometry, Rows as RowWalk};
use crate::walk::taps::Taps;

/// The first for layers that `bantam-isa` computes, the second for others.
type Kind<F> = <F as FilterElement>::Narrow<First>;

/// The first for activations of a byte, the second for those of 16 bits.
type Width<T> = <T as Quantized>::Narrow;

/// The backend of cores with the DSP extension, and of small ones with loops in Thumb-1.
#[derive(Debug)]
pub enum Dsp {}

impl private::Sealed for Dsp {}

impl Backend for Dsp {
    const CHANNELS: usize = scratch::DEEP_CHANNELS;
    const SEVERAL_WINDOWS: bool = false;
    const EITHER_FILTER: bool = false;
    const WHOLE_ROWS: bool = true;
    // Loops in Thumb-1 make no outputs.
    const COLUMNS: bool = !bantam_isa::THUMB1;
    type Scratch<'m, T: Quantized, F: FilterElement> = <Kind<F> as Choice>::Of<
        <Width<T> as Choice>::Of<Scratch<'m>, wide::Scratch>,
        <Compact as Backend>::Scratch<'m, T, F>,
    >;
    type Windows<T: Quantized> = NoWindows;
    type FloatWindows = NoWindows;

    #[inline(always)] // a constant
    fn wants_room<T: Quantized, F: FilterElement>() -> bool {
        !<Kind<F>>::IS_FIRST
    }

    #[inline(always)] // a constant, or a comparison
    fn channels<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        depth: usize,
    ) -> usize {
        match <Kind<F>>::first(scratch).map(<Width<T>>::first) {
            Some(Some(scratch)) => scratch.channels(&layer.scaling, depth),
            Some(None) => wide::CHANNELS,
            None => Compact::CHANNELS,
        }
    }

    #[inline(always)] // a constant
    fn borrows<T: Quantized, F: FilterElement>() -> bool {
        <Kind<F>>::IS_FIRST && <Width<T>>::IS_FIRST
    }

    #[inline(always)] // a constant
    fn convolves_rows<T: Quantized, F: FilterElement>() -> bool {
        Self::borrows::<T, F>()
    }

    #[inline(always)] // passes all on
    fn convolve_row<T: Quantized, F: FilterElement>(
        convolution: &ConvolutionWindow,
        layer: &Layer<'_, T, F>,
        scratch: &mut Self::Scratch<'_, T, F>,
        row: usize,
        input: &[T],
        output: &mut [T],
    ) {
        let scratch = <Kind<F>>::first(scratch).and_then(<Width<T>>::first);
        if let (Some(scratch), Some(input)) = (scratch, T::bytes(input)) {
            convolution::row(convolution, layer, scratch, row, input, output);
        }
    }

    fn convolve<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        row: &Convolution<'_>,
        input: &[T],
        output: &mut [T],
    ) -> usize {
        let is_done = match part(scratch, layer, input) {
            Some(Part::Halves { scratch, filter, input }) => {
                wide::row(scratch, &layer.scaling, filter, row, input, output)
            }
            _ => false,
        };
        if is_done { row.windows.len() } else { 0 }
    }

    #[inline(always)] // size: made where it stays; one caller for each type
    fn scratch<'m, T: Quantized, F: FilterElement>(
        layer: &Layer<'_, T, F>,
        depth: usize,
        memory: &'m mut [i32],
    ) -> Self::Scratch<'m, T, F> {
        <Kind<F>>::make(
            || <Width<T>>::make(|| Scratch::new(memory), wide::Scratch::new),
            || Compact::scratch(layer, depth, &mut []),
        )
    }

    fn select<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        channels: Range<usize>,
        depth: usize,
    ) {
        if let Some(own) = <Kind<F>>::first(scratch) {
            if let Some(scratch) = <Width<T>>::first(own) {
                scratch.select(&layer.scaling, channels, depth);
            } else if let Some(scratch) = <Width<T>>::second(own) {
                scratch.select(&layer.scaling, channels, depth);
            }
        } else if let Some(scratch) = <Kind<F>>::second(scratch) {
            Compact::select(scratch, layer, channels, depth);
        }
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
        let how = (depth, SCATTERED);
        match part(scratch, layer, input) {
            Some(Part::Bytes { scratch, filter, input }) => {
                convolution::pixel(scratch, &layer.scaling, filter, how, taps, input, pixel);
            }
            Some(Part::Halves { scratch, filter, input }) => {
                wide::pixel(scratch, &layer.scaling, filter, how, taps, input, pixel);
            }
            Some(Part::Other(scratch)) => {
                Compact::pixel::<T, F, SCATTERED>(scratch, layer, depth, taps, input, pixel);
            }
            None => {}
        }
    }

    fn dense<T: Quantized, F: FilterElement>(
        layer: &Layer<'_, T, F>,
        dense: &Dense<T::Sum>,
        input: &[T],
        output: &mut [T],
    ) {
        match (layer.bytes(), T::bytes(input), T::halves(input)) {
            (Some(filter), Some(input), _) => {
                dense::row(&layer.scaling, filter, dense, input, output);
            }
            (Some(filter), _, Some(input)) => {
                wide::dense_row(&layer.scaling, filter, dense, input, output);
            }
            _ => Compact::dense(layer, dense, input, output),
        }
    }

    fn products<T: Quantized>(inputs: &[T], zero_point: i16, of: &mut [Rows<'_, T::Sum>]) {
        match T::bytes(inputs) {
            Some(inputs) => products::add(inputs, zero_point, of),
            None => Compact::products(inputs, zero_point, of),
        }
    }

    #[inline(always)] // stack: passes all on, in the place of its caller
    fn depthwise<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        depthwise: &DepthwiseWindow,
        row: usize,
        input: &[T],
        output: &mut [T],
    ) {
        match part(scratch, layer, input) {
            Some(Part::Bytes { scratch, input, .. }) => {
                depthwise::row(depthwise, layer, scratch, row, input, output);
            }
            Some(Part::Halves { scratch, filter, input }) => {
                let (scaling, row) = (&layer.scaling, &depthwise.row(row));
                wide::depthwise_row(scratch, scaling, filter, row, input, output);
            }
            Some(Part::Other(scratch)) => {
                Compact::depthwise(scratch, layer, depthwise, row, input, output);
            }
            None => {}
        }
    }

    #[inline(always)] // size: one caller for each type
    fn column<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        depthwise: &DepthwiseWindow,
        geometry: &dyn RowGeometry,
        rows: &mut RowWalk,
        activations: &mut Activations<'_, T>,
    ) {
        let scratch = <Kind<F>>::first(scratch).and_then(<Width<T>>::first);
        if let Some(scratch) = scratch {
            depthwise::column(depthwise, layer, scratch, geometry, rows, activations);
        }
    }

    #[inline(always)] // one caller
    fn sums(input: &[i8], count: [usize; 2], steps: [usize; 2]) -> Option<[i32; 4]> {
        if bantam_isa::DSP {
            bantam_isa::sums(input, count, steps)
        } else {
            depthwise::sums(input, count, steps)
        }
    }

    #[inline(always)] // one caller
    fn maxima(input: &[i8], count: [usize; 2], steps: [usize; 2], output: &mut [i8]) -> usize {
        let fours = output.len() & !3;
        let output = output.get_mut(..fours).unwrap_or_default();
        if bantam_isa::DSP && bantam_isa::maxima(input, count, steps, output) { fours } else { 0 }
    }

    const LOOKS_UP: bool = bantam_isa::DSP;

    #[inline(always)] // one caller
    fn look_up(entries: &[Cell<i8>; 256], unknown: i8, input: &[i8], output: &mut [i8]) -> usize {
        bantam_isa::look_up(entries, unknown, input, output)
    }

    fn combine_terms<T: Quantized, I: Load<T>>(
        terms: &Terms,
        combination: Combination,
        a: &[I],
        b: &[I],
        outputs: &mut [T],
    ) {
        if let (Some(a), Some(b), Some(outputs)) = (I::as_i8(a), I::as_i8(b), T::bytes_mut(outputs))
            && elementwise::terms(terms, combination, a, b, outputs)
        {
            return;
        }
        pairs(a, b, outputs, terms.combined(combination));
    }

    fn combine_scaled<T: Quantized, I: Load<T>>(
        scaled: &Scaled,
        combination: Combination,
        a: &[I],
        b: &[I],
        outputs: &mut [T],
    ) {
        if let (Combination::Product, Some(a), Some(b), Some(outputs)) =
            (combination, I::as_i8(a), I::as_i8(b), T::bytes_mut(outputs))
            && bantam_isa::DSP
            && elementwise::product(scaled, a, b, outputs)
        {
            return;
        }
        pairs(a, b, outputs, scaled.combined(combination));
    }
}

/// What computes a layer of some types, and with what.
enum Part<'a, 'm, S> {
    /// The loops, for activations of a byte.
    Bytes { scratch: &'a mut Scratch<'m>, filter: &'a [i8], input: &'a [i8] },
    /// The loops, for activations of 16 bits.
    Halves { scratch: &'a mut wide::Scratch, filter: &'a [i8], input: &'a [i16] },
    /// [`Compact`].
    Other(&'a mut S),
}

/// What computes this layer.
#[inline(always)] // no instruction: the types say it
fn part<'a, 'm, T: Quantized, F: FilterElement>(
    scratch: &'a mut <Dsp as Backend>::Scratch<'m, T, F>,
    layer: &Layer<'a, T, F>,
    input: &'a [T],
) -> Option<Part<'a, 'm, <Compact as Backend>::Scratch<'m, T, F>>> {
    if !<Kind<F>>::IS_FIRST {
        return <Kind<F>>::second(scratch).map(Part::Other);
    }
    let (scratch, filter) = (<Kind<F>>::first(scratch)?, layer.bytes()?);
    Some(if <Width<T>>::IS_FIRST {
        let (scratch, input) = (<Width<T>>::first(scratch)?, T::bytes(input)?);
        Part::Bytes { scratch, filter, input }
    } else {
        let (scratch, input) = (<Width<T>>::second(scratch)?, T::halves(input)?);
        Part::Halves { scratch, filter, input }
    })
}
