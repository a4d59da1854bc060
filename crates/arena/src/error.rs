//! The errors of allocation and access.

use core::fmt;

/// Which of the caller's slices is too short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Region {
    /// The arena itself.
    Arena,
    /// The separate slice for the overlay, see [`Arena::with_overlay`](crate::Arena::with_overlay).
    Overlay,
}

/// There is not enough memory; the error says how much would be enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct OutOfMemory {
    /// The slice that is too short.
    pub region: Region,
    /// The bytes that this slice, aligned to 16, must have for all allocations up to and including
    /// the one that failed: one less is not enough. `u32::MAX` if no arena can be large enough.
    pub needed: u32,
    /// The bytes it has once aligned: its [`capacity`](crate::Arena::capacity).
    pub available: u32,
}

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, needed, available } = self;
        let name = match region {
            Region::Arena => "arena",
            Region::Overlay => "overlay",
        };
        write!(f, "the {name} has {available} bytes, but at least {needed} are needed")
    }
}

impl core::error::Error for OutOfMemory {}

/// A handle does not name a place in this memory.
///
/// Handles may come from anywhere, for instance from a file, so each access checks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HandleError {
    /// It reaches beyond the allocated bytes.
    OutOfRange {
        /// The distance of its first byte from the high end.
        offset: u32,
        /// Its length in bytes; saturated.
        bytes: u32,
        /// The persistent bytes of the arena.
        available: u32,
    },
    /// Its place is not aligned for its type.
    Misaligned {
        /// The distance of its first byte from the high end.
        offset: u32,
    },
}

impl fmt::Display for HandleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::OutOfRange { offset, bytes, available } => write!(
                f,
                "{bytes} bytes at {offset} below the high end are outside the {available} that are allocated"
            ),
            Self::Misaligned { offset } => {
                write!(f, "the place {offset} below the high end is not aligned for its type")
            }
        }
    }
}

impl core::error::Error for HandleError {}
