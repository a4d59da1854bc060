//! The functions in Rust, for any core: what those in assembly are compared with.

mod common;
mod elementwise;
mod wide;

use crate::operands::{
    DepthwiseRow, Factors, Filters, GROUP, Grid, Groups, Outputs, PIXELS, PIXELS_AND_ONE, Packed,
    Part, Rows, Windows, patch_len,
};

pub(crate) use common::rounded;
use common::{put, slot};
pub use elementwise::{add, maxima, product, subtract};
pub use wide::{
    depthwise_wide, gather_wide, gather_windows_wide, requantize_wide, requantize_wide_four,
};

/// Widens what lies under the window of one pixel: `input`, less `zero_point`, becomes the inputs
/// of `pixel` from the `at`th on, in a patch of `pixels` pixels.
pub fn gather(
    patch: &mut [i32],
    [pixels, pixel]: [usize; 2],
    at: usize,
    input: &[i8],
    zero_point: i16,
) {
    if pixel >= pixels || patch_len(pixels, at.saturating_add(input.len())) > patch.len() {
        return;
    }
    for (at, x) in (at..).zip(input) {
        let (word, is_upper) = slot([pixels, pixel], at);
        let Some(word) = patch.get_mut(word) else { return };
        put(word, is_upper, i16::from(*x).wrapping_sub(zero_point));
    }
}

/// Makes inputs of `pixel` in a patch of `pixels` pixels 0, the first `len`.
pub fn clear(patch: &mut [i32], [pixels, pixel]: [usize; 2], len: usize) {
    if pixel >= pixels || patch_len(pixels, len) > patch.len() {
        return;
    }
    let words = patch.get_mut(pixel..patch_len(pixels, len)).unwrap_or_default();
    words.iter_mut().step_by(pixels).for_each(|word| *word = 0);
}

/// Widens rows under the window of one pixel: inputs, less `zero_point`, become those of `pixel`
/// from the `at`th on, in a patch of `pixels` pixels.
pub fn gather_rows(
    patch: &mut [i32],
    [pixels, pixel]: [usize; 2],
    at: usize,
    rows: &Rows<'_>,
    zero_point: i16,
) {
    if !rows.fit([pixels, pixel], at, patch.len()) {
        return;
    }
    let [row, step] = rows.steps;
    for index in 0..rows.count {
        let input = rows.input.get(index * row..).and_then(|rest| rest.get(..rows.len));
        let input = input.unwrap_or_default();
        gather(patch, [pixels, pixel], at + index * step, input, zero_point);
    }
}

/// Widens what lies under the windows of four pixels: inputs `from..from + len` of each, counted
/// through its rows, less `zero_point`, become the first of the patch.
pub fn gather_windows(
    patch: &mut [i32],
    windows: &Windows<'_>,
    [from, len]: [usize; 2],
    zero_point: i16,
) {
    if !windows.have([from, len]) || patch_len(PIXELS, len) > patch.len() {
        return;
    }
    let [first, column] = windows.place(from);
    let [inputs, _] = GROUP;
    let words = patch_len(PIXELS, len - len % inputs)..patch_len(PIXELS, len);
    patch.get_mut(words).unwrap_or_default().fill(0);
    for (pixel, begin) in windows.pixels.into_iter().enumerate() {
        let (mut row, mut column) = (first, column);
        for at in 0..len {
            let place = begin + row * windows.row + column;
            let input = windows.input.get(place..).and_then(|rest| rest.get(..1));
            gather(patch, [PIXELS, pixel], at, input.unwrap_or_default(), zero_point);
            column += 1;
            if column == windows.run {
                (row, column) = (row + 1, 0);
            }
        }
    }
}

/// `sum` and the products of one pixel's inputs with a filter.
fn plus_filter(sum: i32, patch: &[i32], pixel: [usize; 2], filter: &[i8]) -> i32 {
    filter.iter().enumerate().fold(sum, |sum, (at, &w)| {
        let (word, is_upper) = slot(pixel, at);
        let word = patch.get(word).copied().unwrap_or(0);
        let x = match (GROUP, is_upper) {
            ([1, _], _) => word,
            (_, false) => i32::from(word as i16),
            (_, true) => word >> 16,
        };
        sum.wrapping_add(x * i32::from(w))
    })
}

