//! A row of a depthwise convolution: the lanes of a vector are channels.

use core::array;
use core::borrow::Borrow;

use crate::backend::depthwise::Depthwise;
use crate::backend::layer::{FloatWeights, Layer};
use crate::backend::portable::constants::{Block, CHANNELS};
use crate::backend::portable::float::finish;
use crate::backend::portable::scratch::{BLOCKS, Scratch};
use crate::number::element::{Accumulator, Load, Quantized};
use crate::number::weights::{FilterElement, Weights};
use crate::walk::chunks::chunks_mut;
use crate::walk::taps::Taps;

/// Taps whose products [`Halves`] can hold the sums of.
const MOST_TAPS: usize = 256;

/// Sums of 16-bit products in two halves of 16 bits: twice as many fit a vector register as of 32
/// bits.
struct Halves<const N: usize> {
    /// Sums of the products' low bytes, as unsigned numbers.
    low: [i16; N],
    /// Sums of the products' high bytes.
    high: [i16; N],
}

/// Channels of inputs and outputs as they belong together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pairing {
    /// Each output channel has an input channel of its own.
    Own,
    /// All have the only input channel.
    One,
    /// Several have each input channel.
    Several,
}

/// Computes one row of the output.
pub(super) fn row<T: Quantized, F: FilterElement>(
    scratch: &mut Scratch<T::Sum>,
    layer: &Layer<'_, T, F>,
    depthwise: &Depthwise<'_>,
    input: &[T],
    output: &mut [T],
) {
    let Depthwise { channels, multiplier, area, .. } = *depthwise;
    let products_fit = T::MAX == i8::MAX.into() && area <= MOST_TAPS;
    let pairing = match multiplier {
        0 | 1 => Pairing::Own,
        _ if multiplier == channels => Pairing::One,
        _ => Pairing::Several,
    };
    let all = BLOCKS * CHANNELS;
    for start in (0..channels).step_by(all) {
        let end = channels.min(start + all);
        scratch.select(&layer.scaling, start..end, area);
        // Two blocks at a time where there are as many.
        for (pair, blocks) in scratch.blocks().chunks(2).enumerate() {
            let first = start + pair * 2 * CHANNELS;
            let len = (2 * CHANNELS).min(end - first);
            let of_blocks = (layer, blocks, first, len);
            match (pairing, len) {
                (Pairing::Own, 16) if products_fit => {
                    pixels::<T, F, { 2 * CHANNELS }, false>(depthwise, of_blocks, input, output);
                }
                (Pairing::Own, 8) if products_fit => {
                    pixels::<T, F, CHANNELS, false>(depthwise, of_blocks, input, output);
                }
                (Pairing::One, 16) if products_fit => {
                    pixels::<T, F, { 2 * CHANNELS }, true>(depthwise, of_blocks, input, output);
                }
                (Pairing::One, 8) if products_fit => {
                    pixels::<T, F, CHANNELS, true>(depthwise, of_blocks, input, output);
                }
                _ => each(depthwise, of_blocks, input, output),
            }
        }
    }
}

