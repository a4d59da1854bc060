//! The errors of descriptions and of orders.

use core::fmt;

/// The reason why a [`Description`](super::Description) is none of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GraphError {
    /// The alignment is not a power of two.
    Alignment {
        /// The alignment given.
        alignment: u32,
    },
    /// There are more steps or buffers than can be numbered.
    TooMany {
        /// The number of steps or buffers.
        len: usize,
        /// The most there may be.
        max: usize,
    },
    /// A buffer's size, rounded up, does not fit `u32`.
    Overflow {
        /// The buffer.
        buffer: u32,
    },
    /// The size of a step's scratch memory, rounded up, does not fit `u32`.
    ScratchOverflow {
        /// The step.
        step: u32,
    },
    /// A step reads or writes a buffer that does not exist.
    NoSuchBuffer {
        /// The step.
        step: u32,
        /// What it names.
        buffer: u32,
    },
    /// An input or output of the graph is a buffer that does not exist.
    NoSuchPort {
        /// The buffer that is named.
        buffer: u32,
    },
    /// A step must come after one that does not exist.
    NoSuchStep {
        /// The step.
        step: u32,
        /// What it names.
        after: u32,
    },
    /// A step writes a buffer that this or another step writes as well, or an input of the graph.
    WrittenTwice {
        /// The step.
        step: u32,
        /// The buffer.
        buffer: u32,
    },
    /// A buffer is read, or is an output of the graph, but no step writes it, and it is no input of
    /// the graph.
    NeverWritten {
        /// The buffer.
        buffer: u32,
    },
    /// A step would have to come before itself.
    Cycle {
        /// The step; those that it depends on include it.
        step: u32,
    },
    /// A permission is not for a buffer that a step writes and one that the same step reads, or is
    /// repeated.
    Permission {
        /// Its place among the permissions.
        index: usize,
    },
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Alignment { alignment } => {
                write!(f, "alignment {alignment} is not a power of two")
            }
            Self::TooMany { len, max } => {
                write!(f, "there are {len} steps or buffers, but at most {max} can be numbered")
            }
            Self::Overflow { buffer } => write!(f, "the size of buffer {buffer} exceeds 32 bits"),
            Self::ScratchOverflow { step } => {
                write!(f, "the scratch memory of step {step} exceeds 32 bits")
            }
            Self::NoSuchBuffer { step, buffer } => {
                write!(f, "step {step} uses buffer {buffer}, which does not exist")
            }
            Self::NoSuchPort { buffer } => {
                write!(
                    f,
                    "an input or output of the graph is buffer {buffer}, which does not exist"
                )
            }
            Self::NoSuchStep { step, after } => {
                write!(f, "step {step} must come after step {after}, which does not exist")
            }
            Self::WrittenTwice { step, buffer } => {
                write!(f, "step {step} writes buffer {buffer}, which has a value already")
            }
            Self::NeverWritten { buffer } => write!(f, "nothing writes buffer {buffer}"),
            Self::Cycle { step } => write!(f, "step {step} depends on itself"),
            Self::Permission { index } => {
                write!(f, "permission {index} is repeated or not for one step's output and input")
            }
        }
    }
}

impl core::error::Error for GraphError {}

/// The reason why a sequence of steps is no order of a [`Graph`](super::Graph).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OrderError {
    /// Not every step is there once.
    Len {
        /// The number of steps.
        expected: usize,
        /// The number of steps given.
        actual: usize,
    },
    /// A step that does not exist, or that came before.
    Step {
        /// The step.
        step: u32,
    },
    /// A step comes before one that it depends on.
    TooEarly {
        /// The step.
        step: u32,
        /// The step that must come before it.
        before: u32,
    },
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Len { expected, actual } => {
                write!(f, "the order is of {actual} steps, but there are {expected}")
            }
            Self::Step { step } => write!(f, "step {step} does not exist or comes twice"),
            Self::TooEarly { step, before } => {
                write!(f, "step {step} comes before step {before}, on which it depends")
            }
        }
    }
}

impl core::error::Error for OrderError {}
