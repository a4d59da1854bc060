//! The errors of assigning regions.

use core::fmt;

use crate::Error;

/// The reason why [`assign`](super::assign) gives no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegionError {
    /// There are no regions, or more than a mask has bits.
    RegionsLen {
        /// The number of regions.
        len: usize,
        /// The most there may be.
        max: usize,
    },
    /// There is not one demand for each buffer.
    DemandsLen {
        /// The number of buffers.
        expected: usize,
        /// The number of demands.
        actual: usize,
    },
    /// A buffer may lie in no region that exists.
    Mask {
        /// The buffer.
        buffer: usize,
        /// Its regions, a bit each.
        regions: u32,
    },
    /// A buffer has gaps or an alignment of its own, which are for one memory only.
    Limited {
        /// The buffer.
        buffer: usize,
    },
    /// The buffers or the alignment are wrong, whatever the regions.
    Problem(Error),
    /// Not all buffers fit.
    DoesNotFit {
        /// A buffer that was left over.
        buffer: usize,
        /// The region that lacks least for it.
        region: usize,
        /// The bytes that this region lacks, beside the buffers that were placed there.
        short_bytes: u32,
        /// Whether it is proven that there is no other assignment that fits.
        proven: bool,
    },
}

impl fmt::Display for RegionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::RegionsLen { len, max } => {
                write!(f, "there are {len} regions, but there must be 1 to {max}")
            }
            Self::DemandsLen { expected, actual } => {
                write!(f, "there are {actual} demands for {expected} buffers")
            }
            Self::Mask { buffer, regions } => {
                write!(f, "none of the regions of buffer {buffer} exists (mask {regions:#x})")
            }
            Self::Limited { buffer } => {
                write!(
                    f,
                    "buffer {buffer} has gaps or an alignment of its own, which are for one memory \
                     only"
                )
            }
            Self::Problem(error) => error.fmt(f),
            Self::DoesNotFit { buffer, region, short_bytes, .. } => {
                write!(
                    f,
                    "buffer {buffer} does not fit: region {region} is short of {short_bytes} bytes"
                )
            }
        }
    }
}

impl core::error::Error for RegionError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Problem(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Error> for RegionError {
    fn from(error: Error) -> Self {
        Self::Problem(error)
    }
}
