//! The functions in Rust, for any core: what those in assembly are compared with.

use super::operands::{
    Channels, Dense, FOURS, Filters, Outputs, Pieces, Pixels, SIXTEENS, Window, word,
};
use crate::operands::Terms;
use crate::portable::rounded;

/// The output of a channel for its sum.
fn output(channels: &Channels<'_>, channel: usize, block: usize, sum: i32) -> i8 {
    let at = word(channel, block);
    let [bias, multiplier, shift] =
        [0, 1, 2].map(|kind| channels.constants.get(at + kind * block).copied().unwrap_or(0));
    let shift = shift.wrapping_neg() as u32 & 31;
    let scaled = rounded(sum.wrapping_add(bias), multiplier, shift);
    let [min, max] = channels.range.map(i32::from);
    (scaled + i32::from(channels.zero_point)).max(min).min(max) as i8
}

/// The sum of products.
fn dot(inputs: &[i8], weights: &[i8]) -> i32 {
    let products = inputs.iter().zip(weights).map(|(&x, &w)| i32::from(x) * i32::from(w));
    products.fold(0, i32::wrapping_add)
}

/// The `at`th of some pieces of `len` elements.
fn piece(slice: &[i8], at: usize, len: usize) -> &[i8] {
    slice.get(at..).and_then(|rest| rest.get(..len)).unwrap_or_default()
}

/// Computes all channels of pixels of a convolution. Windows of several rows are copied into
/// `buffer`, the last one of which stays there.
///
/// Fast are multiples of four channels; each of the others takes as much as four.
pub fn convolve(
    pixels: &Pixels<'_>,
    filters: &Filters<'_>,
    buffer: &mut [i8],
    outputs: Outputs<'_>,
) {
    if !pixels.are_for(filters, buffer.len(), &outputs) {
        return;
    }
    let Outputs { channels, stride, output: all } = outputs;
    let &Pixels { input, step, count, rows, row, run } = pixels;
    for pixel in 0..count {
        let window = piece(input, pixel * step, input.len().wrapping_sub(pixel * step));
        for at in (0..rows).filter(|_| rows > 1) {
            let to = buffer.get_mut(at * run..).unwrap_or_default();
            to.iter_mut().zip(piece(window, at * row, run)).for_each(|(to, &x)| *to = x);
        }
        let inputs = if rows > 1 { piece(buffer, 0, pixels.len()) } else { piece(window, 0, run) };
        for c in 0..filters.channels {
            let sum = dot(inputs, filters.weights.get(c * filters.depth..).unwrap_or_default());
            if let Some(slot) = all.get_mut(pixel * stride + c) {
                *slot = output(&channels, c, FOURS, sum);
            }
        }
    }
}

/// Fills a window with the zero point, and copies the pieces into it that lie in the image.
pub fn gather(window: &mut [i8], zero_point: i8, pieces: &Pieces<'_>) {
    if window.is_empty() || !pieces.fit(window.len()) {
        return;
    }
    window.fill(zero_point);
    let [rows, columns] = pieces.count;
    for at in 0..rows * columns {
        let (y, x) = (at / columns, at % columns);
        let [from, to] = [0, 1].map(|i| y * pieces.rows[i] + x * pieces.columns[i]);
        let to = window.get_mut(pieces.to + to..).unwrap_or_default();
        let piece = piece(pieces.input, from, pieces.len);
        to.iter_mut().zip(piece).for_each(|(to, &x)| *to = x);
    }
}

/// Subtracts from the sum of each filter the zero point times its weights: `len` of each.
pub fn fold(filters: &Filters<'_>, len: usize, zero_point: i8, sums: &mut [i32]) {
    if sums.len() != filters.channels || !filters.have(len) {
        return;
    }
    for (f, sum) in sums.iter_mut().enumerate() {
        let weights = piece(filters.weights, f * filters.depth, len);
        let weights = weights.iter().fold(0, |sum: i32, &w| sum.wrapping_add(w.into()));
        *sum = sum.wrapping_sub(weights.wrapping_mul(zero_point.into()));
    }
}

/// Adds to the sum of each filter its products with inputs, less `zero_point`.
pub fn multiply(inputs: &[i8], filters: &Filters<'_>, zero_point: i8, sums: &mut [i32]) {
    if sums.len() != filters.channels || !filters.have(inputs.len()) {
        return;
    }
    for (f, sum) in sums.iter_mut().enumerate() {
        *sum =
            sum.wrapping_add(dot(inputs, piece(filters.weights, f * filters.depth, inputs.len())));
    }
    fold(filters, inputs.len(), zero_point, sums);
}

/// Computes all channels of pixels of a depthwise convolution.
pub fn depthwise(window: &Window<'_>, outputs: Outputs<'_>) {
    if !window.is_for(&outputs) {
        return;
    }
    let Outputs { channels, stride, output: all } = outputs;
    let &Window { input, step, count, taps: [rows, columns], steps: [row, column], .. } = window;
    for pixel in 0..count {
        for c in 0..window.channels {
            let mut sum = 0_i32;
            for tap in 0..rows * columns {
                let (y, x) = (tap / columns, tap % columns);
                let x = piece(input, pixel * step + y * row + x * column + c, 1);
                sum = sum.wrapping_add(dot(x, piece(window.filter, tap * window.tap + c, 1)));
            }
            if let Some(slot) = all.get_mut(pixel * stride + c) {
                *slot = output(&channels, c, SIXTEENS, sum);
            }
        }
    }
}

/// Computes the units of a fully connected layer.
///
/// Fast are multiples of four units; each of the others takes as much as four.
pub fn dense(dense: &Dense<'_>, outputs: &mut [i8]) {
    if !dense.is_for(outputs.len()) {
        return;
    }
    let (depth, [multipliers, shifts]) = (dense.input.len(), dense.factors);
    let of = |factors: &[i32], unit: usize| {
        factors.get(if factors.len() == 1 { 0 } else { unit }).copied().unwrap_or(0)
    };
    for (unit, slot) in outputs.iter_mut().enumerate() {
        let filters =
            Filters { weights: piece(dense.weights, unit * depth, depth), depth, channels: 1 };
        let mut sum = [i32::from_le_bytes(dense.bias.get(unit).copied().unwrap_or_default())];
        multiply(dense.input, &filters, dense.input_zero_point, &mut sum);
        let [bias] = sum;
        let mut constants = [0; 12];
        for (kind, value) in [bias, of(multipliers, unit), of(shifts, unit)].into_iter().enumerate()
        {
            constants[kind * FOURS] = value;
        }
        let channels =
            Channels { constants: &constants, zero_point: dense.zero_point, range: dense.range };
        *slot = output(&channels, 0, FOURS, 0);
    }
}

/// Adds two tensors of one shape, with outputs in a range.
pub fn add(terms: &Terms, range: [i8; 2], a: &[i8], b: &[i8], output: &mut [i8]) {
    crate::portable::add(terms, a, b, output);
    if a.len() == output.len() && b.len() == output.len() {
        let [min, max] = range;
        output.iter_mut().for_each(|y| *y = (*y).max(min).min(max));
    }
}
