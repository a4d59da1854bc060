//! Memory that is lent to a layer: bytes of the overlay that no tensor needs while it runs.
//!
//! An image says where they are, in the upper bits of the word that also has the bits of all
//! shifts: that costs no byte. Kernels that borrow no memory do not read them.

use bantam_kernels::LENDS;
use core::ops::Range;

/// The lowest of these bits. Those below have other meanings.
const FIRST_BIT: u32 = 9;

/// Bits for the beginning.
const BEGIN_BITS: u32 = 14;

/// What the beginning is a multiple of.
const BEGIN_UNIT: u32 = 32;

/// What the length is a multiple of.
const LEN_UNIT: u32 = 64;

/// Bits that stand for these bytes, or for as many as bits can express: 32 KiB at most, which begin
/// within the first 512 KiB.
#[cfg(feature = "host")]
pub(super) fn bits(free: Range<u32>) -> u32 {
    let begin = free.start.div_ceil(BEGIN_UNIT);
    let len = free.end.saturating_sub(begin * BEGIN_UNIT) / LEN_UNIT;
    let most = u32::MAX >> (FIRST_BIT + BEGIN_BITS);
    if begin >> BEGIN_BITS != 0 {
        return 0;
    }
    (len.min(most) << BEGIN_BITS | begin) << FIRST_BIT
}

/// The bytes that these bits stand for: none where no kernel borrows memory.
#[inline(always)] // one caller; nothing where no kernel borrows memory
pub(super) fn bytes(bits: u32) -> Range<usize> {
    if !LENDS {
        return 0..0;
    }
    let bits = bits >> FIRST_BIT;
    let begin = (bits & ((1 << BEGIN_BITS) - 1)) * BEGIN_UNIT;
    begin as usize..(begin + (bits >> BEGIN_BITS) * LEN_UNIT) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_stand_for_bytes_within_what_is_free() {
        // Where no kernel of the target borrows memory, nothing is lent.
        let found = |free| if LENDS { bytes(bits(free)) } else { 0..0 };
        for (free, expected) in [
            (0..0, 0..0),
            (0..63, 0..0),
            (0..64, 0..64),
            (1..100, 32..96),
            (96..5000, 96..4960),
            (524_256..600_000, 524_256..557_024 - 64),
            (524_288..600_000, 0..0),
            (64..10_000_000, 64..64 + 511 * 64),
        ] {
            let expected = if LENDS { expected } else { 0..0 };
            assert_eq!(found(free.clone()).len(), expected.len(), "{free:?}");
            assert_eq!(bits(free.clone()) & ((1 << FIRST_BIT) - 1), 0);
        }
    }
}
