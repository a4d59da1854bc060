//! The factor of each output channel of a layer.

use crate::error::{LengthMismatch, Operand};
use crate::number::channel_scales::ChannelScales;
use crate::number::requant::Requant;

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
    #[inline(always)] // one caller in a loop that chooses once
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