/// Adds to the sum of each filter its products with the inputs of one pixel.
pub fn multiply(part: &Part<'_>, sums: &mut [i32]) {
    if !part.is_for(1, sums.len()) {
        return;
    }
    for (f, sum) in sums.iter_mut().enumerate() {
        let filter = part.weights.get(f * part.depth..).and_then(|rest| rest.get(..part.len));
        *sum = plus_filter(*sum, part.patch, [1, 0], filter.unwrap_or(&[]));
    }
}

/// Multiplies the inputs of one pixel with a filter for each output. Sums begin with `bias`, four
/// little-endian bytes for each. A single factor is that of all outputs.
///
/// No factor is one of the long way, or all shifts are those of [`is_for_any_sum`].
///
/// [`is_for_any_sum`]: crate::is_for_any_sum
pub fn dense(part: &Part<'_>, bias: &[[u8; 4]], factors: &Factors<'_>, output: &mut [i8]) {
    let filters = output.len();
    if !part.is_for(1, filters) || bias.len() < filters || !factors.are_for_all(filters) {
        return;
    }
    for (f, (output, bias)) in output.iter_mut().zip(bias).enumerate() {
        let filter = part.weights.get(f * part.depth..).and_then(|rest| rest.get(..part.len));
        let sum = plus_filter(i32::from_le_bytes(*bias), part.patch, [1, 0], filter.unwrap_or(&[]));
        *output = scaled(factors, if factors.is_one() { 0 } else { f }, sum);
    }
}

/// Multiplies the inputs of four pixels with the filters of `channels` channels.
///
/// Sums begin with `bias`, four little-endian bytes for each channel, or where there is none with
/// `sums`, four for each channel. With `outputs`, outputs are written; without, sums are.
pub fn multiply_four(
    part: &Part<'_>,
    channels: usize,
    bias: Option<&[[u8; 4]]>,
    sums: &mut [[i32; PIXELS]],
    outputs: Option<Outputs<'_>>,
) {
    let uses_sums = bias.is_none() || outputs.is_none();
    if !part.is_for(PIXELS, channels)
        || uses_sums && sums.len() < channels
        || bias.is_some_and(|bias| bias.len() < channels)
        || outputs.as_ref().is_some_and(|outputs| !outputs.are_for(PIXELS, channels))
    {
        return;
    }
    let mut outputs = outputs;
    for c in 0..channels {
        let filter = part.weights.get(c * part.depth..).and_then(|rest| rest.get(..part.len));
        let first = match bias {
            Some(bias) => [i32::from_le_bytes(bias.get(c).copied().unwrap_or_default()); PIXELS],
            None => sums.get(c).copied().unwrap_or_default(),
        };
        let mut all = [0; PIXELS];
        for (p, (sum, first)) in all.iter_mut().zip(first).enumerate() {
            *sum = plus_filter(first, part.patch, [PIXELS, p], filter.unwrap_or(&[]));
        }
        match &mut outputs {
            Some(Outputs { factors, stride, output }) => {
                for (p, sum) in all.into_iter().enumerate() {
                    if let Some(output) = output.get_mut(p * *stride + c) {
                        *output = scaled(factors, c, sum);
                    }
                }
            }
            None => {
                if let Some(slot) = sums.get_mut(c) {
                    *slot = all;
                }
            }
        }
    }
}

