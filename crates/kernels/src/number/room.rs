//! Room for the factors that a layer computes, for backends whose scratch memory has none.

use crate::number::channel_factors::ChannelFactors;
use crate::number::channel_scales::ChannelScales;

/// Channels that there is room for.
pub(crate) const ROOM: usize = 32;

/// The factors of some channels, as [`ChannelFactors`] has them.
#[derive(Debug)]
pub(crate) struct Room {
    multipliers: [i32; ROOM],
    shifts: [u8; ROOM],
    /// The bits that are set in any shift.
    bits: u8,
}

impl Room {
    /// Nothing in it.
    pub(crate) const EMPTY: Self = Self { multipliers: [0; ROOM], shifts: [0; ROOM], bits: 0 };

    /// Computes the factors of the channels from `first` on.
    #[inline(always)] // one caller
    pub(crate) fn fill(&mut self, scales: &ChannelScales<'_>, first: usize) {
        self.bits = scales.factors(first, &mut self.multipliers, &mut self.shifts);
    }

    /// Multipliers and shifts, if all are shifted to the right.
    #[inline(always)] // one caller
    pub(crate) fn plain(&self) -> Option<(&[i32], &[u8])> {
        let [is_plain, _] = ChannelFactors::is_plain_and_short(self.bits);
        is_plain.then_some((&self.multipliers, &self.shifts))
    }
}
