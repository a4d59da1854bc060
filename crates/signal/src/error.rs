//! Errors: a length that is wrong, a parameter that is out of range.

use core::fmt;

/// Which slice an error speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operand {
    /// What is read.
    Input,
    /// The weights of a window.
    Weights,
    /// A table of constants.
    Table,
    /// The estimate of the noise.
    Noise,
    /// What is kept from call to call.
    State,
    /// What is written.
    Output,
}

/// Why a function refuses to run. Nothing was written, unless the function says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A slice is not as long as the others, or the parameters, call for.
    Length {
        /// Which slice.
        operand: Operand,
        /// Elements it must have.
        needed: usize,
        /// Elements it has.
        actual: usize,
    },
    /// No FFT has this length: see [`FftLength::new`](crate::fft::FftLength::new).
    FftLength(u32),
    /// A shift by more bits than a number has.
    Shift {
        /// The bits asked for.
        bits: u32,
        /// The most that there may be.
        most: u32,
    },
    /// A channel of a filter bank reads outside of the spectrum or of the weights.
    Channel(usize),
    /// Frames of this size and step cannot be made: see the function that says so.
    Frame {
        /// Samples of a frame.
        size: usize,
        /// Samples from one frame to the next.
        step: usize,
    },
}

impl Error {
    /// `Ok` if a slice has the length that it needs.
    #[inline] // a comparison
    pub(crate) const fn check(operand: Operand, needed: usize, actual: usize) -> Result<(), Self> {
        if needed == actual { Ok(()) } else { Err(Self::Length { operand, needed, actual }) }
    }

    /// `Ok` if a number of `most + 1` bits can be shifted so far.
    #[inline] // a comparison
    pub(crate) const fn check_shift(bits: u32, most: u32) -> Result<(), Self> {
        if bits <= most { Ok(()) } else { Err(Self::Shift { bits, most }) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { operand, needed, actual } => {
                write!(f, "{operand:?} has {actual} elements where {needed} are needed")
            }
            Self::FftLength(length) => write!(
                f,
                "an FFT of {length} samples: it must be even, from 4 to 131070, and its half a \
                 product of 2, 3 and 5"
            ),
            Self::Shift { bits, most } => {
                write!(f, "a shift by {bits} bits, where at most {most} make sense")
            }
            Self::Channel(channel) => write!(
                f,
                "channel {channel} of the filter bank reads outside of the spectrum or the weights"
            ),
            Self::Frame { size, step } => {
                write!(f, "frames of {size} samples at steps of {step} cannot be made")
            }
        }
    }
}

impl core::error::Error for Error {}

const _: () = assert!(size_of::<Error>() <= 3 * size_of::<usize>());
