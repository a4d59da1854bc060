//! Functions for recurrent layers.

use super::super::recurrent::{Activation, Cells, Factor, Gate, Responses, Source, Table};
use super::sums::{dot, piece};
use crate::portable::rounded;

/// The steps of the table have so many fractional bits.
const FRACTION: u32 = 9;

/// What is further away from 0 counts as these steps: the sigmoid changes no more.
const MOST: u32 = (255 << FRACTION) - 1;

/// A sum, scaled.
fn scaled(sum: i32, factor: Factor) -> i32 {
    let [left, right] = factor.shifts();
    rounded(sum.wrapping_shl(left), factor.multiplier, right)
}

/// As [`scaled`], saturated to 16 bits.
fn narrow(sum: i32, factor: Factor) -> i16 {
    scaled(sum, factor).clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

/// The sigmoid less a half, with 25 fractional bits, less one of these below 0.
fn sigmoid(table: &Table, x: i32) -> i32 {
    let magnitude = x.unsigned_abs().min(MOST);
    let at = (magnitude >> FRACTION) as usize;
    let [low, high] = [at, at + 1].map(|at| i32::from(table.get(at).copied().unwrap_or(0)));
    let fraction = (magnitude & ((1 << FRACTION) - 1)) as i32;
    let above = (low << FRACTION) + fraction * (high - low) - (1 << 24);
    if x < 0 { !above } else { above }
}

/// `x / 2^bits`, rounded half up.
fn half_up(x: i32, bits: u32) -> i16 {
    ((x + (1 << (bits - 1))) >> bits) as i16
}

/// `tanh(x) = 2 · sigmoid(2 · x) - 1`.
fn tanh(table: &Table, x: i32) -> i16 {
    half_up(sigmoid(table, x.saturating_mul(2)), 9)
}

/// Bytes less a zero point, multiplied with weights.
fn products(inputs: &[i8], zero_point: i8, weights: &[i8]) -> i32 {
    let sum: i32 = weights.iter().map(|&w| i32::from(w)).fold(0, i32::wrapping_add);
    dot(inputs, weights).wrapping_sub(sum.wrapping_mul(zero_point.into()))
}

/// Computes a gate of some units.
///
/// Fast are multiples of four units; each of the others takes as much as four.
pub fn gate(gate: &Gate<'_>, outputs: &mut [i16]) {
    if !gate.is_for(outputs.len()) {
        return;
    }
    for (unit, slot) in outputs.iter_mut().enumerate() {
        let sum = |source: &Source<'_>, bias: i32| {
            let len = source.inputs.len();
            let weights = piece(source.weights, unit * len, len);
            let products = products(source.inputs, source.zero_point, weights);
            narrow(products.wrapping_add(bias), source.factor)
        };
        let bias = i32::from_le_bytes(gate.bias.get(unit).copied().unwrap_or_default());
        let x = sum(&gate.input, bias).saturating_add(sum(&gate.hidden, 0));
        let steps = 3 * i32::from(x);
        *slot = match gate.activation {
            Activation::Logistic => half_up(sigmoid(gate.table, steps), 10) + (1 << 14),
            Activation::Tanh => tanh(gate.table, steps),
        };
    }
}

/// Computes the next cells and hidden values: as many as there are of both, at most
/// [`UNITS`](super::super::UNITS).
pub fn cells(cells: &Cells<'_>, cell: &mut [i16], hidden: &mut [i8]) {
    let [forget, input, output] = cells.factors;
    let [multiplier, bits] = cells.steps.map(i32::from);
    let [least, most] = cells.range;
    let product = |a: i16, b: i16| i32::from(a) * i32::from(b);
    for (unit, (cell, hidden)) in cell.iter_mut().zip(hidden).enumerate() {
        let gates = cells.gates.each_ref().map(|gate| gate.get(unit).copied());
        let [Some(i), Some(f), Some(g), Some(o)] = gates else { return };
        let sum = narrow(product(f, *cell), forget).saturating_add(narrow(product(i, g), input));
        *cell = sum.min(most).max(least);
        let steps = rounded_half_up(i32::from(*cell) * multiplier, bits as u32 & 31);
        let value = scaled(product(o, tanh(cells.table, steps)), output);
        *hidden = value.wrapping_add(cells.zero_point.into()).clamp(-128, 127) as i8;
    }
}

/// `x / 2^bits`, rounded half up, for any bits.
fn rounded_half_up(x: i32, bits: u32) -> i32 {
    ((i64::from(x) + (1 << bits >> 1)) >> bits) as i32
}

/// Computes outputs of an SVDF layer.
///
/// Fast are multiples of four units; each of the others takes as much as four.
pub fn respond(responses: &Responses<'_>, outputs: &mut [i8]) {
    if !responses.are_for(outputs.len()) {
        return;
    }
    let &Responses { state, weights, depth, state_zero_point, .. } = responses;
    for (unit, slot) in outputs.iter_mut().enumerate() {
        let (first, bias) = (unit * depth, responses.bias.get(unit).copied().unwrap_or_default());
        let of = |slice| piece(slice, first, depth);
        let sum = products(of(state), state_zero_point, of(weights));
        let value = scaled(sum.wrapping_add(i32::from_le_bytes(bias)), responses.factor);
        *slot = value.wrapping_add(responses.zero_point.into()).clamp(-128, 127) as i8;
    }
}

/// Moves each byte to the place of the one before it; the last stays.
pub fn shift(bytes: &mut [i8]) {
    if !bytes.is_empty() {
        bytes.copy_within(1.., 0);
    }
}
