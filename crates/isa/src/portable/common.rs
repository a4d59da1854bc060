//! What functions have in common.

use crate::operands::GROUP;

/// Where input `at` of a pixel lies in a patch: the word, and whether it is the upper half of it.
pub(super) fn slot([pixels, pixel]: [usize; 2], at: usize) -> (usize, bool) {
    let [inputs, words] = GROUP;
    let word = at / inputs * words + at % words;
    (word * pixels + pixel, at % inputs >= words)
}

/// Makes an input a word of a patch, or a half of it.
pub(super) fn put(word: &mut i32, is_upper: bool, x: i16) {
    *word = match (GROUP, is_upper) {
        ([1, _], _) => i32::from(x),
        (_, false) => (*word as u32 & 0xFFFF_0000 | u32::from(x as u16)) as i32,
        (_, true) => (*word as u32 & 0xFFFF | u32::from(x as u16) << 16) as i32,
    };
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
