//! The tensors of a model while it runs, as its nodes write them.

use std::collections::BTreeMap;

use bantam_interp::{Node, Observer, Outputs};
use bantam_schema::Subgraph;

/// Keeps the outputs of every node of one run, by the index of the tensor.
#[derive(Debug)]
pub(crate) struct Taps<'m> {
    subgraph: Subgraph<'m>,
    /// The node that wrote a tensor last, and its bytes.
    pub(crate) written: BTreeMap<u32, (u32, Vec<u8>)>,
}

impl<'m> Taps<'m> {
    pub(crate) fn new(subgraph: Subgraph<'m>) -> Self {
        Self { subgraph, written: BTreeMap::new() }
    }
}

impl Observer for Taps<'_> {
    fn before(&mut self, _node: Node) {}

    fn after(&mut self, node: Node, outputs: &Outputs<'_>) {
        let Some(operator) = self.subgraph.operator(node.index) else { return };
        for (at, tensor) in operator.outputs().iter().enumerate() {
            if let (Ok(tensor), Some(bytes)) = (u32::try_from(tensor), outputs.bytes(at)) {
                self.written.insert(tensor, (node.index, bytes.to_vec()));
            }
        }
    }
}

/// The name of the file of a tensor.
pub(crate) fn file_name(tensor: u32) -> String {
    format!("tensor_{tensor}.npy")
}
