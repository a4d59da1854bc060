//! A row of a depthwise convolution.
//!
//! There are several ways, each of which takes the place of the function of a row, with the same
//! arguments. What a loop reads is made by a function whose frame is gone when the loop runs.

use core::ops::Range;

use bantam_isa::{Channels, CheckedRow, DepthwiseRow, Factors, Grid, RowChannels};

use crate::backend::depthwise::DepthwiseWindow;
use crate::backend::dsp::convolution;
use crate::backend::dsp::scratch::{Scratch, begin, clamp, finish};
use crate::backend::layer::{Layer, Scaling};
use crate::number::element::Quantized;
use crate::number::weights::FilterElement;
use crate::walk::rows::{Activations, RowGeometry, Rows};
use crate::walk::taps::{RowWindows, Taps};
use crate::walk::window::Window;
use crate::weighted::own::BLOCK;

/// Computes a row of some kind of layer.
type Way<T, F> = for<'l, 's> fn(
    &DepthwiseWindow,
    &Layer<'l, T, F>,
    &'s mut Scratch<'_>,
    usize,
    &'s [i8],
    &'s mut [T],
);

/// Computes one row of the output.
#[inline(always)] // size: one caller for each type
pub(super) fn row<T: Quantized, F: FilterElement>(
    depthwise: &DepthwiseWindow,
    layer: &Layer<'_, T, F>,
    scratch: &mut Scratch<'_>,
    row: usize,
    input: &[i8],
    output: &mut [T],
) {
    way(depthwise, layer, scratch)(depthwise, layer, scratch, row, input, output);
}

/// Chooses a way. Filters are turned around for [`as_convolution`].
#[inline(never)] // stack: gone when the row is computed
fn way<T: Quantized, F: FilterElement>(
    depthwise: &DepthwiseWindow,
    layer: &Layer<'_, T, F>,
    scratch: &mut Scratch<'_>,
) -> Way<T, F> {
    let (channels, scaling) = (depthwise.channels(), &layer.scaling);
    if depthwise.multiplier() == channels
        && let Some(filter) = layer.bytes()
    {
        scratch.select(scaling, 0..channels, depthwise.area());
        if scratch.len() == channels && scratch.turn(filter, channels) {
            return as_convolution;
        }
    }
    let packs = match scaling.prepared() {
        Some(prepared) if bantam_isa::PACKS => !prepared.packed.is_empty(),
        None if bantam_isa::PACKS => scaling.scales().is_some(),
        _ => true,
    };
    if packs && depthwise.has_usual_rows() { three_by_three } else { general }
}

/// The channels that are selected together with this one: as many as few words of memory hold
/// factors and sums of.
fn block(channel: usize, channels: usize) -> Range<usize> {
    let first = channel - channel % BLOCK;
    first..channels.min(first + BLOCK)
}

/// Computes a row with filters that have been turned around: where the input has one channel, a
/// depthwise convolution is an ordinary one with another order of weights.
#[inline(never)] // stack: in the place of its caller
fn as_convolution<T: Quantized, F: FilterElement>(
    depthwise: &DepthwiseWindow,
    layer: &Layer<'_, T, F>,
    scratch: &mut Scratch<'_>,
    row: usize,
    input: &[i8],
    output: &mut [T],
) {
    convolution::row(depthwise.as_convolution(), layer, scratch, row, input, output);
}

/// Computes a row with a window of 3 × 3.
#[inline(never)] // stack: in the place of its caller
fn three_by_three<T: Quantized, F: FilterElement>(
    depthwise: &DepthwiseWindow,
    layer: &Layer<'_, T, F>,
    scratch: &mut Scratch<'_>,
    row: usize,
    input: &[i8],
    output: &mut [T],
) {
    let (scaling, channels) = (&layer.scaling, depthwise.channels());
    let mut first = 0;
    while first < channels {
        scratch.select(scaling, block(first, channels), 9);
        match &mut checked(depthwise, layer, scratch, [row, first], input, output) {
            Some((row, end)) => {
                row.run();
                first = *end;
            }
            None => return general(depthwise, layer, scratch, row, input, output),
        }
    }
    clamp(scaling, T::bytes_mut(output).unwrap_or_default(), channels, 0..channels);
}

