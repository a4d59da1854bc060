//! Outputs out of sums.

use crate::operands::{Factors, LEFT};

/// The output of a channel for its sum.
pub(super) fn scaled(factors: &Factors<'_>, channel: usize, sum: i32) -> i8 {
    let multiplier = factors.multipliers.get(channel).copied().unwrap_or(0);
    let shift = factors.shifts.get(channel).copied().unwrap_or(0);
    let bits = u32::from(shift & 31);
    let scaled = if shift & LEFT == 0 {
        rounded(sum, multiplier, bits + 1)
    } else {
        rounded(sum.wrapping_shl(bits), multiplier, 0)
    };
    scaled.wrapping_add(factors.zero_point.into()).clamp(-128, 127) as i8
}

/// A sum, multiplied, and shifted to the right by so many bits.
pub(crate) fn rounded(sum: i32, multiplier: i32, shift: u32) -> i32 {
    let high = ((i64::from(sum) * i64::from(multiplier) + (1 << 30)) >> 31) as i32;
    if shift == 0 {
        return high;
    }
    // Ties go away from zero.
    let lowered = i64::from(high) - i64::from(high < 0);
    ((lowered + (1 << (shift - 1))) >> shift) as i32
}
