//! Sums of products, and what is made of them.

use alloc::vec;
use alloc::vec::Vec;
use core::any::TypeId;

use crate::backend::layer::Layer;
use crate::backend::tests::case::{Case, Constants, Packing, noise};
use crate::backend::{
    Backend, Convolution, ConvolutionWindow, Dense, DepthwiseWindow, Mve, Windows,
};
use crate::number::element::{Accumulator, BiasElement, Quantized};
use crate::number::weights::FilterElement;
use crate::target::SCRATCH_WORDS;
use crate::walk::taps::RowWindows;
use crate::weighted::own::Needs;

/// Windows of a row with the filters of all channels: by definition, several at a time, one by one,
/// and run by run.
pub(super) fn convolutions<K: Backend, T, B, F: Packing>(case: &Case)
where
    T: Quantized + TryFrom<i64> + PartialEq + core::fmt::Debug + Default,
    B: BiasElement + TryFrom<i64>,
{
    let seed = &mut case.seed.clone();
    let (window, depth, outputs) = (case.window(), case.area() * case.channels, case.outputs);
    let constants = Constants::<B, F>::new::<T>(case, seed, outputs, depth);
    let image: Vec<T> = noise(seed, case.image_len(), T::MIN.into(), T::MAX.into());
    let (row, input) = case.row(&window, &image);
    let windows = RowWindows::new(&window, row, case.channels);
    let mut want = Vec::new();
    for at in 0..windows.len() {
        for channel in 0..outputs {
            let filter = &constants.filter[channel * depth..][..depth];
            let mut sum = 0;
            windows.taps(at).for_each([0; 2], |from, tap| {
                for k in 0..case.channels {
                    sum += constants.product(input[from + k], filter[tap + k]);
                }
            });
            want.push(constants.output::<T>(channel, sum));
        }
    }

    let weights = constants.weights();
    let layer = Layer::<T, F>::new(&constants.quantization, &weights);
    let needs = Needs { depth, channels: outputs, multiplier: None, has_factors: false };
    if K::convolves_rows::<T, F>() {
        let (output_channels, filter_channels) = (outputs as u16, case.channels as u16);
        let convolution = ConvolutionWindow { window, output_channels, filter_channels };
        for words in memories::<K, T, F>(&layer, &needs) {
            let mut memory = vec![99; words];
            let mut scratch = K::scratch(&layer, depth, &mut memory);
            let mut got = vec![T::default(); want.len()];
            K::convolve_row(&convolution, &layer, &mut scratch, row, input, &mut got);
            assert_eq!(got, want);
        }
    }
    // Says whether the backend has this way.
    let by = |compute: Compute<'_, K, T, F>| {
        // A backend that computes rows takes single pixels for layers with all memory.
        let by_rows = usize::from(K::convolves_rows::<T, F>());
        for &words in &memories::<K, T, F>(&layer, &needs)[by_rows..] {
            let mut memory = vec![99; words];
            let mut scratch = K::scratch(&layer, depth, &mut memory);
            let mut got = vec![T::default(); want.len()];
            let most = K::channels(&mut scratch, &layer, depth);
            for first in (0..outputs).step_by(most) {
                K::select(&mut scratch, &layer, first..outputs.min(first + most), depth);
                if !compute(&mut scratch, &mut got) {
                    return;
                }
            }
            assert_eq!(got, want);
        }
    };
    by(&|scratch, got| {
        let row = Convolution { windows: &windows, depth, channel: 0, channels: outputs };
        let done = K::convolve(scratch, &layer, &row, input, got);
        for (at, pixel) in got.chunks_mut(outputs).enumerate().skip(done) {
            K::pixel::<T, F, false>(scratch, &layer, depth, &windows.runs(at, 0), input, pixel);
        }
        done > 0
    });
    by(&|scratch, got| {
        for (at, pixel) in got.chunks_mut(outputs).enumerate() {
            K::pixel::<T, F, false>(scratch, &layer, depth, &windows.runs(at, 0), input, pixel);
        }
        true
    });
    by(&|scratch, got| {
        for (at, pixel) in got.chunks_mut(outputs).enumerate() {
            K::pixel::<T, F, true>(scratch, &layer, depth, &windows.taps(at), input, pixel);
        }
        true
    });
    by(&|scratch, got| {
        let Some(tile) = K::windows::<T, F>(scratch, depth, windows.len()) else { return false };
        let most = tile.most();
        for (group, pixels) in got.chunks_mut(most * outputs).enumerate() {
            for slot in 0..pixels.len() / outputs {
                tile.gather(slot, &windows.runs(group * most + slot, 0), input);
            }
            tile.multiply(&layer, outputs, pixels);
        }
        true
    });
}

