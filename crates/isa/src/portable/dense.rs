//! Fully connected layers.

use crate::operands::{Dense, Factors, PAIRED};
use crate::portable::scale::scaled;

/// Adds to the sum of each filter its products with the inputs, which are less their zero point.
pub fn dense_sums(dense: &Dense<'_>, sums: &mut [i32]) {
    if !dense.has(sums.len()) {
        return;
    }
    for (filter, sum) in sums.iter_mut().enumerate() {
        *sum = plus_products(dense, *sum, |at| filter * dense.input.len() + at);
    }
}

/// `sum` and the products of the inputs with the weights at these places.
fn plus_products(dense: &Dense<'_>, sum: i32, place: impl Fn(usize) -> usize) -> i32 {
    dense.input.iter().enumerate().fold(sum, |sum, (at, &x)| {
        let w = dense.weights.get(place(at)).copied().unwrap_or(0);
        sum.wrapping_add((i32::from(x) - i32::from(dense.zero_point)) * i32::from(w))
    })
}

/// Multiplies the inputs, which are less their zero point, with a filter for each output. Sums
/// begin with `bias`, four little-endian bytes for each. A single factor is that of all outputs.
///
/// No factor is one of the long way, or all shifts are those of [`is_for_any_sum`].
///
/// [`is_for_any_sum`]: crate::is_for_any_sum
pub fn dense(dense: &Dense<'_>, bias: &[[u8; 4]], factors: &Factors<'_>, output: &mut [i8]) {
    let filters = output.len();
    if !dense.has(filters) || bias.len() < filters || !factors.are_for_all(filters) {
        return;
    }
    for (filter, (output, bias)) in output.iter_mut().zip(bias).enumerate() {
        let place = |at: usize| filter * dense.input.len() + at;
        let sum = plus_products(dense, i32::from_le_bytes(*bias), place);
        *output = scaled(factors, if factors.is_one() { 0 } else { filter }, sum);
    }
}

/// As [`dense`](fn@dense), of inputs whose zero point is 0, with weights in pairs.
///
/// [`PAIRED`] filters lie together, whose number is a multiple of it. For every four inputs `k` to
/// `k + 3` of them there are 32 bytes: a word for each of four pairs of filters `a` and `b`, with
/// the weights of inputs `k` and `k + 2`, and four more for `k + 1` and `k + 3`. The weights of an
/// input are a halfword, `a + 256 b`, with the lower byte first. So the lower byte is `a`, and the
/// upper one `b`, less 1 where `a` is negative.
///
/// Nothing is written unless the inputs are a multiple of four, and unless the weights begin at a
/// multiple of four. The sum of the products of each `b` is below 2^23 in absolute value.
pub fn dense_pairs(dense: &Dense<'_>, bias: &[[u8; 4]], factors: &Factors<'_>, output: &mut [i8]) {
    let filters = output.len();
    if !dense.has_pairs(filters) || bias.len() < filters || !factors.are_for_all(filters) {
        return;
    }
    for (filter, (output, bias)) in output.iter_mut().zip(bias).enumerate() {
        let (eight, of_eight) = (filter / PAIRED, filter % PAIRED);
        let first = |at: usize| {
            let word = of_eight / 2 + at % 2 * (PAIRED / 2);
            (eight * dense.input.len() + at / 4 * 4) * PAIRED + 4 * word + at % 4 / 2 * 2
        };
        let sum = dense.input.iter().enumerate().fold(i32::from_le_bytes(*bias), |sum, (at, x)| {
            let place = first(at);
            let byte = |at: usize| i32::from(dense.weights.get(at).copied().unwrap_or(0));
            let a = byte(place);
            let w = if filter % 2 == 0 { a } else { byte(place + 1) + i32::from(a < 0) };
            sum.wrapping_add(i32::from(*x) * w)
        });
        *output = scaled(factors, if factors.is_one() { 0 } else { filter }, sum);
    }
}
