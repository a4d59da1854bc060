//! The errors of problems, and the faults of plans.

use core::fmt;

/// The reason why a problem has no plan, or none that fits `u32` offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// The alignment is not a power of two.
    Alignment {
        /// The alignment given.
        alignment: u32,
    },
    /// The slice for the offsets is not as long as the problem.
    OffsetsLen {
        /// The number of buffers.
        expected: usize,
        /// The number of offsets that fit.
        actual: usize,
    },
    /// The workspace is too short.
    WorkspaceLen {
        /// The elements needed.
        needed: usize,
        /// The elements given.
        available: usize,
    },
    /// There are more buffers than the algorithm can number.
    TooManyBuffers {
        /// The number of buffers.
        len: usize,
        /// The most there may be.
        max: usize,
    },
    /// A buffer's first use comes after its last.
    Lifetime {
        /// The buffer.
        index: usize,
        /// Its first step.
        first: u32,
        /// Its last step.
        last: u32,
    },
    /// A fixed offset is not a multiple of the alignment.
    FixedMisaligned {
        /// The buffer.
        index: usize,
        /// The offset it was to have.
        offset: u32,
    },
    /// Two fixed buffers are live at the same time and share bytes that they may not share.
    FixedConflict {
        /// One of them.
        a: usize,
        /// The other.
        b: usize,
    },
    /// A permission names no buffer, is out of order, or is for buffers that do not meet in one
    /// step.
    Permission {
        /// Its index among the permissions.
        index: usize,
    },
    /// A gap names no buffer, is out of order, or is not within the lifetime and the bytes of its
    /// buffer.
    #[cfg(feature = "gaps")]
    Gap {
        /// Its index among the gaps.
        index: usize,
    },
    /// A view makes no sense.
    View {
        /// Its index among the views.
        index: usize,
        /// The fault of the view.
        fault: ViewFault,
    },
    /// The end of a buffer does not fit `u32`.
    Overflow {
        /// The buffer.
        index: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Alignment { alignment } => {
                write!(f, "alignment {alignment} is not a power of two")
            }
            Self::OffsetsLen { expected, actual } => {
                write!(f, "there is room for {actual} offsets, but there are {expected} buffers")
            }
            Self::WorkspaceLen { needed, available } => {
                write!(f, "the workspace has {available} elements, but {needed} are needed")
            }
            Self::TooManyBuffers { len, max } => {
                write!(f, "there are {len} buffers, but at most {max} can be planned")
            }
            Self::Lifetime { index, first, last } => {
                write!(f, "buffer {index} is first used in step {first}, after its last, {last}")
            }
            Self::FixedMisaligned { index, offset } => {
                write!(f, "the fixed offset {offset} of buffer {index} is not aligned")
            }
            Self::FixedConflict { a, b } => {
                write!(f, "the fixed buffers {a} and {b} are live together and share bytes")
            }
            Self::Permission { index } => {
                write!(f, "permission {index} is out of order or for buffers that do not meet")
            }
            #[cfg(feature = "gaps")]
            Self::Gap { index } => {
                write!(f, "gap {index} is out of order or not within its buffer")
            }
            Self::View { index, fault } => write!(f, "view {index} {fault}"),
            Self::Overflow { index } => {
                write!(f, "the end of buffer {index} exceeds 32 bits")
            }
        }
    }
}

impl core::error::Error for Error {}

/// The fault of a [view](crate::View).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ViewFault {
    /// Its buffer does not come after that of the view before it.
    Order,
    /// It names a buffer that does not exist.
    NoBuffer {
        /// The index.
        buffer: u32,
    },
    /// It reaches beyond its base.
    Outside {
        /// Its end in the base.
        end: u32,
        /// The bytes of the base.
        base_bytes: u32,
    },
    /// It is its own base, directly or by way of others.
    Circle,
    /// It is fixed at an offset that its base cannot match.
    Fixed {
        /// The offset it was to have.
        offset: u32,
    },
    /// Its own alignment does not follow from that of its base and its offset there.
    #[cfg(feature = "gaps")]
    Misaligned {
        /// Its alignment.
        alignment: u32,
    },
}

impl fmt::Display for ViewFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Order => f.write_str("is out of order or repeated"),
            Self::NoBuffer { buffer } => write!(f, "names buffer {buffer}, which does not exist"),
            Self::Outside { end, base_bytes } => {
                write!(f, "ends at {end}, beyond its base of {base_bytes} bytes")
            }
            Self::Circle => f.write_str("is its own base"),
            Self::Fixed { offset } => {
                write!(f, "is fixed at {offset}, where its base is not or cannot be")
            }
            #[cfg(feature = "gaps")]
            Self::Misaligned { alignment } => {
                write!(f, "has the alignment {alignment}, which its base does not ensure")
            }
        }
    }
}

impl core::error::Error for ViewFault {}

/// The fault of a plan: the first that [`validate`](crate::validate) meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Violation {
    /// The alignment is not a power of two.
    Alignment {
        /// The alignment given.
        alignment: u32,
    },
    /// There is not one offset for each buffer.
    OffsetsLen {
        /// The number of buffers.
        expected: usize,
        /// The number of offsets.
        actual: usize,
    },
    /// A buffer's first use comes after its last.
    Lifetime {
        /// The buffer.
        index: usize,
        /// Its first step.
        first: u32,
        /// Its last step.
        last: u32,
    },
    /// An offset is not a multiple of the alignment.
    Misaligned {
        /// The buffer.
        index: usize,
        /// Its offset.
        offset: u32,
    },
    /// A buffer reaches beyond the total.
    OutOfRange {
        /// The buffer.
        index: usize,
        /// Its end: offset plus bytes.
        end: u64,
        /// The bytes there are.
        total: u32,
    },
    /// A fixed buffer is not where it must be.
    Moved {
        /// The buffer.
        index: usize,
        /// The offset it must have.
        fixed: u32,
        /// The offset it has.
        offset: u32,
    },
    /// A view is not where it must be in its base.
    Displaced {
        /// The buffer.
        index: usize,
        /// The offset it must have.
        expected: u64,
        /// The offset it has.
        offset: u32,
    },
    /// Two buffers are live at the same time and share bytes that they may not share.
    Overlap {
        /// The one with the lower index.
        a: usize,
        /// The other.
        b: usize,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Alignment { alignment } => {
                write!(f, "alignment {alignment} is not a power of two")
            }
            Self::OffsetsLen { expected, actual } => {
                write!(f, "there are {actual} offsets for {expected} buffers")
            }
            Self::Lifetime { index, first, last } => {
                write!(f, "buffer {index} is first used in step {first}, after its last, {last}")
            }
            Self::Misaligned { index, offset } => {
                write!(f, "the offset {offset} of buffer {index} is not aligned")
            }
            Self::OutOfRange { index, end, total } => {
                write!(f, "buffer {index} ends at {end}, beyond the total of {total} bytes")
            }
            Self::Moved { index, fixed, offset } => {
                write!(f, "buffer {index} is at {offset}, but fixed at {fixed}")
            }
            Self::Displaced { index, expected, offset } => {
                write!(f, "buffer {index} is at {offset}, but its place in its base is {expected}")
            }
            Self::Overlap { a, b } => {
                write!(f, "buffers {a} and {b} are live together and share bytes")
            }
        }
    }
}

impl core::error::Error for Violation {}
