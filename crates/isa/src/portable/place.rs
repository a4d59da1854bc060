//! Where inputs lie in a patch.

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
