//! Weighted sums on a Cortex-M with the DSP extension: `i8` by the loops of `bantam-isa`, all else
//! as [`Compact`] does it.
//!
//! What lies under four windows is widened into a patch, which is multiplied with one filter after
//! the other, as the weights lie in the model. A filter that is too deep for the patch is
//! multiplied in parts. The scratch memory is 1.1 kilobytes, whatever the layer.

mod convolution;
mod dense;
mod depthwise;
mod scratch;

use core::ops::Range;

use crate::backend::compact::Compact;
use crate::backend::dsp::scratch::Scratch;
use crate::backend::layer::{FloatWeights, Layer};
use crate::backend::primitives::{Backend, Convolution, Dense, Depthwise, NoWindows, private};
use crate::number::element::{Load, Quantized};
use crate::walk::taps::Taps;

/// The backend of cores with the DSP extension.
#[derive(Debug)]
pub enum Dsp {}

impl private::Sealed for Dsp {}

impl Backend for Dsp {
    const CHANNELS: usize = scratch::DEEP_CHANNELS;
    const SEVERAL_WINDOWS: bool = false;
    const WHOLE_ROWS: bool = true;
    type Scratch<T: Quantized> = T::Either<Scratch, <Compact as Backend>::Scratch<T>>;
    type Windows<T: Quantized> = NoWindows;
    type FloatWindows = NoWindows;

    #[inline(always)] // a constant to each type
    fn channels<T: Quantized>(depth: usize) -> usize {
        if T::MAX > i8::MAX.into() { Compact::CHANNELS } else { Scratch::channels(depth) }
    }

    fn convolve<T: Quantized>(
        scratch: &mut Self::Scratch<T>,
        layer: &Layer<'_, T>,
        row: &Convolution<'_>,
        input: &[T],
        output: &mut [T],
    ) -> bool {
        match (T::narrow(scratch), T::bytes(input)) {
            (Some(scratch), Some(input)) => convolution::row(scratch, layer, row, input, output),
            _ => false,
        }
    }

    #[inline(always)] // size: made where it stays; one caller for each type
    fn scratch<T: Quantized>(layer: &Layer<'_, T>, depth: usize) -> Self::Scratch<T> {
        T::either(Scratch::new, || Compact::scratch(layer, depth))
    }

    fn select<T: Quantized>(
        scratch: &mut Self::Scratch<T>,
        layer: &Layer<'_, T>,
        channels: Range<usize>,
        depth: usize,
    ) {
        if let Some(scratch) = T::narrow(scratch) {
            scratch.select(layer, channels, depth);
        } else if let Some(scratch) = T::wide(scratch) {
            Compact::select(scratch, layer, channels, depth);
        }
    }

    fn windows<T: Quantized>(
        _: &mut Self::Scratch<T>,
        _: usize,
        _: usize,
    ) -> Option<&mut NoWindows> {
        None
    }

    #[inline(always)] // size: one caller for each type
    fn pixel<T: Quantized, const SCATTERED: bool>(
        scratch: &mut Self::Scratch<T>,
        layer: &Layer<'_, T>,
        depth: usize,
        taps: &Taps,
        input: &[T],
        pixel: &mut [T],
    ) {
        if let (Some(scratch), Some(input)) = (T::narrow(scratch), T::bytes(input)) {
            convolution::pixel(scratch, layer, (depth, SCATTERED), taps, input, pixel);
        } else if let Some(scratch) = T::wide(scratch) {
            Compact::pixel::<T, SCATTERED>(scratch, layer, depth, taps, input, pixel);
        }
    }

    fn dense<T: Quantized>(
        layer: &Layer<'_, T>,
        dense: &Dense<T::Sum>,
        input: &[T],
        output: &mut [T],
    ) {
        match T::bytes(input) {
            Some(input) => dense::row(layer, dense, input, output),
            None => Compact::dense(layer, dense, input, output),
        }
    }

    fn depthwise<T: Quantized>(
        scratch: &mut Self::Scratch<T>,
        layer: &Layer<'_, T>,
        depthwise: &Depthwise<'_>,
        input: &[T],
        output: &mut [T],
    ) {
        if let (Some(scratch), Some(input)) = (T::narrow(scratch), T::bytes(input)) {
            depthwise::row(scratch, layer, depthwise, input, output);
        } else if let Some(scratch) = T::wide(scratch) {
            Compact::depthwise(scratch, layer, depthwise, input, output);
        }
    }

    fn float_windows(_: usize, _: usize) -> Option<NoWindows> {
        None
    }

    #[inline(always)] // size: passes all on
    fn float_pixel<W: Load<f32>>(
        weights: &FloatWeights<'_, W>,
        channels: Range<usize>,
        depth: usize,
        taps: &Taps,
        input: &[f32],
        outputs: &mut [f32],
    ) {
        Compact::float_pixel(weights, channels, depth, taps, input, outputs);
    }

    #[inline(always)] // size: passes all on
    fn float_depthwise<W: Load<f32>>(
        weights: &FloatWeights<'_, W>,
        depthwise: &Depthwise<'_>,
        input: &[f32],
        output: &mut [f32],
    ) {
        Compact::float_depthwise(weights, depthwise, input, output);
    }
}
