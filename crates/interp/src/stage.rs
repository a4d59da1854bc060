//! What an interpreter is busy with while it is made: what errors say is to blame.

use crate::error::{Error, PrepareError};
use crate::prepare::name_of;
use bantam_schema::Subgraph;

/// What is being prepared or planned. Whatever fails on the way gives a narrow error, which is made a whole one in the end only.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage {
    /// The graph as a whole.
    Graph,
    /// A node.
    Node(u32),
    /// A tensor that is no node's: a graph input or output, or a variable.
    Port(u32),
}

impl Stage {
    /// The error in full.
    #[cold]
    #[inline(never)]
    pub(crate) fn blame(self, subgraph: &Subgraph<'_>, error: PrepareError) -> Error {
        match self {
            Self::Graph => Error::TooLarge,
            Self::Port(tensor) => {
                Error::Port { tensor: error.tensor.unwrap_or(tensor), cause: error.cause }
            }
            Self::Node(node) => match subgraph.operator(node) {
                Some(operator) => Error::Prepare { node, operator: name_of(&operator), error },
                None => Error::TooLarge,
            },
        }
    }
}
