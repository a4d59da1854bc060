//! Loops of `bantam-isa` for weights of a byte. Tests take their twins, unless
//! `--cfg bantam_compact` asks for what cores without such loops run.

use bantam_isa::Grid;

use crate::number::weights::{ROWS, Weights};
use crate::walk::taps::Taps;

/// Pixels of a row that [`dots_of_two`] multiplies at a time, or one.
pub(super) const PIXELS: usize = if HAS_LOOPS { 2 } else { 1 };

/// Whether there are any.
pub(super) const HAS_LOOPS: bool = cfg!(all(test, not(bantam_compact))) || bantam_isa::RISCV;

/// The weights, if a loop takes them.
#[inline(always)] // a constant
fn bytes(weights: &impl Weights) -> Option<&[i8]> {
    weights.bytes().filter(|_| HAS_LOOPS)
}

/// Adds the products of inputs with filters that are `depth` apart, four filters at a time; returns
/// how many fours it has done.
#[inline(always)] // size: one caller for each type
pub(super) fn dots(
    inputs: &[i16],
    filters: &impl Weights,
    depth: usize,
    sums: &mut [[i32; ROWS]],
) -> usize {
    bytes(filters).map_or(0, |filters| bantam_isa::dots(inputs, filters, depth, sums))
}

/// [`dots`] of two pixels.
#[inline(always)] // size: one caller for each type
pub(super) fn dots_of_two(
    inputs: [&[i16]; 2],
    filters: &impl Weights,
    depth: usize,
    sums: [&mut [[i32; ROWS]]; 2],
) -> usize {
    bytes(filters).map_or(0, |filters| bantam_isa::dots_of_two(inputs, filters, depth, sums))
}

/// Adds to the sums of channels, each of which has an input channel of its own, the products of a
/// window; returns for how many channels, from the first on.
#[inline(always)] // size: one caller for each type
pub(super) fn add_window(
    taps: &Taps,
    [from, tap]: [usize; 2],
    sums: &mut [i32],
    zero_point: i16,
    (input, filter): (&[i8], &impl Weights),
) -> usize {
    let fours = sums.len() & !3;
    let (Some(input), Some(filter), Some(sums)) = (
        input.get(from..),
        bytes(filter).and_then(|filter| filter.get(tap..)),
        sums.get_mut(..fours),
    ) else {
        return 0;
    };
    let [rows, columns] = taps.count;
    let grid = Grid { rows, columns, row: taps.rows, column: taps.columns };
    bantam_isa::add_window(&grid, sums, zero_point, [input, filter]);
    fours
}
