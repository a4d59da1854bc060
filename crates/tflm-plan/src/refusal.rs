//! The reasons to make no plan.

use std::fmt;

/// The reason why a model gets no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Subgraphs call each other in a circle, or too often.
    Calls,
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
            Self::Calls => f.write_str("subgraphs call each other in a circle, or too often"),
            Self::Tensor(index) => write!(f, "the size of tensor {index} is not known"),
            Self::Scratch(operator) => write!(f, "the scratch memory of {operator} is not known"),
            Self::Compressed => f.write_str("the model has compressed tensors"),
            Self::Planner(error) => error.fmt(f),
            Self::Plan(violation) => write!(f, "the plan is wrong: {violation}"),
        }
    }
}

impl std::error::Error for Refusal {}
