//! A row of a depthwise convolution.

use bantam_isa::{DepthwiseRow, Grid};

use crate::backend::dsp::convolution;
use crate::backend::dsp::scratch::{MOST_CHANNELS, Scratch, begin, clamp, finish};
use crate::backend::layer::Scaling;
use crate::backend::primitives::{Convolution, Depthwise};
use crate::number::element::Quantized;
use crate::number::weights::Weights;
use crate::walk::taps::{Pixels, Taps, for_each_pixel, from_pixel};

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
    if let Some(shape) = three_by_three(depthwise)
        && let Some(output) = T::bytes_mut(output)
        && three_by_three_row(scratch, scaling, filter, &shape, input, output)
    {
        return;
    }
    if depthwise.multiplier == depthwise.channels
        && as_convolution(scratch, scaling, filter, depthwise, input, output)
    {
        return;
    }
    let sizes = [depthwise.channels, depthwise.channels, MOST_CHANNELS];
    let row = &mut Row { scratch, scaling, filter, depthwise, input, output };
    for_each_pixel(&depthwise.windows, sizes, row);
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
    let row = Convolution { windows: windows.with_channels(1), depth, channel: 0, channels };
    scratch.len() == channels
        && scratch.turn(filter, channels)
        && convolution::row(scratch, scaling, None, &row, input, output)
}

/// The shape of a row that [`bantam_isa::depthwise_row`] may compute.
struct Shape {
    channels: usize,
    width: usize,
    stride: usize,
    /// Rows of the window: the first in the image, and how many.
    rows: [usize; 2],
}

/// That shape, if all is as [`DepthwiseRow`] wants it.
fn three_by_three(depthwise: &Depthwise<'_>) -> Option<Shape> {
    let (windows, channels) = (&depthwise.windows, depthwise.channels);
    let (axes, rows) = ([&windows.window.y, &windows.window.x], windows.rows);
    if axes.iter().any(|axis| axis.filter() != 3 || axis.dilation() != 1) {
        return None;
    }
    let [_, x] = axes;
    let ((_, stride, pad), width) = (x.steps(), x.input());
    let columns_fit = match (stride, pad) {
        (1, 1) => windows.len() == width,
        (2, 0) => windows.len() * 2 == width,
        _ => false,
    };
    let row_fits = rows.taps == 3 || rows.taps == 2 && width * channels % 2 == 0;
    (depthwise.multiplier == 1 && columns_fit && row_fits).then_some(Shape {
        channels,
        width,
        stride: stride.into(),
        rows: [rows.first, rows.taps],
    })
}

