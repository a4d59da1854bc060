//! Watching nodes run.

use crate::error::OperatorName;

/// A node, as an [`Observer`] sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its index in the graph.
    pub index: u32,
    /// Its operator.
    pub operator: OperatorName,
}

/// Is told before and after every node: for profiles and progress.
///
/// `()` observes nothing and costs nothing: the calls vanish and node names are not even looked up.
pub trait Observer {
    /// Whether anybody listens.
    const ACTIVE: bool = true;

    /// A node is about to run.
    fn before(&mut self, node: Node);

    /// It has run.
    fn after(&mut self, node: Node);
}

impl Observer for () {
    const ACTIVE: bool = false;

    fn before(&mut self, _node: Node) {}

    fn after(&mut self, _node: Node) {}
}
