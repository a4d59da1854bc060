//! A row of a depthwise convolution.

use core::ops::Range;

use bantam_isa::{DepthwiseRow, Grid, Sums};

use crate::backend::dsp::convolution;
use crate::backend::dsp::scratch::{MOST_CHANNELS, Scratch, begin, clamp, finish};
use crate::backend::layer::Scaling;
use crate::backend::primitives::{Convolution, Depthwise};
use crate::number::element::Quantized;
use crate::number::weights::Weights;
use crate::walk::rows::{Activations, RowGeometry, Rows};
use crate::walk::taps::{Taps, from_pixel};
use crate::walk::window::Window;

/// Computes one row of the output.
#[inline(always)] // size: one caller for each type; two frames take more stack
pub(super) fn row<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    depthwise: &Depthwise<'_>,
    input: &[i8],
    output: &mut [T],
) {
    if depthwise.multiplier == depthwise.channels
        && as_convolution(scratch, scaling, filter, depthwise, input, output)
    {
        return;
    }
    for first in (0..depthwise.channels).step_by(MOST_CHANNELS) {
        let channels = first..depthwise.channels.min(first + MOST_CHANNELS);
        scratch.select(scaling, channels.clone(), depthwise.area);
        if let Some(output) = T::bytes_mut(output)
            && three_by_three(scratch, scaling, filter, (depthwise, &channels), input, output)
        {
            continue;
        }
        block(scratch, scaling, filter, (depthwise, &channels), input, output);
    }
}

/// Computes a row of an input of one channel, where a depthwise convolution is an ordinary one with
/// another order of weights; false where that does not suit.
#[inline(never)] // stack: apart from what other layers take
fn as_convolution<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    depthwise: &Depthwise<'_>,
    input: &[i8],
    output: &mut [T],
) -> bool {
    let &Depthwise { windows, channels, area: depth, .. } = depthwise;
    scratch.select(scaling, 0..channels, depth);
    let windows = &windows.with_channels(1);
    let row = Convolution { windows, depth, channel: 0, channels };
    let suits = scratch.len() == channels && scratch.turn(filter, channels);
    if suits {
        convolution::row(scratch, scaling, None, &row, input, output);
    }
    suits
}

/// Computes the selected channels of a row that is as [`DepthwiseRow`] wants it; false where it is
/// not.
#[inline(never)] // size: one copy for all types
fn three_by_three<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    (depthwise, channels): (&Depthwise<'_>, &Range<usize>),
    input: &[i8],
    output: &mut [i8],
) -> bool {
    let (windows, pixel) = (&depthwise.windows, depthwise.channels);
    let axes = [&windows.window.y, &windows.window.x];
    let [_, x] = axes;
    let ((_, stride, pad), width) = (x.steps(), x.input());
    let stride = usize::from(stride);
    if depthwise.multiplier != 1
        || axes.iter().any(|axis| axis.filter() != 3 || axis.dilation() != 1)
        || stride + usize::from(pad) != 2
        || windows.len() * stride != width
    {
        return false;
    }
    let prepared = scaling.prepared();
    let (factors, _, memory) = scratch.parts(scaling, 0);
    let row = DepthwiseRow {
        input,
        row: width * pixel,
        pixel,
        width,
        rows: [windows.rows.first, windows.rows.taps],
        stride,
        filter,
        bias: scaling.bias_words(0).unwrap_or_default(),
        packed: prepared.map_or(&[], |prepared| prepared.packed),
        factors,
        zero_point: scaling.quantization.input_zero_point,
    };
    let some = channels.clone();
    let is_done = match scaling.scales() {
        Some(scales) => (scales.ways.depthwise_row)(&row, some, memory, output),
        None if bantam_isa::PACKS => bantam_isa::packed_row(&row, some, memory, output),
        None => bantam_isa::depthwise_row(&row, some, memory, output),
    };
    if is_done {
        clamp(scaling, output, pixel, channels.clone());
    }
    is_done
}

