//! Memory that is lent to a layer: bytes of the overlay that no tensor needs while it runs.
//!
//! A layer keeps where they are in 14 bits, whose place its tables have in a layer that has tables.
//! So it costs no byte.

#[cfg(feature = "host")]
use crate::constants::Isa;
use bantam_kernels::LENDS;
use core::ops::Range;

/// Whether memory is lent to layers: where kernels borrow it, and in tests.
pub(crate) const HAS_LENT: bool = LENDS || cfg!(test);

/// Bits of each of: the beginning, and the length.
const BITS: u32 = 6;

/// What both are multiples of at least: 64 bytes. Two more bits say how often this is multiplied by
/// 4.
const LEAST_UNIT: u32 = 6;

/// The bits of a layer that is lent nothing, and that takes few words of memory of its own: no
/// bytes, but another beginning than 0.
pub(super) const FEW: u16 = 1;

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

/// Bits that stand for these bytes, or for as many of them as bits can express; 0 for none.
pub(super) fn bits(free: &Range<u32>) -> u16 {
    let (mut best, mut most) = (0, 0);
    for power in 0..4 {
        let unit = LEAST_UNIT + 2 * power;
        let begin = free.start.div_ceil(1 << unit);
        let len = (free.end >> unit).saturating_sub(begin).min((1 << BITS) - 1);
        if begin >> BITS == 0 && len << unit > most {
            most = len << unit;
            best = (power << BITS | len) << BITS | begin;
        }
    }
    best as u16
}

/// The bytes that these bits stand for.
#[inline(always)] // one caller
pub(super) fn bytes(bits: u16) -> Range<usize> {
    let (bits, mask) = (usize::from(bits), (1 << BITS) - 1);
    let unit = LEAST_UNIT as usize + 2 * (bits >> (2 * BITS));
    let begin = (bits & mask) << unit;
    begin..begin + ((bits >> BITS & mask) << unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bits_stand_for_what_is_free() {
        for (free, expected) in [
            (0..0, 0..0),
            (0..63, 0..0),
            (0..64, 0..64),
            (1..190, 64..128),
            (4032..8064, 4032..8064),
            (4100..8192, 4352..8192),
            (18_000..37_248, 18_432..36_864),
            (258_048..600_000, 258_048..516_096),
            (258_049..600_000, 0..0),
        ] {
            assert_eq!(bytes(bits(&free)).len(), expected.len(), "{free:?}");
            assert!(expected.is_empty() || bytes(bits(&free)) == expected, "{free:?}");
        }
    }

    proptest! {
        #[test]
        fn most_of_what_is_free_is_lent(begin in 0..60_000_u32, len in 0..100_000_u32) {
            let (free, found) = (begin..begin + len, bits(&(begin..begin + len)));
            let lent = bytes(found);
            prop_assert!(found >> 14 == 0);
            if !lent.is_empty() {
                prop_assert!(lent.start >= free.start as usize && lent.end <= free.end as usize);
            }
            let unit = if free.end <= 16 << 10 { 256 } else { 1024 };
            prop_assert!(lent.len() + 2 * unit > free.len().min(63 * unit));
        }
    }
}
