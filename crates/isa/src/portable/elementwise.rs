//! Two tensors element by element, and windows channel by channel.

use core::cell::Cell;

use crate::operands::end;
use crate::portable::scale::rounded;
use crate::terms::{Product, Terms};

/// Adds two tensors of one shape.
pub fn add(terms: &Terms, a: &[i8], b: &[i8], output: &mut [i8]) {
    combine(terms, a, b, output, |a, b| a + b);
}

/// Subtracts `b` from `a`, of one shape.
pub fn subtract(terms: &Terms, a: &[i8], b: &[i8], output: &mut [i8]) {
    combine(terms, a, b, output, |a, b| a - b);
}

fn combine(terms: &Terms, a: &[i8], b: &[i8], output: &mut [i8], of_both: fn(i32, i32) -> i32) {
    if a.len() != output.len() || b.len() != output.len() {
        return;
    }
    let Terms { multipliers, shifts, zero_points } = *terms;
    let scaled = |x: i32, at: usize| rounded(x, multipliers[at], shifts[at].into());
    let of = |x: i8, at: usize| scaled((i32::from(x) - i32::from(zero_points[at])) << 20, at);
    for ((output, &a), &b) in output.iter_mut().zip(a).zip(b) {
        let sum = scaled(of_both(of(a, 0), of(b, 1)), 2) + i32::from(zero_points[2]);
        *output = sum.clamp(-128, 127) as i8;
    }
}

/// Multiplies two tensors of one shape, or the first with one element.
pub fn product(product: &Product, a: &[i8], b: &[i8], output: &mut [i8]) {
    if !Product::fit([a.len(), b.len()], output.len()) {
        return;
    }
    let Product { multiplier, shift, zero_points } = *product;
    let [first, second, zero_point] = zero_points.map(i32::from);
    for ((output, &a), &b) in output.iter_mut().zip(a).zip(b.iter().cycle()) {
        let product = (i32::from(a) - first) * (i32::from(b) - second);
        let scaled = rounded(product, multiplier, u32::from(shift) + 1) + zero_point;
        *output = scaled.clamp(-128, 127) as i8;
    }
}

/// The largest elements of channels that lie side by side, over rows and columns of inputs: `count`
/// of them, `steps` apart. Whether it has been done: their number is a multiple of 4, and there is
/// an input.
pub fn maxima(input: &[i8], count: [usize; 2], steps: [usize; 2], output: &mut [i8]) -> bool {
    output.len().is_multiple_of(4) && largest(input, count, steps, output)
}

/// [`maxima`] of any number of channels but none.
pub(crate) fn largest(
    input: &[i8],
    count: [usize; 2],
    steps: [usize; 2],
    output: &mut [i8],
) -> bool {
    let ([rows, columns], [row, column], channels) = (count, steps, output.len());
    if channels == 0 || end([rows, row], [columns, column], channels) > input.len() {
        return false;
    }
    output.fill(i8::MIN);
    for tap in 0..rows * columns {
        let first = tap / columns * row + tap % columns * column;
        for (largest, &x) in output.iter_mut().zip(input.get(first..).unwrap_or_default()) {
            *largest = x.max(*largest);
        }
    }
    true
}

/// Sums of four channels that lie side by side, over rows and columns of inputs: `count` of them,
/// `steps` apart. `None` if there are none, or if they do not lie within the slice.
pub fn sums(input: &[i8], count: [usize; 2], steps: [usize; 2]) -> Option<[i32; 4]> {
    let ([rows, columns], [row, column]) = (count, steps);
    let mut sums = [0; 4];
    if end([rows, row], [columns, column], sums.len()) > input.len() {
        return None;
    }
    for tap in 0..rows * columns {
        let first = tap / columns * row + tap % columns * column;
        for (sum, &x) in sums.iter_mut().zip(input.get(first..).unwrap_or_default()) {
            *sum += i32::from(x);
        }
    }
    Some(sums)
}

/// Writes the entry of each input, four at a time, up to the first four of which one is `unknown`.
/// How many have been written: a multiple of four.
pub fn look_up(entries: &[Cell<i8>; 256], unknown: i8, input: &[i8], output: &mut [i8]) -> usize {
    let (fours, _) = input.as_chunks::<4>();
    let (results, _) = output.as_chunks_mut::<4>();
    if results.len() < fours.len() {
        return 0;
    }
    for (done, (results, four)) in results.iter_mut().zip(fours).enumerate() {
        let found = four.map(|x| entries.get(usize::from(x as u8)).map_or(unknown, Cell::get));
        if found.contains(&unknown) {
            return 4 * done;
        }
        *results = found;
    }
    4 * fours.len()
}
