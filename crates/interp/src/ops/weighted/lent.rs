//! Memory that is lent to a layer: the bytes of the overlay above all that any tensor needs while
//! it runs.
//!
//! A layer keeps where they begin in 12 bits, and in two how much memory of its own it takes if it
//! is lent none. A layer with tables keeps these in their place. So it costs no byte.

use bantam_kernels::weighted::own::Own;
use bantam_kernels::{LENDS, SCRATCH_WORDS};
use core::ops::Range;

/// Whether memory is lent to layers: where kernels borrow it, and in tests.
pub(crate) const HAS_LENT: bool = LENDS || cfg!(test);

/// Bytes that kernels take: they have as many of their own at most. They may begin at any address.
const LEAST: u32 = 4 * SCRATCH_WORDS as u32 + 3;

/// What a place is a multiple of: 256 bytes.
const UNIT_BITS: u32 = 8;

/// Bits that say how much memory of its own a layer takes: below those of the place.
const OWN_BITS: u32 = 2;

/// The place where free bytes begin, or one shortly above it, in units and one more; 0 if they are
/// too few, or if it lies above 1 MiB. Below it is how much memory of its own the layer takes then.
pub(super) fn place(free: &Range<u32>, own: Own) -> u16 {
    let units = free.start.div_ceil(1 << UNIT_BITS);
    let is_enough = (units << UNIT_BITS) + LEAST <= free.end;
    let place = if is_enough && units < (1 << 12) - 1 { units as u16 + 1 } else { 0 };
    place << OWN_BITS | own as u16
}

/// Where the bytes of a place begin; behind all memories if there are none.
#[inline(always)] // three instructions
pub(super) fn begin(place: u16) -> usize {
    usize::from(place >> OWN_BITS).wrapping_sub(1) << UNIT_BITS
}

/// How much memory of its own a layer with this place takes, if it is lent none.
#[inline(always)] // few instructions
pub(super) fn own(place: u16) -> Own {
    match place & ((1 << OWN_BITS) - 1) {
        0 => Own::Largest,
        1 => Own::Large,
        2 => Own::Small,
        _ => Own::Smallest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn places_say_where_free_bytes_begin() {
        const NONE: usize = usize::MAX << 8;
        for (free, expected) in [
            (0..0, NONE),
            (0..LEAST, 0),
            (100..100, NONE),
            (256..256 + LEAST, 256),
            (256..255 + LEAST, NONE),
            (257..511 + LEAST, NONE),
            (257..512 + LEAST, 512),
            (1_048_064..2_000_000, 1_048_064),
            (1_048_065..2_000_000, NONE),
        ] {
            for asked in [Own::Largest, Own::Large, Own::Small, Own::Smallest] {
                let place = place(&free, asked);
                let found = (begin(place), own(place), place >> 14);
                assert_eq!(found, (expected, asked, 0), "{free:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_below_is_lent(start in 0..2_000_000_u32, len in 0..100_000_u32) {
            let place = place(&(start..start + len), Own::Large);
            let (found, end) = (begin(place), (start + len) as usize);
            let is_lent = found < end;
            prop_assert_eq!((is_lent, own(place)), (place >> 2 != 0, Own::Large));
            prop_assert!(!is_lent || found >= start as usize && found + LEAST as usize <= end);
            prop_assert!(is_lent || start > 1_048_064 || len <= LEAST + 256);
        }
    }
}
