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

/// What the place is a multiple of: 64 bytes.
pub(super) const UNIT_BITS: u32 = 6;

/// In units, the place where free bytes begin, or one shortly above it; 0 if they are too few, or if
/// it lies above 1 MiB.
pub(super) fn units(free: &Range<u32>) -> u16 {
    let units = free.start.div_ceil(1 << UNIT_BITS);
    let is_enough = (units << UNIT_BITS) + LEAST <= free.end;
    if is_enough && units < 1 << 14 { units as u16 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units_say_where_free_bytes_begin() {
        for (free, expected) in [
            (0..0, 0),
            (100..100, 0),
            (64..64 + LEAST, 1),
            (64..63 + LEAST, 0),
            (65..127 + LEAST, 0),
            (65..128 + LEAST, 2),
            (1_048_512..2_000_000, (1 << 14) - 1),
            (1_048_513..2_000_000, 0),
        ] {
            assert_eq!(units(&free), expected, "{free:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_below_is_lent(start in 1..2_000_000_u32, len in 0..100_000_u32) {
            let begin = u32::from(units(&(start..start + len))) << UNIT_BITS;
            prop_assert!(begin == 0 || begin >= start && begin + LEAST <= start + len);
            prop_assert!(begin != 0 || start > 1_048_512 || len <= LEAST + 64);
        }
    }
}
