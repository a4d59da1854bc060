//! Watching nodes run.

use crate::error::OperatorName;
use crate::op::Io;
use crate::record::NodeRecord;

/// A node, as an [`Observer`] sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its index in the graph.
    pub index: u32,
    /// Its operator.
    pub operator: OperatorName,
}

/// Is told before and after every node: for profiles, progress, and a look at what nodes compute.
///
/// `()` observes nothing and costs nothing: the calls vanish and node names are not even looked up.
///
/// ```
/// use bantam_interp::{Node, Observer, Outputs};
///
/// /// Keeps the first byte that each node writes.
/// struct FirstBytes(Vec<Option<u8>>);
///
/// impl Observer for FirstBytes {
///     fn before(&mut self, _node: Node) {}
///
///     fn after(&mut self, _node: Node, outputs: &Outputs<'_>) {
///         self.0.push(outputs.bytes(0).and_then(|bytes| bytes.first().copied()));
///     }
/// }
/// ```
pub trait Observer {
    /// Whether anybody listens.
    const ACTIVE: bool = true;

    /// A node is about to run.
    fn before(&mut self, node: Node);

    /// It has run, and its outputs are where it wrote them: the next node may write over them.
    fn after(&mut self, node: Node, outputs: &Outputs<'_>);
}

impl Observer for () {
    const ACTIVE: bool = false;

    fn before(&mut self, _node: Node) {}

    fn after(&mut self, _node: Node, _outputs: &Outputs<'_>) {}
}

/// The outputs of a node that has just run, where they lie. They are looked up when they are asked
/// for: an observer that does not ask costs nothing.
#[derive(Clone, Copy, Debug)]
pub struct Outputs<'r> {
    io: &'r Io<'r>,
    record: NodeRecord,
}

impl<'r> Outputs<'r> {
    pub(crate) fn new(io: &'r Io<'_>, record: NodeRecord) -> Self {
        Self { io, record }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.record.outputs.into()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Output `index` as the little-endian bytes of its elements; `None` if there is none.
    pub fn bytes(&self, index: usize) -> Option<&'r [u8]> {
        self.io.bytes(self.io.operands_of(&self.record)?.output(index))
    }
}