/// Computes a row of that shape; false, and some channels are left, where factors or bias do not
/// suit.
#[inline(never)] // size: one copy for all types
fn three_by_three_row<T: Quantized>(
    scratch: &mut Scratch,
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    shape: &Shape,
    input: &[i8],
    output: &mut [i8],
) -> bool {
    let &Shape { channels, width, stride, rows } = shape;
    let mut first = 0;
    while first < channels {
        let len = MOST_CHANNELS.min(channels - first);
        scratch.select(scaling, first..first + len, 9);
        let is_short = scratch.is_short();
        let (factors, _, memory) = scratch.parts(scaling, 0);
        let (Some(bias), true) = (scaling.bias_words(first), is_short) else { return false };
        let packed = scaling.prepared().and_then(|all| all.packed.get(first..first + len));
        let compute = match (packed, scaling.scales()) {
            (Some(_), _) => bantam_isa::packed_row,
            (None, Some(scales)) => scales.loops.depthwise_row,
            (None, None) if bantam_isa::PACKS => return false,
            (None, None) => bantam_isa::depthwise_row,
        };
        let row = DepthwiseRow {
            input: input.get(first..).unwrap_or(&[]),
            row: width * channels,
            pixel: channels,
            width,
            rows,
            stride,
            filter: filter.rest(first),
            bias,
            packed,
            factors,
            zero_point: scaling.quantization.input_zero_point,
        };
        let output = output.get_mut(first..).unwrap_or_default();
        compute(&row, len, memory, output);
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
    bantam_isa::depthwise(&grid, input, &[1; 4], (0, false), &mut sums);
    Some(sums)
}

struct Row<'a, 'l, T: Quantized> {
    scratch: &'a mut Scratch,
    scaling: &'a Scaling<'l, T>,
    filter: &'a [i8],
    depthwise: &'a Depthwise<'a>,
    input: &'a [i8],
    output: &'a mut [T],
}

impl<T: Quantized> Pixels for Row<'_, '_, T> {
    fn select(&mut self, first: usize, len: usize, _: usize) {
        self.scratch.select(self.scaling, first..first + len, self.depthwise.area);
    }

    fn compute(&mut self, at: usize, taps: &mut Taps) {
        let Self { scratch, scaling, filter, depthwise, input, output } = self;
        let (first, len, is_plain) = (scratch.first(), scratch.len(), scratch.is_plain());
        let (factors, sums, _) = scratch.parts(scaling, len);
        // Loops in Thumb-1 have sums only. The block wants a tap: a window may have none in the
        // image.
        if !bantam_isa::THUMB1
            && !taps.count.contains(&0)
            && depthwise.multiplier == 1
            && len.is_multiple_of(4)
            && factors.is_short
            && let (Some(bias), Some(output)) = (scaling.bias_words(first), T::bytes_mut(output))
        {
            let output = from_pixel(output, at, depthwise.channels).get_mut(first..);
            let output = output.and_then(|output| output.get_mut(..len)).unwrap_or_default();
            let Taps { first: [from, tap], rows, columns, count, .. } = *taps;
            let grid = Grid { rows: count[0], columns: count[1], row: rows, column: columns };
            let input = input.get(from.wrapping_add(first)..).unwrap_or_default();
            let slices = [input, filter.rest(tap.wrapping_add(first))];
            let zero_point = scaling.quantization.input_zero_point;
            bantam_isa::depthwise_window(&grid, slices, zero_point, bias, &factors, output);
            return clamp(scaling, output, len, 0..len);
        }
        begin(scaling, first, sums);
        add_products(scaling, filter, depthwise.multiplier, taps, input, first, sums);
        let outputs = from_pixel(output, at, depthwise.channels).get_mut(first..);
        let outputs = outputs.unwrap_or_default().get_mut(..len).unwrap_or_default();
        finish(scaling, first, sums, is_plain.then_some(&factors), outputs);
    }
}

/// Adds to the sums of the output channels from `first` on the products of a window.
fn add_products<T: Quantized>(
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    multiplier: usize,
    taps: &Taps,
    input: &[i8],
    mut first: usize,
    mut sums: &mut [i32],
) {
    let (zero_point, multiplier) = (scaling.quantization.input_zero_point, multiplier.max(1));
    let Taps { first: [from, tap], rows: row, columns: column, count: [rows, columns], .. } = *taps;
    let grid = Grid { rows, columns, row, column };
    let is_shared = multiplier > 1;
    while !sums.is_empty() {
        // Channels with an input channel each, or all with the same.
        let most = if is_shared { multiplier - first % multiplier } else { sums.len() };
        let (these, others) = sums.split_at_mut(most.min(sums.len()));
        let (fours, rest) = these.split_at_mut_checked(these.len() & !3).unwrap_or_default();
        let inputs = input.get(from.wrapping_add(first / multiplier)..).unwrap_or(&[]);
        let weights = filter.rest(tap.wrapping_add(first));
        bantam_isa::depthwise(&grid, inputs, weights, (zero_point, is_shared), fours);
        first += fours.len();
        for sum in rest {
            taps.for_each([first / multiplier, first], |from, tap| {
                if let (Some(&x), Some(&w)) = (input.get(from), filter.get(tap)) {
                    *sum = sum.wrapping_add((i32::from(x) - i32::from(zero_point)) * i32::from(w));
                }
            });
            first += 1;
        }
        sums = others;
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