/// Some channels of a row with a window of 3 × 3 from `first` on, as the loop wants them, and their
/// end; `None` where they are not.
#[inline(never)] // stack: gone when the row is computed
fn checked<'s, T: Quantized, F: FilterElement>(
    depthwise: &DepthwiseWindow,
    layer: &Layer<'s, T, F>,
    scratch: &'s mut Scratch<'_>,
    [row, first]: [usize; 2],
    input: &'s [i8],
    output: &'s mut [T],
) -> Option<(CheckedRow<'s>, usize)> {
    let (Window { x, .. }, scaling) = (depthwise.window(), &layer.scaling);
    let (rows, (_, stride, _), width) = (depthwise.window().row_span(row), x.steps(), x.input());
    let (filter, pixel) = (layer.bytes()?, depthwise.channels());
    let bias = || scaling.bias_words(0).unwrap_or_default();
    let zero_point = scaling.quantization.input_zero_point;
    let channels = [scratch.first(), first];
    let mut end = block(first, pixel).end;
    let (mut factors, _, memory) = scratch.parts(scaling, 0);
    let mut packed = &[][..];
    if let Some(prepared) = scaling.prepared() {
        (packed, end) = (prepared.packed, pixel);
    } else if bantam_isa::PACKS {
        let pack = scaling.scales()?.ways.pack;
        packed = pack(channels, (filter, pixel), bias(), zero_point, &mut factors, memory);
        end = first + packed.len();
    }
    let row = DepthwiseRow {
        input,
        row: width * pixel,
        pixel,
        width,
        rows: [rows.first, rows.taps],
        stride: stride.into(),
        filter,
        // Packed filters have theirs.
        bias: if bantam_isa::PACKS { &[] } else { bias() },
        zero_point,
    };
    let of = RowChannels { factors, packed };
    Some((CheckedRow::new(&row, first..end, &of, T::bytes_mut(output)?)?, end))
}

/// Computes a row with windows of any kind.
#[inline(never)] // stack: in the place of its caller
fn general<T: Quantized, F: FilterElement>(
    depthwise: &DepthwiseWindow,
    layer: &Layer<'_, T, F>,
    scratch: &mut Scratch<'_>,
    row: usize,
    input: &[i8],
    output: &mut [T],
) {
    let (scaling, all) = (&layer.scaling, depthwise.channels());
    let multiplier = depthwise.multiplier();
    let slices = &[input, layer.bytes().unwrap_or_default()];
    let windows = RowWindows::new(depthwise.window(), row, all);
    let zero_point = scaling.quantization.input_zero_point;
    let mut first = 0;
    while first < all {
        let channels = block(first, all);
        scratch.select(scaling, channels.clone(), depthwise.area());
        let len = channels.len();
        let (factors, sums, _) = scratch.parts(scaling, len);
        let bias = scaling.bias_words(first).filter(|_| multiplier == 1);
        let mut made = Channels::scaled(bias, len, &factors, zero_point);
        for at in 0..windows.len() {
            let taps = &windows.taps(at);
            let at = at.wrapping_mul(all).wrapping_add(first);
            let output = output.get_mut(at..).and_then(|rest| rest.get_mut(..len));
            let Some(output) = output else { return };
            // The loop wants a tap: a window may have none in the image.
            if let Some(channels) = &mut made
                && !taps.count.contains(&0)
            {
                let output = T::bytes_mut(output).unwrap_or_default();
                window(taps, first, channels, slices, output);
                continue;
            }
            sums_of_pixel(scaling, taps, [multiplier, first], slices, &factors, sums, output);
        }
        first = channels.end;
    }
    clamp(scaling, T::bytes_mut(output).unwrap_or_default(), all, 0..all);
}

