//! Memory that is lent to a layer: the bytes of the overlay above all that any tensor needs while
//! it runs.
//!
//! A layer keeps where they begin in 14 bits, whose place its tables have in a layer that has
//! tables. So it costs no byte.

#[cfg(feature = "host")]
use crate::constants::Isa;
use bantam_kernels::{LENDS, SCRATCH_WORDS};
use core::ops::Range;

/// Whether memory is lent to layers: where kernels borrow it, and in tests.
pub(crate) const HAS_LENT: bool = LENDS || cfg!(test);

/// Whether a layer of an image is as fast with few words of memory of its own
/// ([`FEW_SCRATCH_WORDS`](bantam_kernels::FEW_SCRATCH_WORDS)): given the weights of the output
/// channels of an input channel, or of an output channel if it has all inputs; and the output
/// channels. With the DSP extension they hold five pixels of 64 inputs; in Thumb-1 five of 32; and
/// with MVE the constants of 32 channels, and a window.
#[cfg(feature = "host")]
pub(super) fn takes_few_words(isa: Isa, [weights, channels]: [usize; 2]) -> bool {
    match isa {
        Isa::Dsp => weights <= 64,
        Isa::Any => weights <= 32 && channels <= 32,
    }
}

/// Bytes that kernels take: they have as many of their own. They may begin at any address.
const LEAST: u32 = 4 * SCRATCH_WORDS as u32 + 3;

/// What a place is a multiple of: 64 bytes.
const UNIT_BITS: u32 = 6;

/// The place where free bytes begin, or one shortly above it, in units and one more; 0 if they are
/// too few, or if it lies above 1 MiB.
pub(super) fn place(free: &Range<u32>) -> u16 {
    let units = free.start.div_ceil(1 << UNIT_BITS);
    let is_enough = (units << UNIT_BITS) + LEAST <= free.end;
    if is_enough && units < (1 << 14) - 1 { units as u16 + 1 } else { 0 }
}

/// Where the bytes of a place begin; behind all memories if there are none.
#[inline(always)] // three instructions
pub(super) fn begin(place: u16) -> usize {
    usize::from(place).wrapping_sub(1) << UNIT_BITS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn places_say_where_free_bytes_begin() {
        const NONE: usize = usize::MAX << 6;
        for (free, expected) in [
            (0..0, NONE),
            (0..LEAST, 0),
            (100..100, NONE),
            (64..64 + LEAST, 64),
            (64..63 + LEAST, NONE),
            (65..127 + LEAST, NONE),
            (65..128 + LEAST, 128),
            (1_048_448..2_000_000, 1_048_448),
            (1_048_449..2_000_000, NONE),
        ] {
            assert_eq!(begin(place(&free)), expected, "{free:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_below_is_lent(start in 0..2_000_000_u32, len in 0..100_000_u32) {
            let place = place(&(start..start + len));
            let (found, end) = (begin(place), (start + len) as usize);
            prop_assert!(place >> 14 == 0);
            prop_assert_eq!(found < end, place != 0);
            prop_assert!(place == 0 || found >= start as usize && found + LEAST as usize <= end);
            prop_assert!(place != 0 || start > 1_048_448 || len <= LEAST + 64);
        }
    }
}
