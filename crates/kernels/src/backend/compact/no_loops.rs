//! What takes the place of loops where there are none: it does nothing, and says so.

use crate::number::weights::{ROWS, Weights};
use crate::walk::taps::Taps;

pub(super) const HAS_LOOPS: bool = false;

pub(super) const PIXELS: usize = 1;

#[inline(always)] // a constant
pub(super) fn dots(_: &[i16], _: &impl Weights, _: usize, _: &mut [[i32; ROWS]]) -> usize {
    0
}

#[inline(always)] // a constant
pub(super) fn dots_of_two(
    _: [&[i16]; 2],
    _: &impl Weights,
    _: usize,
    _: [&mut [[i32; ROWS]]; 2],
) -> usize {
    0
}

#[inline(always)] // a constant
pub(super) fn add_window(
    _: &Taps,
    _: [usize; 2],
    _: &mut [i32],
    _: i16,
    _: (&[i8], &impl Weights),
) -> usize {
    0
}
