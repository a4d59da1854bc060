//! The factor of each output channel of a layer.

use crate::error::{LengthMismatch, Operand};
use crate::number::channel_factors::ChannelFactors;
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
    /// One each, out of an image.
    Factors(ChannelFactors<'a>),
}

impl<'a> ChannelRequant<'a> {
    /// Computes the factors of a layer once, from the scales of its input, of each channel of its
    /// filter, and of its output; they take five bytes a channel of the caller's memory.
    ///
    /// [`ChannelScales`] takes no memory, and computes them wherever they are needed.
    ///
    /// ```
    /// use bantam_kernels::{ChannelRequant, Requant};
    ///
    /// let (mut multipliers, mut shifts) = ([0; 2], [0; 2]);
    /// let factors =
    ///     ChannelRequant::from_scales(0.1, &[0.5, 0.25], 0.7, &mut multipliers, &mut shifts)?;
    /// assert_eq!(factors.at(1), Requant::from_scales(0.1, 0.25, 0.7));
    /// # Ok::<(), bantam_kernels::LengthMismatch>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if there is no room for a multiplier and a shift of each channel. Nothing
    /// is written.
    pub fn from_scales(
        input: f32,
        filter: &[f32],
        output: f32,
        multipliers: &'a mut [i32],
        shifts: &'a mut [i8],
    ) -> Result<Self, LengthMismatch> {
        let (expected, actual) = (filter.len(), multipliers.len().min(shifts.len()));
        let (Some(multipliers), Some(shifts)) =
            (multipliers.get_mut(..expected), shifts.get_mut(..expected))
        else {
            return Err(LengthMismatch { operand: Operand::Requant, expected, actual });
        };
        for ((&scale, multiplier), shift) in filter.iter().zip(&mut *multipliers).zip(&mut *shifts)
        {
            let factor = Requant::from_scales(input, scale, output);
            *multiplier = factor.multiplier;
            // Of larger shifts only the lowest five bits count.
            *shift = i8::try_from(factor.shift).unwrap_or(96 | (factor.shift & 31) as i8);
        }
        Ok(Self::Given { multipliers, shifts })
    }
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
            Self::Factors(factors) => factors.at(channel),
        }
    }

    /// Whether there is one factor for all channels, and the loops of the DSP extension take it
    /// with any sum: shifts of 1 to 21 bits to the right. Where the double of a sum saturates, so
    /// does the output.
    pub fn is_for_any_sum(&self) -> bool {
        matches!(self, &Self::Given { multipliers: &[_], shifts: &[-21..=-1] })
    }

    /// Number of factors.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Given { multipliers, shifts } => multipliers.len().min(shifts.len()),
            Self::Scales(scales) => scales.len(),
            Self::Factors(factors) => factors.len(),
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
            Self::Scales(_) | Self::Factors(_) => self.len() == channels,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_those_of_the_scales() {
        let filter = [0.25, 0.0, 1e-40, 3.0, f32::MAX];
        let (mut multipliers, mut shifts) = ([0; 6], [0; 5]);
        let factors =
            ChannelRequant::from_scales(0.5, &filter, 0.1, &mut multipliers, &mut shifts).unwrap();
        assert!(factors.covers(filter.len()));
        for (channel, &scale) in filter.iter().enumerate() {
            let needed = Requant::from_scales(0.5, scale, 0.1);
            for sum in [-1_000, -1, 0, 1, 77, 1 << 20] {
                assert_eq!(factors.at(channel).apply(sum), needed.apply(sum), "{scale}, {sum}");
            }
        }
    }

    #[test]
    fn one_factor_is_for_any_sum_as_the_loops_have_it() {
        for shift in i8::MIN..=i8::MAX {
            let factor = ChannelRequant::Given { multipliers: &[1 << 30], shifts: &[shift] };
            assert_eq!(factor.is_for_any_sum(), bantam_isa::is_for_any_sum(-i32::from(shift)));
        }
        let two = ChannelRequant::Given { multipliers: &[1 << 30; 2], shifts: &[-3; 2] };
        assert!(!two.is_for_any_sum());
    }

    #[test]
    fn without_room_nothing_is_written() {
        let (mut multipliers, mut shifts) = ([7; 2], [7; 1]);
        let fault = LengthMismatch { operand: Operand::Requant, expected: 2, actual: 1 };
        let made = ChannelRequant::from_scales(1.0, &[1.0; 2], 1.0, &mut multipliers, &mut shifts);
        assert_eq!(made.map(|_| ()), Err(fault));
        assert_eq!((multipliers, shifts), ([7; 2], [7]));
    }
}
