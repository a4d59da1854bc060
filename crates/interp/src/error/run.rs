//! Why a node failed while it ran.

use super::site::Site;
use bantam_kernels::{IndexError, LengthMismatch, LookupError};
use core::fmt;

/// Why a node failed while it ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EvalError {
    /// A required operand is absent, or there is none at this position.
    MissingOperand,
    /// The plan is faulty: an operand lies outside its memory or two of them overlap.
    Memory,
    /// An operand is not a whole number of elements of the type asked for, or not aligned for it.
    Type,
    /// The kernel refuses the lengths.
    Length(LengthMismatch),
    /// An index, axis or size that was computed at run time is out of range.
    Value,
    /// An index tensor has a value that is out of range.
    Index(IndexError),
    /// The node's record is faulty: it names an operator, data or a subgraph that are not there.
    Record,
    /// Subgraphs call each other more than [`MAX_CALL_DEPTH`](crate::MAX_CALL_DEPTH)
    /// deep: the records are not those of an interpreter that was made from its model.
    CallDepth,
    /// A node of the graph has called subgraphs as often as it may
    /// ([`Options::max_calls`](crate::Options::max_calls)), and goes on.
    Calls(u32),
    /// The reason in words, for operators of users' own: a sentence without a full stop.
    Custom(&'static str),
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingOperand => f.write_str("an operand is missing"),
            Self::Memory => f.write_str("operands overlap or lie outside the arena"),
            Self::Type => f.write_str("an operand is not of the type that the kernel reads"),
            Self::Length(error) => error.fmt(f),
            Self::Value => f.write_str("a value computed at run time is out of range"),
            Self::Index(error) => error.fmt(f),
            Self::Record => f.write_str("the node's record is faulty"),
            Self::CallDepth => f.write_str("subgraphs call each other too deep"),
            Self::Calls(most) => {
                write!(f, "more than {most} calls of subgraphs")
            }
            Self::Custom(reason) => f.write_str(reason),
        }
    }
}

impl core::error::Error for EvalError {}

impl From<LengthMismatch> for EvalError {
    fn from(error: LengthMismatch) -> Self {
        Self::Length(error)
    }
}

impl From<IndexError> for EvalError {
    fn from(error: IndexError) -> Self {
        Self::Index(error)
    }
}

impl From<LookupError> for EvalError {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Length(error) => error.into(),
            LookupError::Index(error) => error.into(),
        }
    }
}

/// Invoking failed. Outputs are unspecified; the interpreter remains usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct InvokeError {
    /// The subgraph of the node that failed: 0 unless another is called.
    pub subgraph: u32,
    /// The node that failed.
    pub node: u32,
    /// Why.
    pub cause: EvalError,
}

impl fmt::Display for InvokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = Site { subgraph: self.subgraph, node: self.node };
        write!(f, "{place}: {}", self.cause)
    }
}

impl core::error::Error for InvokeError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.cause)
    }
}
