//! A row of a depthwise convolution.

use core::ops::Range;

use bantam_isa::{DepthwiseRow, Grid, Sums};

use crate::backend::dsp::convolution;
use crate::backend::dsp::scratch::{MOST_CHANNELS, Scratch, begin, clamp, finish};
use crate::backend::layer::Scaling;
use crate::backend::primitives::{Convolution, Depthwise};
use crate::number::element::Quantized;
use crate::number::weights::Weights;
use crate::walk::taps::{Taps, from_pixel};

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
    if let Some(output) = T::bytes_mut(output)
        && three_by_three_row(scratch, scaling, filter, depthwise, input, output)
    {
        return;
    }
    if depthwise.multiplier == depthwise.channels
        && as_convolution(scratch, scaling, filter, depthwise, input, output)
    {
        return;
    }
    for first in (0..depthwise.channels).step_by(MOST_CHANNELS) {
        let channels = first..depthwise.channels.min(first + MOST_CHANNELS);
        block(scratch, scaling, filter, (depthwise, channels), input, output);
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
    scratch.len() == channels
        && scratch.turn(filter, channels)
        && convolution::row(scratch, scaling, None, &row, input, output) != 0
}

/// Computes a row that is as [`DepthwiseRow`] wants it; false, and some channels are left, where it
/// is not, or where factors or bias do not suit.
#[inline(never)] // size: one copy for all types
fn three_by_three_row<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    depthwise: &Depthwise<'_>,
    input: &[i8],
    output: &mut [i8],
) -> bool {
    let (windows, channels) = (&depthwise.windows, depthwise.channels);
    let (axes, rows) = ([&windows.window.y, &windows.window.x], windows.rows);
    if depthwise.multiplier != 1
        || axes.iter().any(|axis| axis.filter() != 3 || axis.dilation() != 1)
    {
        return false;
    }
    let [_, x] = axes;
    let ((_, stride, pad), width) = (x.steps(), x.input());
    let columns_fit = match (stride, pad) {
        (1, 1) => windows.len() == width,
        (2, 0) => windows.len() * 2 == width,
        _ => false,
    };
    let rows_fit = rows.taps == 3 || rows.taps == 2 && width * channels % 2 == 0;
    if !columns_fit || !rows_fit {
        return false;
    }
    let mut first = 0;
    while first < channels {
        let len = MOST_CHANNELS.min(channels - first);
        scratch.select(scaling, first..first + len, 9);
        let is_short = scratch.is_short();
        let (factors, _, memory) = scratch.parts(scaling, 0);
        let (Some(bias), true) = (scaling.bias_words(first), is_short) else { return false };
        let packed = scaling.prepared().and_then(|all| all.packed.get(first..first + len));
        if bantam_isa::PACKS && packed.is_none() && scaling.scales().is_none() {
            return false;
        }
        let row = DepthwiseRow {
            input: input.get(first..).unwrap_or(&[]),
            row: width * channels,
            pixel: channels,
            width,
            rows: [rows.first, rows.taps],
            stride: stride.into(),
            filter: filter.rest(first),
            bias,
            packed,
            factors,
            zero_point: scaling.quantization.input_zero_point,
        };
        let output = output.get_mut(first..).unwrap_or_default();
        match scaling.scales() {
            Some(scales) => (scales.depthwise_row)(&row, len, memory, output),
            None if packed.is_some() => bantam_isa::packed_row(&row, len, memory, output),
            None if !bantam_isa::PACKS => bantam_isa::depthwise_row(&row, len, memory, output),
            None => {}
        }
        first += len;
    }
    clamp(scaling, output, channels, 0..channels);
    true
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

/// Computes some channels of all pixels of a row, any layer.
#[inline(never)] // stack: apart from what other layers take
fn block<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    (depthwise, channels): (&Depthwise<'_>, Range<usize>),
    input: &[i8],
    output: &mut [T],
) {
    scratch.select(scaling, channels.clone(), depthwise.area);
    let (first, len, is_plain) = (channels.start, channels.len(), scratch.is_plain());
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
        finish(scaling, first, sums, is_plain.then_some(factors), outputs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