/// Computes a window of channels from `first` on.
#[inline(always)] // stack: no frame between the loop and the caller
fn window(
    taps: &Taps,
    first: usize,
    channels: &mut Channels<'_>,
    [input, filter]: &[&[i8]; 2],
    output: &mut [i8],
) {
    let &Taps { first: [from, tap], rows: row, columns: column, count: [rows, columns], .. } = taps;
    let places = (from.wrapping_add(first), tap.wrapping_add(first));
    if let (Some(input), Some(filter)) = (input.get(places.0..), filter.get(places.1..)) {
        let grid = Grid { rows, columns, row, column };
        bantam_isa::depthwise(&grid, channels, [input, filter], output);
    }
}

/// Computes channels of one pixel from `first` on: any layer.
#[inline(never)] // stack: apart from what most layers take
fn sums_of_pixel<T: Quantized>(
    scaling: &Scaling<'_, T>,
    taps: &Taps,
    [multiplier, first]: [usize; 2],
    slices: &[&[i8]; 2],
    factors: &Factors<'_>,
    sums: &mut [i32],
    output: &mut [T],
) {
    let (zero_point, [input, filter]) = (scaling.quantization.input_zero_point, slices);
    begin(scaling, first, sums);
    // Channels with an input channel each are computed four at a time.
    let fours = if multiplier == 1 { sums.len() & !3 } else { 0 };
    let added = &mut Channels::added(sums.get_mut(..fours).unwrap_or_default(), zero_point);
    window(taps, first, added, slices, &mut []);
    for (sum, channel) in sums.get_mut(fours..).unwrap_or_default().iter_mut().zip(first + fours..)
    {
        taps.for_each([channel / multiplier.max(1), channel], |from, tap| {
            if let (Some(&x), Some(&w)) = (input.get(from), filter.get(tap)) {
                *sum = sum.wrapping_add((i32::from(x) - i32::from(zero_point)) * i32::from(w));
            }
        });
    }
    finish(scaling, sums, factors, output);
}

/// Computes all rows of images of one column, if factors and bias suit; else none.
#[inline(always)] // size: one caller for each type
pub(super) fn column<T: Quantized, F: FilterElement>(
    depthwise: &DepthwiseWindow,
    layer: &Layer<'_, T, F>,
    scratch: &mut Scratch<'_>,
    geometry: &dyn RowGeometry,
    rows: &mut Rows,
    activations: &mut Activations<'_, T>,
) {
    let (scaling, channels) = (&layer.scaling, depthwise.channels());
    let (filter, y) = (layer.bytes().unwrap_or_default(), &depthwise.window().y);
    let zero_point = scaling.quantization.input_zero_point;
    scratch.select(scaling, 0..channels, y.filter());
    let (factors, _, _) = scratch.parts(scaling, 0);
    let made = &mut Channels::scaled(scaling.bias_words(0), channels, &factors, zero_point);
    let Some(made) = made else { return };
    let column = [y.dilation() * channels, channels];
    let grid = Grid { rows: 1, columns: y.filter(), row: [0; 2], column };
    while rows.advance(geometry) {
        let (input, output) = rows.of(activations);
        if let (Some(input), Some(output)) = (T::bytes(input), T::bytes_mut(output)) {
            bantam_isa::depthwise(&grid, made, [input, filter], output);
            clamp(scaling, output, channels, 0..channels);
        }
    }
}

