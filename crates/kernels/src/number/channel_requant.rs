//! The factor of each output channel of a layer.

use crate::error::{LengthMismatch, Operand};
use crate::number::channel_scales::ChannelScales;
use crate::number::requant::Requant;
use crate::target::STACK_CACHES;

/// The factor of each output channel.
#[derive(Clone, Copy, Debug)]
pub enum ChannelRequant<'a> {
    /// One for all channels, or one each.
    Given {
        /// Significands.
        multipliers: &'a [i32],
        /// Exponents (-31..=127), as many as multipliers.
        shifts: &'a [i8],
    },
    /// One each, computed where it is needed: no memory, but some time for each row of an output.
    Scales(ChannelScales<'a>),
}

impl ChannelRequant<'_> {
    /// The factor of `channel`; zero where there is none.
    #[inline(always)]
    pub fn at(&self, channel: usize) -> Requant {
        match self {
            Self::Given { multipliers, shifts } => {
                let index = if multipliers.len() == 1 { 0 } else { channel };
                match (multipliers.get(index), shifts.get(index)) {
                    (Some(&multiplier), Some(&shift)) => {
                        Requant { multiplier, shift: shift.into() }
                    }
                    _ => Requant::default(),
                }
            }
            Self::Scales(scales) => scales.at(channel),
        }
    }

    /// Number of factors.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Given { multipliers, shifts } => multipliers.len().min(shifts.len()),
            Self::Scales(scales) => scales.len(),
        }
    }

    /// `Ok` if there is a factor for each of `channels`.
    pub(crate) fn check(&self, channels: usize) -> Result<(), LengthMismatch> {
        if self.covers(channels) {
            return Ok(());
        }
        Err(LengthMismatch { operand: Operand::Requant, expected: channels, actual: self.len() })
    }

    /// Whether there is a factor for each of `channels`.
    pub fn covers(&self, channels: usize) -> bool {
        match self {
            Self::Given { multipliers, shifts } => {
                let n = multipliers.len();
                n == shifts.len() && (n == 1 || n == channels)
            }
            Self::Scales(scales) => scales.len() == channels,
        }
    }
}

/// Whether every factor is less than a half, as those of trained layers are, and well formed: then it takes neither a
/// left shift nor saturation.
pub(crate) fn only_shrink(multipliers: &[i32], shifts: &[i8]) -> bool {
    // Without leaving early, which lets vector registers do it: this is asked for every row.
    let shrinks = |shift: &i8| (-31..0).contains(shift);
    multipliers.iter().fold(0, |bits, multiplier| bits | multiplier) >= 0
        && shifts.iter().fold(true, |all, shift| all & shrinks(shift))
}

/// Channels of a layer whose factors are computed once for all rows of an output: none where stack is dear.
pub(crate) const CACHED: usize = if STACK_CACHES { 1024 } else { 0 };

/// Channels whose factors are computed once for all pixels of a row: there is stack for them everywhere.
pub(crate) const FEW: usize = 32;

/// The factors of up to `N` channels.
pub(crate) struct FactorCache<const N: usize> {
    multipliers: [i32; N],
    shifts: [i8; N],
}

impl<const N: usize> FactorCache<N> {
    pub(crate) fn new() -> Self {
        Self { multipliers: [0; N], shifts: [0; N] }
    }

    /// The same factors, out of the cache if it is large enough.
    pub(crate) fn fill<'s>(&'s mut self, factors: ChannelRequant<'s>) -> ChannelRequant<'s> {
        let ChannelRequant::Scales(scales) = factors else { return factors };
        let len = scales.len();
        let slots = self.multipliers.get_mut(..len).zip(self.shifts.get_mut(..len));
        let Some((multipliers, shifts)) = slots else { return factors };
        let lanes = multipliers.chunks_mut(LANES).zip(shifts.chunks_mut(LANES));
        for (chunk, (multipliers, shifts)) in lanes.enumerate() {
            let lanes = scales.lanes::<LANES>(chunk * LANES);
            multipliers.iter_mut().zip(lanes.0).for_each(|(slot, multiplier)| *slot = multiplier);
            shifts.iter_mut().zip(lanes.1).for_each(|(slot, shift)| *slot = shift as i8);
        }
        ChannelRequant::Given { multipliers, shifts }
    }
}

/// Factors computed at a time for the cache.
const LANES: usize = 8;
