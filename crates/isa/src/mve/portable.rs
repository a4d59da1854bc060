//! The functions in Rust, for any core: what those in assembly are compared with.

mod recurrent;
mod sums;

pub use crate::portable::sums;
pub use recurrent::{cells, gate, respond, shift};

use self::sums::{dot, piece};
use super::operands::{
    Channels, Dense, FOURS, Filters, Outputs, SIXTEENS, Taps, Windows, can_arrange, word,
};
use crate::portable::rounded;
use crate::terms::{Product, Terms};

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

/// The input under an element of a tap of a window: the zero point outside of the image.
fn under(windows: &Windows<'_>, at: usize, tap: usize, element: usize) -> i32 {
    let (y, x) = (tap / windows.columns, tap % windows.columns);
    let [above, rows, _] = windows.rows;
    let column = (at * windows.stride + x * windows.dilation).checked_sub(windows.pad);
    let place = (y.checked_sub(above).filter(|y| *y < rows))
        .zip(column.filter(|x| *x < windows.width))
        .map(|(y, x)| y * windows.row + x * windows.column + element);
    place.and_then(|at| windows.input.get(at)).copied().unwrap_or(windows.zero_point).into()
}

/// Computes all channels of the windows of a row. `buffer` is memory for windows, whose contents
/// are unspecified afterwards: see [`window_len`](super::window_len).
///
/// Fast are multiples of four channels; each of the others takes as much as four.
pub fn convolve(
    windows: &Windows<'_>,
    filters: &Filters<'_>,
    buffer: &mut [i8],
    outputs: Outputs<'_>,
) {
    if !filters.are_for(windows, buffer.len(), &outputs) {
        return;
    }
    let Outputs { channels, stride, output: all } = outputs;
    for at in 0..windows.count {
        for c in 0..filters.channels {
            let weights = piece(filters.weights, c * filters.depth, filters.depth);
            let products = weights
                .iter()
                .enumerate()
                .map(|(i, &w)| under(windows, at, i / windows.tap, i % windows.tap) * i32::from(w));
            if let Some(slot) = all.get_mut(at * stride + c) {
                *slot = output(&channels, c, FOURS, products.fold(0, i32::wrapping_add));
            }
        }
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

/// Subtracts from the sum of each channel of a depthwise convolution the zero point times the
/// weights of all taps. Whether none of them is -128.
pub fn fold_taps(taps: &Taps<'_>, count: usize, zero_point: i8, sums: &mut [i32]) -> bool {
    if sums.len() != taps.channels || !taps.have(count) {
        return false;
    }
    let mut is_symmetric = true;
    for tap in 0..count {
        let weights = piece(taps.filter, tap * taps.step, taps.channels);
        for (sum, &w) in sums.iter_mut().zip(weights) {
            *sum = sum.wrapping_sub(i32::from(w) * i32::from(zero_point));
            is_symmetric &= w != i8::MIN;
        }
    }
    is_symmetric
}

/// Puts biases, multipliers and shifts where [`word`] says. Shifts are bits to the right, less one;
/// the highest bit is ignored.
pub fn arrange(
    biases: &[i32],
    multipliers: &[i32],
    shifts: &[u8],
    block: usize,
    constants: &mut [i32],
) {
    if !can_arrange(biases, multipliers, shifts, block, constants) {
        return;
    }
    for (c, ((bias, multiplier), shift)) in biases.iter().zip(multipliers).zip(shifts).enumerate() {
        let shift = !i32::from(shift & 0x7f);
        for (kind, value) in [*bias, *multiplier, shift].into_iter().enumerate() {
            if let Some(slot) = constants.get_mut(word(c, block) + kind * block) {
                *slot = value;
            }
        }
    }
}

/// Computes all channels of the windows of a row of a depthwise convolution.
pub fn depthwise(windows: &Windows<'_>, taps: &Taps<'_>, outputs: Outputs<'_>) {
    if !taps.are_for(windows, &outputs) {
        return;
    }
    let Outputs { channels, stride, output: all } = outputs;
    for at in 0..windows.count {
        for c in 0..taps.channels {
            let products = (0..windows.taps()).map(|tap| {
                let w = taps.filter.get(tap * taps.step + c).copied().unwrap_or(0);
                under(windows, at, tap, c) * i32::from(w)
            });
            if let Some(slot) = all.get_mut(at * stride + c) {
                *slot = output(&channels, c, SIXTEENS, products.fold(0, i32::wrapping_add));
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
    if a.len() == output.len() && b.len() == output.len() {
        crate::portable::add(terms, a, b, output);
        clamp(range, output);
    }
}

/// Subtracts `b` from `a`, of one shape, with outputs in a range.
pub fn subtract(terms: &Terms, range: [i8; 2], a: &[i8], b: &[i8], output: &mut [i8]) {
    if a.len() == output.len() && b.len() == output.len() {
        crate::portable::subtract(terms, a, b, output);
        clamp(range, output);
    }
}

/// Multiplies two tensors of one shape, or the first with one element, with outputs in a range.
pub fn product(product: &Product, range: [i8; 2], a: &[i8], b: &[i8], output: &mut [i8]) {
    if Product::fit([a.len(), b.len()], output.len()) {
        crate::portable::product(product, a, b, output);
        clamp(range, output);
    }
}

fn clamp([min, max]: [i8; 2], output: &mut [i8]) {
    output.iter_mut().for_each(|y| *y = (*y).max(min).min(max));
}

/// The largest elements of channels that lie side by side, over rows and columns of inputs: `count`
/// of them, `steps` apart. Whether it has been done: there is a channel, and an input.
pub fn maxima(input: &[i8], count: [usize; 2], steps: [usize; 2], output: &mut [i8]) -> bool {
    crate::portable::largest(input, count, steps, output)
}