/// The sums of four channels, by a depthwise convolution whose weights are all 1.
#[inline(never)] // size: one copy for all pools
pub(super) fn sums(
    input: &[i8],
    [rows, columns]: [usize; 2],
    [row, column]: [usize; 2],
) -> Option<[i32; 4]> {
    let grid = Grid { rows, columns, row: [row, 0], column: [column, 0] };
    let mut sums = [0; 4];
    let added = &mut Channels::added(&mut sums, 0);
    bantam_isa::depthwise(&grid, added, [input, &[1; 4]], &mut []);
    Some(sums)
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::backend::layer::{LayerQuantization, QuantizedWeights};
    use crate::backend::{Backend, Dsp, Mve, Portable};
    use crate::number::activation::ActivationRange;
    use crate::number::channel_requant::ChannelRequant;
    use crate::number::element::Le;
    use crate::walk::overlap::Slack;
    use crate::walk::padding::Padding;
    use crate::walk::shape::Nhwc;
    use crate::walk::window::WindowOptions;
    use crate::weighted::depthwise_conv_2d::DepthwiseConv2dParams;
    use crate::weighted::kernel::run_on;
    use crate::weighted::tensors::Tensors;

    fn noise(len: usize, seed: usize) -> Vec<i8> {
        (0..len).map(|at| ((at + seed).wrapping_mul(2_654_435_761) >> 11) as i8).collect()
    }

    /// The output of a column, with input and output at these places of one memory.
    fn output<K: Backend>(
        params: &DepthwiseConv2dParams,
        filter: &[i8],
        [from, to]: [usize; 2],
    ) -> Vec<i8> {
        let channels = params.sizes().output_row_len;
        let range = ActivationRange { min: -100, max: 120 };
        let quantization = LayerQuantization::new::<i8>(-7, 11, range).unwrap();
        let bias = |channel: usize| Le::new((channel as i32 * 321 - 999).to_le_bytes());
        let bias: Vec<Le<4>> = (0..channels).map(bias).collect();
        let (multipliers, shifts) = (vec![1_500_000_000; channels], vec![-7; channels]);
        let requant = ChannelRequant::Given { multipliers: &multipliers, shifts: &shifts };
        let weights = QuantizedWeights { filter, bias: Some(&bias[..]), requant };
        let layer = Layer::<i8>::new(&quantization, &weights);
        let (inputs, outputs) = (params.sizes().input_len(), params.sizes().output_rows * channels);
        let mut memory = vec![99; (from + inputs).max(to + outputs)];
        memory[from..from + inputs].copy_from_slice(&noise(inputs, 3));
        let mut activations = Activations::Shared { memory: &mut memory, input: from, output: to };
        run_on::<i8, i8, K>(params, &layer, &mut Tensors::of(&mut activations)).unwrap();
        memory.truncate(to + outputs);
        memory.split_off(to)
    }

    #[test]
    fn columns_may_lie_over_each_other_as_rows_do() {
        for (batches, height, taps, stride, dilation, channels) in [
            (1, 28, 5, 1, 1, 128),
            (1, 15, 15, 1, 1, 8),
            (2, 9, 2, 2, 1, 12),
            (1, 12, 3, 1, 2, 132),
            (1, 12, 3, 1, 2, 8),
            (1, 7, 1, 3, 1, 4),
            (1, 8, 4, 1, 1, 6),
        ] {
            let reach = (taps - 1) * dilation + 1;
            let image = |height, channels| Nhwc::new([batches, height, 1, channels]).unwrap();
            let results = image((height - reach) / stride + 1, channels);
            let filter = Nhwc::new([1, taps, 1, channels]).unwrap();
            let options = WindowOptions {
                padding: Padding::Valid,
                stride: [stride; 2],
                dilation: [dilation, 1],
            };
            let input = image(height, channels);
            let params = DepthwiseConv2dParams::new(input, filter, results, &options).unwrap();
            let filter = noise((taps * channels) as usize, 5);
            let want = output::<Portable>(&params, &filter, [0, params.sizes().input_len()]);
            let Slack { below, above } = Slack::of(&params);
            for places in [[0, params.sizes().input_len()], [below, 0], [0, above], [below + 3, 0]]
            {
                assert_eq!(output::<Dsp>(&params, &filter, places), want, "{params:?} {places:?}");
                assert_eq!(output::<Mve>(&params, &filter, places), want, "{params:?} {places:?}");
            }
        }
    }

    #[test]
    fn sums_are_those_of_each_channel() {
        let input: [i8; 90] = core::array::from_fn(|at| (at as i8).wrapping_mul(29));
        for (rows, columns) in [(1, 1), (2, 3), (3, 2), (4, 1), (1, 5)] {
            let steps = [20, 6];
            let expected = core::array::from_fn(|c| {
                let taps = (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x)));
                taps.map(|(y, x)| i32::from(input[y * steps[0] + x * steps[1] + c])).sum()
            });
            assert_eq!(sums(&input, [rows, columns], steps), Some(expected));
        }
    }
}