/// Multiplies the inputs of five pixels with the filters of `channels` channels, none of whose
/// factors is one of the long way.
pub fn multiply_five(
    part: &Part<'_>,
    channels: usize,
    bias: &[[u8; 4]],
    Outputs { factors, stride, output }: Outputs<'_>,
) {
    let outputs = Outputs { factors, stride, output };
    if !part.is_for(PIXELS_AND_ONE, channels)
        || bias.len() < channels
        || !outputs.are_for(PIXELS_AND_ONE, channels)
    {
        return;
    }
    for (c, bias) in bias.iter().enumerate().take(channels) {
        let filter = part.weights.get(c * part.depth..).and_then(|rest| rest.get(..part.len));
        for pixel in 0..PIXELS_AND_ONE {
            let place = [PIXELS_AND_ONE, pixel];
            let first = i32::from_le_bytes(*bias);
            let sum = plus_filter(first, part.patch, place, filter.unwrap_or(&[]));
            if let Some(output) = outputs.output.get_mut(pixel * stride + c) {
                *output = scaled(&factors, c, sum);
            }
        }
    }
}

/// Computes all channels of pixels of a convolution, four at a time. A filter that is too deep for
/// the patch is multiplied in parts, with four sums for each channel between them.
pub fn convolve(
    groups: &Groups<'_>,
    filters: &Filters<'_>,
    patch: &mut [i32],
    sums: &mut [[i32; PIXELS]],
    outputs: Outputs<'_>,
) {
    if groups.part_len(filters, [patch.len(), sums.len()], &outputs).is_none() {
        return;
    }
    let Outputs { factors, stride, output } = outputs;
    let &Groups { input, first, step, count, row, run, zero_point } = groups;
    for pixel in 0..count {
        let begin = first + pixel * step;
        for (c, bias) in filters.bias.iter().enumerate().take(filters.channels) {
            let mut sum = i32::from_le_bytes(*bias);
            for at in 0..filters.len {
                let input = input.get(begin + at / run * row + at % run);
                let weight = filters.weights.get(c * filters.depth + at);
                if let (Some(&x), Some(&w)) = (input, weight) {
                    let x = i32::from(x) - i32::from(zero_point);
                    sum = sum.wrapping_add(x * i32::from(w));
                }
            }
            if let Some(output) = output.get_mut(pixel * stride + c) {
                *output = scaled(&factors, c, sum);
            }
        }
    }
}

/// The output of a channel for its sum.
fn scaled(factors: &Factors<'_>, channel: usize, sum: i32) -> i8 {
    let multiplier = factors.multipliers.get(channel).copied().unwrap_or(0);
    let shift = u32::from(factors.shifts.get(channel).copied().unwrap_or(0) & 31) + 1;
    (rounded(sum, multiplier, shift) + i32::from(factors.zero_point)).clamp(-128, 127) as i8
}

/// Makes outputs of sums, one for each channel.
pub fn requantize(sums: &[i32], factors: &Factors<'_>, outputs: &mut [i8]) {
    if sums.len() != outputs.len() || !factors.are_for(sums.len()) {
        return;
    }
    for (c, (output, sum)) in outputs.iter_mut().zip(sums).enumerate() {
        *output = scaled(factors, c, *sum);
    }
}

/// Adds to the sum of each channel the products of a window of a depthwise convolution: of the
/// inputs, less `zero_point`, with the weights under the same tap. The number of sums is a multiple
/// of 4.
///
/// Where `is_shared`, all channels have the first channel of the input.
pub fn depthwise(
    grid: &Grid,
    input: &[i8],
    filter: &[i8],
    (zero_point, is_shared): (i16, bool),
    sums: &mut [i32],
) {
    let inputs = if is_shared { 1 } else { sums.len() };
    if !sums.len().is_multiple_of(4)
        || !grid.is_within([input.len(), filter.len()], [inputs, sums.len()])
    {
        return;
    }
    for row in 0..grid.rows {
        for column in 0..grid.columns {
            let at = |i: usize| row * grid.row[i] + column * grid.column[i];
            for (c, sum) in sums.iter_mut().enumerate() {
                let input = input.get(at(0) + if is_shared { 0 } else { c });
                if let (Some(&x), Some(&w)) = (input, filter.get(at(1) + c)) {
                    let x = i32::from(x) - i32::from(zero_point);
                    *sum = sum.wrapping_add(x * i32::from(w));
                }
            }
        }
    }
}

