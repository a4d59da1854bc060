//! The parts of a float: its significand and its exponent.

use crate::target::VECTORS;

/// The number that has these bits as a significand of at most 24 bits and a power of 2; 0 unless it
/// is positive and finite.
#[inline(always)] // chooses between the two below
pub(crate) fn parts(bits: u32) -> (u32, i32) {
    if VECTORS { split(bits) } else { split_once(bits) }
}

/// [`parts`] with a significand in `2^23..2^24`, unless it is 0.
#[inline(always)]
pub(crate) fn normal_parts(bits: u32) -> (u32, i32) {
    let (significand, exponent) = parts(bits);
    // Of 0, too: its shift makes no difference.
    let by = significand.leading_zeros().saturating_sub(8);
    (significand << by, exponent - by as i32)
}

/// [`split`], in one copy.
#[inline(never)] // size: one copy
fn split_once(bits: u32) -> (u32, i32) {
    split(bits)
}

#[inline(always)] // vector registers hold several of them
fn split(bits: u32) -> (u32, i32) {
    let (fraction, exponent) = (bits & 0x7F_FFFF, (bits >> 23) as i32);
    match exponent {
        0 => (fraction, 1 - 150),
        1..0xFF => (fraction | 1 << 23, exponent - 150),
        _ => (0, 0), // Infinite, not a number, or with a sign.
    }
}
