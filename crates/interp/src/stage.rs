//! What an interpreter is busy with while it is made: what errors say is to blame.

use crate::error::{Error, PrepareError};
use crate::prepare::name_of;
use bantam_schema::Subgraph;
use core::cell::Cell;

/// What is being prepared or planned. Whatever fails on the way gives a narrow error, which is made a whole one in the end only.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage {
    /// The graph as a whole.
    Graph,
    /// A node whose operator is looked for.
    Lookup(u32),
    /// A node.
    Node(u32),
    /// A tensor that is no node's: a graph input or output, or a variable.
    Port(u32),
}

impl Stage {
    /// Leaves the error in full.
    // Where it is to be: what is moved takes code.
    #[cold]
    #[inline(never)]
    pub(crate) fn blame(self, subgraph: &Subgraph<'_>, error: PrepareError, left: &Cell<Error>) {
        let PrepareError { tensor, cause } = error;
        left.set(match self {
            Self::Graph => Error::TooLarge,
            Self::Port(port) => Error::Port { tensor: tensor.unwrap_or(port), cause },
            Self::Node(node) | Self::Lookup(node) => match (subgraph.operator(node), self) {
                (Some(operator), Self::Node(_)) => {
                    Error::Prepare { node, operator: name_of(&operator), error }
                }
                (Some(operator), _) => {
                    Error::MissingOperator { node, operator: name_of(&operator) }
                }
                (None, _) => Error::TooLarge,
            },
        });
    }
}
