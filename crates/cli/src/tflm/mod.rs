//! Memory plans for TensorFlow Lite Micro, which Bantam makes and TFLM follows.
//!
//! TFLM reads the offsets of tensors from a metadata entry of the model, `OfflineMemoryAllocation`,
//! and does not check them. A plan may therefore let an output lie over the input that it is
//! computed from, wherever the loops of TFLM's kernel read every byte before they write to it
//! ([`loops`]). Scratch memory cannot be given a place; TFLM fits it around the tensors
//! ([`placement`]), which a plan has to leave room for ([`scratch`]).
//!
//! The order of the nodes is that of the file. To plan for another, reorder the model first.

mod graph;
mod lifetimes;
mod loops;
mod metadata;
mod placement;
mod problem;
mod scratch;
mod solve;

use std::fmt;

pub(crate) use metadata::rewrite;
pub(crate) use solve::{Effort, Plan, Shared, plan};

/// The reason why a model gets no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// So many subgraphs instead of one.
    Subgraphs(u32),
    /// The size of this tensor is not known.
    Tensor(usize),
    /// The scratch memory of this operator is not known.
    Scratch(String),
    /// Tensors are compressed in a form of TFLM's own.
    Compressed,
    /// The planner gave up.
    Planner(bantam_planner::Error),
    /// The plan did not stand the check.
    Plan(bantam_planner::Violation),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subgraphs(count) => {
                write!(f, "the model has {count} subgraphs; plans for TFLM are made for one")
            }
            Self::Tensor(index) => write!(f, "the size of tensor {index} is not known"),
            Self::Scratch(operator) => write!(f, "the scratch memory of {operator} is not known"),
            Self::Compressed => f.write_str("the model has compressed tensors"),
            Self::Planner(error) => error.fmt(f),
            Self::Plan(violation) => write!(f, "the plan is wrong: {violation}"),
        }
    }
}
