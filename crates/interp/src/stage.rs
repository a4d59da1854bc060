//! What an interpreter is busy with while it is made: what errors say is to blame.

use crate::error::{Cause, Error, PrepareError};
use crate::name::name_of;
use crate::reason::{Failed, Reason};
use bantam_schema::Subgraph;

/// What is being prepared or planned: what the error names if that fails.
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
    /// Records the error in full.
    #[cold]
    // size: one copy for all that can fail.
    #[inline(never)]
    pub(crate) fn blame(
        self,
        subgraph: &Subgraph<'_>,
        (tensor, cause): (Option<u32>, &Cause),
        reason: &Reason,
    ) -> Failed {
        let cause = *cause;
        if cause == Cause::OutOfMemory {
            return reason.out_of_memory();
        }
        let index = reason.subgraph.get();
        reason.fail(match self {
            Self::Graph => Error::TooLarge,
            Self::Port(port) => {
                Error::Port { subgraph: index, tensor: tensor.unwrap_or(port), cause }
            }
            Self::Node(node) | Self::Lookup(node) => match (subgraph.operator(node), self) {
                (Some(operator), Self::Node(_)) => {
                    let operator = name_of(&operator);
                    let error = PrepareError { tensor, cause };
                    Error::Prepare { subgraph: index, node, operator, error }
                }
                (Some(operator), _) => {
                    let operator = name_of(&operator);
                    Error::MissingOperator { subgraph: index, node, operator }
                }
                (None, _) => Error::NoNode(node),
            },
        })
    }
}