/// Computes the outputs of a window of a depthwise convolution whose channels have a filter each,
/// none of whose factors is one of the long way. Their number is a multiple of 4. Sums begin with
/// `bias`, four little-endian bytes for each.
pub fn depthwise_window(
    grid: &Grid,
    [input, filter]: [&[i8]; 2],
    zero_point: i16,
    bias: &[[u8; 4]],
    factors: &Factors<'_>,
    output: &mut [i8],
) {
    let channels = output.len();
    if !channels.is_multiple_of(4)
        || channels > bias.len()
        || !factors.are_for(channels)
        || !grid.is_within([input.len(), filter.len()], [channels; 2])
    {
        return;
    }
    for (c, (output, bias)) in output.iter_mut().zip(bias).enumerate() {
        let mut sum = i32::from_le_bytes(*bias);
        for tap in 0..grid.rows * grid.columns {
            let [row, column] = [tap / grid.columns, tap % grid.columns];
            let at = |i: usize| row * grid.row[i] + column * grid.column[i] + c;
            if let (Some(&x), Some(&w)) = (input.get(at(0)), filter.get(at(1))) {
                sum = sum.wrapping_add((i32::from(x) - i32::from(zero_point)) * i32::from(w));
            }
        }
        *output = scaled(factors, c, sum);
    }
}

/// Makes what the loops of the DSP extension want of filters of 3 × 3 weights, whose taps are
/// `pixel` apart, and of as many biases and shifts.
pub fn pack(
    (filter, pixel): (&[i8], usize),
    bias: &[[u8; 4]],
    shifts: &[u8],
    zero_point: i16,
    packed: &mut [Packed],
) {
    let weight = |tap: usize, c| filter.get(tap * pixel + c).map_or(0, |w| 2 * i32::from(*w));
    for (c, ((packed, bias), shift)) in packed.iter_mut().zip(bias).zip(shifts).enumerate() {
        let pair = |low: i32, high: i32| low as u32 & 0xFFFF | (high as u32) << 16;
        let [a, b, d] = [0, 1, 2].map(|tap| pair(weight(tap, c), weight(3 + tap, c)));
        let sum = (0..9).fold(0, |sum, tap| sum + weight(tap, c));
        let bias = i32::from_le_bytes(*bias).wrapping_mul(2);
        let bias = bias.wrapping_sub(sum * i32::from(zero_point)) as u32;
        let (rest, last) = (pair(weight(6, c), weight(7, c)), weight(8, c));
        *packed = [a, b, d, rest, pair((*shift).into(), last), bias];
    }
}

/// Computes the outputs of some channels in one row of a depthwise convolution. `memory` is for
/// what [`pack`] makes, if that is not there.
pub fn depthwise_row(
    row: &DepthwiseRow<'_>,
    channels: usize,
    memory: &mut [i32],
    output: &mut [i8],
) {
    if !row.is_for(channels, output.len()) || !row.has_memory(memory.len()) {
        return;
    }
    let [above, rows] = row.rows;
    // With stride 2 no column is missing on the left.
    let left = 2 - row.stride;
    for at in 0..row.width / row.stride {
        for c in 0..channels {
            let bias = row.bias.get(c).copied().unwrap_or_default();
            let mut sum = i32::from_le_bytes(bias);
            for y in 0..rows {
                for x in 0..3 {
                    let column = (at * row.stride + x).wrapping_sub(left);
                    if column >= row.width {
                        continue;
                    }
                    let input = row.input.get(y * row.row + column * row.pixel + c);
                    let weight = row.filter.get((3 * (y + above) + x) * row.pixel + c);
                    if let (Some(&x), Some(&w)) = (input, weight) {
                        let x = i32::from(x) - i32::from(row.zero_point);
                        sum = sum.wrapping_add(x * i32::from(w));
                    }
                }
            }
            if let Some(output) = output.get_mut(at * row.pixel + c) {
                *output = scaled(&row.factors, c, sum);
            }
        }
    }
}
