//! The tensors of a model while it runs, as its nodes write them.

use std::collections::BTreeMap;
use std::path::Path;

use bantam_interp::{Interpreter, Node, Observer, Outputs};
use bantam_schema::{Subgraph, Tensor};

use crate::failure::Result;
use crate::{files, npy};

/// Keeps the outputs of every node of one run, by the index of the tensor.
#[derive(Debug)]
pub(crate) struct Taps<'m> {
    subgraph: Subgraph<'m>,
    /// The bytes of the inputs.
    inputs: BTreeMap<u32, Vec<u8>>,
    /// The node that wrote a tensor last, and its bytes.
    pub(crate) written: BTreeMap<u32, (u32, Vec<u8>)>,
}

impl<'m> Taps<'m> {
    pub(crate) fn new(subgraph: Subgraph<'m>) -> Self {
        Self { subgraph, inputs: BTreeMap::new(), written: BTreeMap::new() }
    }

    /// Keeps the inputs, before the run.
    pub(crate) fn read_inputs(&mut self, interpreter: &mut Interpreter<'_>) {
        for (at, tensor) in self.subgraph.inputs().iter().enumerate() {
            if let (Ok(tensor), Ok(bytes)) = (u32::try_from(tensor), interpreter.input_bytes(at)) {
                self.inputs.insert(tensor, bytes.to_vec());
            }
        }
    }

    /// Writes all tensors, constants too, to files of a folder; gives how many. Those of types that
    /// NumPy does not have are left out.
    pub(crate) fn write(&self, folder: &Path) -> Result<usize> {
        files::make_folder(folder)?;
        let mut count = 0;
        for (tensor, index) in self.subgraph.tensors().zip(0_u32..) {
            let written = self.written.get(&index).map(|(_, bytes)| &bytes[..]);
            let bytes = written.or_else(|| self.inputs.get(&index).map(|bytes| &bytes[..]));
            let file = bytes.or_else(|| tensor.data()).and_then(|bytes| file_of(&tensor, bytes));
            if let Some(file) = file {
                files::write(&folder.join(file_name(index)), &file)?;
                count += 1;
            }
        }
        Ok(count)
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

/// The `.npy` file of a tensor; `None` if NumPy has no such type, or if there are more or less
/// bytes than its shape says.
fn file_of(tensor: &Tensor<'_>, bytes: &[u8]) -> Option<Vec<u8>> {
    let shape: Option<Vec<u64>> =
        tensor.shape().iter().map(|size| u64::try_from(size).ok()).collect();
    let tensor_type = tensor.tensor_type();
    let fits = bantam_report::model::tensor_bytes(tensor) == Some(bytes.len());
    npy::encoded(tensor_type, &shape?, bytes).filter(|_| fits)
}
