//! Weighted sums on a Cortex-M with MVE: `i8` with weights of a byte by the loops of
//! `bantam_isa::mve`, all else as [`Compact`] does it.
//!
//! Inputs are multiplied where they lie, or in a copy if a window has several rows, with four
//! filters at a time, as the weights lie in the model. The zero point of the input is part of the
//! biases, so padding has the zero point. The scratch memory is 1.3 kilobytes at most, whatever the
//! layer.

mod convolution;
mod dense;
mod depthwise;
mod elementwise;
mod recurrent;
mod scratch;
mod windows;

use core::ops::Range;

use crate::backend::compact::Compact;
use crate::backend::depthwise::DepthwiseWindow;
use crate::backend::elementwise::{Combination, Scaled, Terms};
use crate::backend::layer::Layer;
use crate::backend::mve::scratch::Scratch;
use crate::backend::primitives::{Backend, Convolution, Dense, NoWindows, private};
use crate::backend::products::Rows;
use crate::number::choice::Choice;
use crate::number::element::{BiasElement, Load, Quantized};
use crate::number::weights::FilterElement;
use crate::recurrent::lstm_constants::{LstmQuantization, LstmWeights};
use crate::recurrent::svdf_constants::SvdfQuantization;
use crate::walk::broadcast::pairs;
use crate::walk::chunks::shift;
use crate::walk::rows::{Activations, RowGeometry, Rows as RowWalk};
use crate::walk::taps::Taps;

/// The first for layers that `bantam-isa` computes, the second for others.
type Kind<T, F> = <F as FilterElement>::Narrow<<T as Quantized>::Narrow>;

/// The backend of cores with MVE.
#[derive(Debug)]
pub enum Mve {}

impl private::Sealed for Mve {}

impl Backend for Mve {
    const CHANNELS: usize = Compact::CHANNELS;
    const SEVERAL_WINDOWS: bool = false;
    const EITHER_FILTER: bool = false;
    const WHOLE_ROWS: bool = true;
    const COLUMNS: bool = true;
    type Scratch<'m, T: Quantized, F: FilterElement> =
        <Kind<T, F> as Choice>::Of<Scratch<'m>, <Compact as Backend>::Scratch<'m, T, F>>;
    type Windows<T: Quantized> = NoWindows;
    type FloatWindows = NoWindows;