/// Computes all rows of images of one column, if factors and bias suit; else none.
#[inline(always)] // size: one caller for each type
pub(super) fn column<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    (window, geometry): (&Window, &dyn RowGeometry),
    rows: &mut Rows,
    activations: &mut Activations<'_, T>,
) {
    let (Window { y, .. }, channels) = (window, geometry.output_row_len());
    let (Some(bias), 0) = (scaling.bias_words(0), channels % 4) else { return };
    scratch.select(scaling, 0..channels, y.filter());
    let (factors, _, _) = scratch.parts(scaling, 0);
    if !factors.is_short || factors.shifts.len() < channels {
        return;
    }
    let column = [y.dilation() * channels, channels];
    let grid = Grid { rows: 1, columns: y.filter(), row: [0; 2], column };
    let zero_point = scaling.quantization.input_zero_point;
    while rows.advance(geometry) {
        let (input, output) = rows.of(activations);
        if let (Some(input), Some(output)) = (T::bytes(input), T::bytes_mut(output)) {
            let sums = Sums::Scaled { bias, factors: &factors, output: &mut *output };
            bantam_isa::depthwise(&grid, [input, filter], zero_point, sums);
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
    bantam_isa::depthwise(&grid, [input, &[1; 4]], 0, Sums::Added(&mut sums));
    Some(sums)
}

/// Computes the selected channels of all pixels of a row, any layer.
#[inline(never)] // stack: apart from what other layers take
fn block<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    (depthwise, channels): (&Depthwise<'_>, &Range<usize>),
    input: &[i8],
    output: &mut [T],
) {
    let (first, len) = (channels.start, channels.len());
    let (factors, sums, _) = scratch.parts(scaling, len);
    let (factors, windows) = (&factors, &depthwise.windows);
    let zero_point = scaling.quantization.input_zero_point;
    let multiplier = depthwise.multiplier.max(1);
    // Channels with an input channel each are computed four at a time.
    let fours = if multiplier == 1 { len & !3 } else { 0 };
    // Loops in Thumb-1 have sums only.
    let makes_outputs = !bantam_isa::THUMB1 && fours == len && factors.is_short;
    let bias = scaling.bias_words(first).filter(|_| makes_outputs);
    for at in 0..windows.len() {
        let taps = windows.taps(at);
        let Taps { first: [from, tap], rows: row, columns: column, .. } = taps;
        let [rows, columns] = taps.count;
        let grid = Grid { rows, columns, row, column };
        let rest = input.get(from.wrapping_add(first)..).unwrap_or_default();
        let slices = [rest, filter.rest(tap.wrapping_add(first))];
        let outputs = from_pixel(output, at, depthwise.channels).get_mut(channels.clone());
        let outputs = outputs.unwrap_or_default();
        // The loop wants a tap: a window may have none in the image.
        if let (Some(bias), true) = (bias, rows * columns != 0)
            && let Some(output) = T::bytes_mut(outputs)
        {
            let sums = Sums::Scaled { bias, factors, output };
            bantam_isa::depthwise(&grid, slices, zero_point, sums);
            clamp(scaling, output, len, 0..len);
            continue;
        }
        begin(scaling, first, sums);
        let (fours, others) = sums.split_at_mut_checked(fours).unwrap_or_default();
        let others = others.iter_mut().zip(first + fours.len()..);
        bantam_isa::depthwise(&grid, slices, zero_point, Sums::Added(fours));
        for (sum, channel) in others {
            taps.for_each([channel / multiplier, channel], |from, tap| {
                if let (Some(&x), Some(&w)) = (input.get(from), filter.get(tap)) {
                    *sum = sum.wrapping_add((i32::from(x) - i32::from(zero_point)) * i32::from(w));
                }
            });
        }
        finish(scaling, sums, factors, outputs);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::backend::layer::{Layer, LayerQuantization, QuantizedWeights};
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

    fn noise(len: usize, seed: usize) -> Vec<i8> {
        (0..len).map(|at| ((at + seed).wrapping_mul(2_654_435_761) >> 11) as i8).collect()
    }

    /// The output of a column, with input and output at these places of one memory.
    fn output<K: Backend>(
        params: &DepthwiseConv2dParams,
        filter: &[i8],
        [from, to]: [usize; 2],
    ) -> Vec<i8> {
        let channels = params.output_row_len();
        let range = ActivationRange { min: -100, max: 120 };
        let quantization = LayerQuantization::new::<i8>(-7, 11, range).unwrap();
        let bias = |channel: usize| Le::new((channel as i32 * 321 - 999).to_le_bytes());
        let bias: Vec<Le<4>> = (0..channels).map(bias).collect();
        let (multipliers, shifts) = (vec![1_500_000_000; channels], vec![-7; channels]);
        let requant = ChannelRequant::Given { multipliers: &multipliers, shifts: &shifts };
        let weights = QuantizedWeights { filter, bias: Some(&bias[..]), requant };
        let layer = Layer::<i8>::new(&quantization, &weights);
        let (inputs, outputs) = (params.input_len(), params.output_rows() * channels);
        let mut memory = vec![99; (from + inputs).max(to + outputs)];
        memory[from..from + inputs].copy_from_slice(&noise(inputs, 3));
        let mut activations = Activations::Shared { memory: &mut memory, input: from, output: to };
        run_on::<i8, i8, K>(params, &layer, &mut activations).unwrap();
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
            let want = output::<Portable>(&params, &filter, [0, params.input_len()]);
            let Slack { below, above } = Slack::of(&params);
            for places in [[0, params.input_len()], [below, 0], [0, above], [below + 3, 0]] {
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