/// Some blocks of channels, the first of them, and how many channels they have.
type Blocks<'b, 'l, T, F> = (&'b Layer<'l, T, F>, &'b [Block<<T as Quantized>::Sum>], usize, usize);

/// `N` channels in all pixels.
#[inline(never)] // all registers are its own
fn pixels<T: Quantized, F: FilterElement, const N: usize, const ONE_INPUT: bool>(
    depthwise: &Depthwise<'_>,
    (layer, blocks, first, _): Blocks<'_, '_, T, F>,
    input: &[T],
    output: &mut [T],
) {
    for (at, pixel) in chunks_mut(output, depthwise.channels).enumerate() {
        let taps = depthwise.windows.taps(at);
        let Halves { low, high } = halves::<T, F, N, ONE_INPUT>(&taps, layer, first, input);
        let (low, high) = (low.as_chunks::<CHANNELS>().0, high.as_chunks::<CHANNELS>().0);
        let outputs = pixel.get_mut(first..first + N).unwrap_or(&mut []);
        let outputs = outputs.as_chunks_mut::<CHANNELS>().0.iter_mut();
        for (((block, low), high), output) in blocks.iter().zip(low).zip(high).zip(outputs) {
            let sum = |c: usize| (i32::from(high[c]) << 8) + i32::from(low[c] as u16);
            let sums = array::from_fn(|c| T::Sum::of(sum(c)));
            block.finish(&layer.scaling, &sums, output);
        }
    }
}

/// Channels in all pixels, one by one: few of them, wide inputs, or several channels for an input.
fn each<T: Quantized, F: FilterElement>(
    depthwise: &Depthwise<'_>,
    (layer, blocks, first, len): Blocks<'_, '_, T, F>,
    input: &[T],
    output: &mut [T],
) {
    let zero_point = layer.scaling.quantization.input_zero_point;
    let filter = layer.weights();
    for (at, pixel) in chunks_mut(output, depthwise.channels).enumerate() {
        let taps = depthwise.windows.taps(at);
        let mut sums = [[T::Sum::of(0); CHANNELS]; 2];
        for (sum, channel) in sums.as_flattened_mut().iter_mut().zip(first..first + len) {
            let channels = [channel / depthwise.multiplier.max(1), channel];
            taps.for_each(channels, |from, tap| {
                if let (Some(x), Some(w)) = (input.get(from), filter.weight(tap)) {
                    let x = x.widened().wrapping_sub(zero_point);
                    *sum = sum.plus_product(x.into(), w.into());
                }
            });
        }
        let outputs = pixel.get_mut(first..first + len).unwrap_or(&mut []);
        for ((block, sums), output) in blocks.iter().zip(&sums).zip(outputs.chunks_mut(CHANNELS)) {
            block.finish(&layer.scaling, sums, output);
        }
    }
}

/// The sums of `N` channels from `first` on, all from the same input channel or each from its own.
///
/// An `i8` less its zero point has 9 bits, and its product with a weight 16.
///
/// What becomes of the sums stays out of sight of the compiler, which would take it for a reason to
/// fill half of each register.
#[inline(never)] // see above
fn halves<T: Quantized, F: FilterElement, const N: usize, const ONE_INPUT: bool>(
    taps: &Taps,
    layer: &Layer<'_, T, F>,
    first: usize,
    input: &[T],
) -> Halves<N> {
    let zero_point = layer.scaling.quantization.input_zero_point;
    let filter = layer.weights();
    let (mut low, mut high) = ([0_i16; N], [0_i16; N]);
    let channels = [if ONE_INPUT { 0 } else { first }, first];
    taps.for_each(channels, |from, tap| {
        let Some(w) = filter.rest(tap).block::<N>() else { return };
        let w = w.borrow();
        let mut product = [0_i16; N];
        if ONE_INPUT {
            let Some(x) = input.get(from) else { return };
            let x = x.widened().wrapping_sub(zero_point);
            for k in 0..N {
                product[k] = x.wrapping_mul(w[k].into());
            }
        } else {
            let Some(x) = lanes::<_, N>(input, from) else { return };
            for k in 0..N {
                product[k] = x[k].widened().wrapping_sub(zero_point).wrapping_mul(w[k].into());
            }
        }
        for k in 0..N {
            low[k] = low[k].wrapping_add(product[k] & 0xFF);
            high[k] = high[k].wrapping_add(product[k] >> 8);
        }
    });
    Halves { low, high }
}

/// Computes one row of a float output.
pub(super) fn float_row<W: Load<f32>>(
    weights: &FloatWeights<'_, W>,
    depthwise: &Depthwise<'_>,
    input: &[f32],
    output: &mut [f32],
) {
    let Depthwise { channels, multiplier, .. } = *depthwise;
    let step = match multiplier {
        0 | 1 if channels >= 2 * CHANNELS => 2 * CHANNELS,
        0 | 1 if channels >= CHANNELS => CHANNELS,
        _ => 1,
    };
    for (at, pixel) in chunks_mut(output, channels).enumerate() {
        let taps = &depthwise.windows.taps(at);
        let mut next = 0;
        while next < channels {
            // The last block overlaps the one before it.
            let first = next.min(channels - step);
            next = first + step;
            let places = [first / multiplier.max(1), first];
            let outputs = pixel.get_mut(first..next).unwrap_or(&mut []);
            match step {
                1 => float_channels::<W, 1>(taps, weights, places, input, outputs),
                CHANNELS => {
                    float_channels::<W, CHANNELS>(taps, weights, places, input, outputs);
                }
                _ => {
                    float_channels::<W, { 2 * CHANNELS }>(taps, weights, places, input, outputs);
                }
            }
        }
    }
}

/// The outputs of `N` channels from the given ones of input and output on.
#[inline(never)] // all registers are its own
fn float_channels<W: Load<f32>, const N: usize>(
    taps: &Taps,
    weights: &FloatWeights<'_, W>,
    channels: [usize; 2],
    input: &[f32],
    outputs: &mut [f32],
) {
    let mut sums = [0.0; N];
    taps.for_each(channels, |from, tap| {
        let Some(x) = lanes::<_, N>(input, from) else { return };
        let Some(w) = lanes::<_, N>(weights.filter, tap) else { return };
        for k in 0..N {
            sums[k] += x[k] * w[k].load();
        }
    });
    finish(weights, channels[1], &sums, outputs);
}

/// `N` elements from `at` on.
#[inline(always)] // two branches that are always taken
fn lanes<X, const N: usize>(elements: &[X], at: usize) -> Option<&[X; N]> {
    elements.get(at..)?.first_chunk()
}