pub(super) fn dense<K: Backend, T, B, F: Packing>(case: &Case)
where
    T: Quantized + TryFrom<i64> + PartialEq + core::fmt::Debug + Default,
    B: BiasElement + TryFrom<i64>,
{
    let seed = &mut case.seed.clone();
    let (depth, units) = (case.area() * case.channels, case.outputs);
    let constants = Constants::<B, F>::new::<T>(case, seed, units, depth);
    let input: Vec<T> = noise(seed, depth, T::MIN.into(), T::MAX.into());
    let (offset, rest) = (case.row as i32 * 1000, if T::MAX > 127 { 5 } else { 0 });
    let want: Vec<T> = (0..units)
        .map(|unit| {
            let filter = &constants.filter[unit * depth..][..depth];
            let products = input.iter().zip(filter).map(|(&x, &w)| constants.product(x, w));
            let lacking: i64 = filter.iter().map(|&w| i64::from(w) * i64::from(rest)).sum();
            constants.output(unit, products.sum::<i64>() - lacking + i64::from(offset))
        })
        .collect();
    let weights = constants.weights();
    let layer = Layer::<T, F>::new(&constants.quantization, &weights);
    let mut got = vec![T::default(); units];
    let dense = Dense { depth, offset: T::Sum::of(offset), rest, in_pairs: false };
    K::dense(&layer, &dense, &input, &mut got);
    assert_eq!(got, want);
}

pub(super) fn depthwise<K: Backend, T, B, F: Packing>(case: &Case)
where
    T: Quantized + TryFrom<i64> + PartialEq + core::fmt::Debug + Default,
    B: BiasElement + TryFrom<i64>,
{
    let seed = &mut case.seed.clone();
    let (window, channels) = (case.window(), case.channels * case.multiplier);
    let constants = Constants::<B, F>::new::<T>(case, seed, channels, case.area());
    let image: Vec<T> = noise(seed, case.image_len(), T::MIN.into(), T::MAX.into());
    let (row, input) = case.row(&window, &image);
    let windows = RowWindows::new(&window, row, channels);
    let mut want = Vec::new();
    for at in 0..windows.len() {
        for channel in 0..channels {
            let mut sum = 0;
            windows.taps(at).for_each([channel / case.multiplier, channel], |from, tap| {
                sum += constants.product(input[from], constants.filter[tap]);
            });
            want.push(constants.output::<T>(channel, sum));
        }
    }
    let weights = constants.weights();
    let layer = Layer::<T, F>::new(&constants.quantization, &weights);
    let depthwise = DepthwiseWindow::new(window, case.multiplier as u16);
    let (depth, multiplier) = (case.area(), Some(case.multiplier));
    let needs = Needs { depth, channels, multiplier, has_factors: false };
    for words in memories::<K, T, F>(&layer, &needs) {
        let mut memory = vec![99; words];
        let mut scratch = K::scratch(&layer, case.area(), &mut memory);
        let mut got = vec![T::default(); want.len()];
        K::depthwise(&mut scratch, &layer, &depthwise, row, input, &mut got);
        assert_eq!(got, want);
    }
}

/// Computes selected channels; false if the backend has no such way.
type Compute<'c, K, T, F> =
    &'c dyn for<'m> Fn(&mut <K as Backend>::Scratch<'m, T, F>, &mut [T]) -> bool;

/// Words of a layer's own memory: what it needs, and all; and more that is lent. Without biases of
/// 32 bits it needs all.
fn memories<K: Backend, T: Quantized, F: FilterElement>(
    layer: &Layer<'_, T, F>,
    needs: &Needs,
) -> [usize; 3] {
    let needed = match layer.scaling.bias_words(0) {
        None => SCRATCH_WORDS,
        Some(_) if TypeId::of::<K>() == TypeId::of::<Mve>() => needs.with_mve(),
        Some(_) => needs.with_dsp(),
    };
    [needed.min(SCRATCH_WORDS), SCRATCH_WORDS, 3 * SCRATCH_WORDS + 7]
}
