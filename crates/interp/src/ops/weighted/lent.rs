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

/// Bits of a number of units. Two more say how often the unit of 16 bytes is multiplied by 4.
const BITS: u32 = 12;

/// Of a layer that takes few words of memory of its own: no place that bits stand for otherwise.
pub(super) const FEW: u16 = 3 << BITS;

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

/// Bits that stand for the place where free bytes begin, or for one shortly above it; 0 if they are
/// too few, or if no bits reach there: they reach 4 MiB.
pub(super) fn bits(free: &Range<u32>) -> u16 {
    for power in 0..4 {
        let (unit, most) = (1 << (4 + 2 * power), (1 << BITS) - 1);
        let units = free.start.div_ceil(unit);
        if units <= most {
            let is_enough = units * unit + LEAST <= free.end;
            return if is_enough { (power << BITS | units) as u16 } else { 0 };
        }
    }
    0
}

/// The place that bits stand for.
#[inline(always)] // one caller
pub(super) fn begin(bits: u16) -> usize {
    let (power, units) = (bits >> BITS & 3, usize::from(bits & ((1 << BITS) - 1)));
    units << (4 + 2 * power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bits_stand_for_where_free_bytes_begin() {
        for (free, expected) in [
            (0..0, 0),
            (100..100, 0),
            (16..16 + LEAST, 16),
            (16..15 + LEAST, 0),
            (17..31 + LEAST, 0),
            (17..32 + LEAST, 32),
            (65_520..70_000, 65_520),
            (65_521..70_000, 65_536),
            (262_081..300_000, 262_144),
            (4_193_280..5_000_000, 4_193_280),
            (4_193_281..5_000_000, 0),
        ] {
            assert_eq!(begin(bits(&free)), expected, "{free:?}");
            assert_ne!(bits(&free), FEW);
        }
    }

    proptest! {
        #[test]
        fn nothing_below_is_lent(start in 1..5_000_000_u32, len in 0..100_000_u32) {
            let found = bits(&(start..start + len));
            prop_assert!(found >> 14 == 0 && found != FEW);
            let begin = begin(found) as u32;
            prop_assert!(begin == 0 || begin >= start && begin + LEAST <= start + len);
            prop_assert!(begin != 0 || start > 4_193_280 || len <= LEAST + 1024);
        }
    }
}