    #[inline(always)] // a constant, or a comparison
    fn channels<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<'_, T, F>,
        _: &Layer<'_, T, F>,
        depth: usize,
    ) -> usize {
        match <Kind<T, F>>::first(scratch) {
            Some(scratch) => scratch.channels(depth),
            None => Compact::CHANNELS,
        }
    }

    #[inline(always)] // a constant
    fn borrows<T: Quantized, F: FilterElement>() -> bool {
        <Kind<T, F>>::IS_FIRST
    }

    fn convolve<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        row: &Convolution<'_>,
        input: &[T],
        output: &mut [T],
    ) -> usize {
        let (Some(scratch), Some((filter, input))) =
            (<Kind<T, F>>::first(scratch), bytes(layer, input))
        else {
            return 0;
        };
        let Some(output) = T::bytes_mut(output) else { return 0 };
        let is_done = convolution::row(scratch, filter, row, input, output);
        if is_done { row.windows.len() } else { 0 }
    }

    #[inline(always)] // a constant
    fn wants_room<T: Quantized, F: FilterElement>() -> bool {
        !<Kind<T, F>>::IS_FIRST
    }

    #[inline(always)] // size: made where it stays; one caller for each type
    fn scratch<'m, T: Quantized, F: FilterElement>(
        layer: &Layer<'_, T, F>,
        depth: usize,
        memory: &'m mut [i32],
    ) -> Self::Scratch<'m, T, F> {
        <Kind<T, F>>::make(|| Scratch::new(memory), || Compact::scratch(layer, depth, &mut []))
    }

    fn select<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        channels: Range<usize>,
        depth: usize,
    ) {
        if let (Some(scratch), Some(filter)) = (<Kind<T, F>>::first(scratch), layer.bytes()) {
            scratch.select(&layer.scaling, filter, channels, depth);
        } else if let Some(scratch) = <Kind<T, F>>::second(scratch) {
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
        if let (Some(scratch), Some((filter, input))) =
            (<Kind<T, F>>::first(scratch), bytes(layer, input))
        {
            convolution::pixel(scratch, &layer.scaling, filter, depth, taps, input, pixel);
        } else if let Some(scratch) = <Kind<T, F>>::second(scratch) {
            Compact::pixel::<T, F, SCATTERED>(scratch, layer, depth, taps, input, pixel);
        }
    }

    fn dense<T: Quantized, F: FilterElement>(
        layer: &Layer<'_, T, F>,
        dense: &Dense<T::Sum>,
        input: &[T],
        output: &mut [T],
    ) {
        match bytes(layer, input) {
            Some((filter, input)) if dense::row(&layer.scaling, filter, dense, input, output) => {}
            _ => Compact::dense(layer, dense, input, output),
        }
    }

    fn products<T: Quantized>(inputs: &[T], zero_point: i16, of: &mut [Rows<'_, T::Sum>]) {
        match T::bytes(inputs) {
            Some(inputs) => dense::products(inputs, zero_point as i8, of),
            None => Compact::products(inputs, zero_point, of),
        }
    }

    fn lstm_step<T: Quantized, B: BiasElement>(
        quantization: &LstmQuantization,
        weights: &LstmWeights<'_, i8, B>,
        [input, last]: [&[T]; 2],
        cells: &mut [i16],
        hidden: &mut [T],
    ) -> bool {
        match (T::bytes(input), T::bytes(last), T::bytes_mut(hidden)) {
            (Some(input), Some(last), Some(hidden)) => {
                recurrent::lstm_step(quantization, weights, [input, last], cells, hidden)
            }
            _ => false,
        }
    }

    fn shift<T: Quantized>(state: &mut [T]) {
        match T::bytes_mut(state) {
            Some(state) => bantam_isa::mve::shift(state),
            None => shift(state),
        }
    }

    fn svdf_features<T: Quantized>(
        quantization: &SvdfQuantization,
        input: &[i8],
        weights: &[i8],
        features: &mut [T],
    ) -> bool {
        let features = T::bytes_mut(features);
        features.is_some_and(|slots| recurrent::features(quantization, input, weights, slots))
    }

    fn svdf_responses<T: Quantized, W: Load<T>, B: BiasElement>(
        quantization: &SvdfQuantization,
        depth: usize,
        state: &[T],
        (weights, bias): (&[W], Option<&[B]>),
        output: &mut [i8],
    ) -> bool {
        match (T::bytes(state), W::as_i8(weights)) {
            (Some(state), Some(weights)) => {
                recurrent::respond(quantization, depth, [state, weights], bias, output)
            }
            _ => false,
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
        if let (Some(scratch), Some((filter, input))) =
            (<Kind<T, F>>::first(scratch), bytes(layer, input))
        {
            depthwise::row(scratch, &layer.scaling, filter, &depthwise.row(row), input, output);
        } else if let Some(scratch) = <Kind<T, F>>::second(scratch) {
            Compact::depthwise(scratch, layer, depthwise, row, input, output);
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
        if let (Some(scratch), Some(filter)) = (<Kind<T, F>>::first(scratch), layer.bytes()) {
            let geometry = (depthwise.window(), geometry);
            depthwise::column(scratch, &layer.scaling, filter, geometry, rows, activations);
        }
    }

    #[inline(always)] // one caller
    fn sums(input: &[i8], count: [usize; 2], steps: [usize; 2]) -> Option<[i32; 4]> {
        bantam_isa::mve::sums(input, count, steps)
    }

    #[inline(always)] // one caller
    fn maxima(input: &[i8], count: [usize; 2], steps: [usize; 2], output: &mut [i8]) -> usize {
        if bantam_isa::mve::maxima(input, count, steps, output) { output.len() } else { 0 }
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
            && elementwise::product(scaled, a, b, outputs)
        {
            return;
        }
        pairs(a, b, outputs, scaled.combined(combination));
    }
}

/// The weights and the inputs, if all of them are bytes.
#[inline(always)] // no instruction
fn bytes<'a, T: Quantized, F: FilterElement>(
    layer: &Layer<'a, T, F>,
    input: &'a [T],
) -> Option<(&'a [i8], &'a [i8])> {
    Some((layer.bytes()?, T::bytes(input)?))
}
