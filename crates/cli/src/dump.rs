//! All tensors of a run as files: `bantam run --dump`.

use std::collections::BTreeMap;
use std::path::Path;

use bantam_interp::Interpreter;
use bantam_interp::host::Event;
use bantam_report::model::tensor_bytes;
use bantam_schema::{Model, Tensor};

use crate::failure::Result;
use crate::{files, npy};

/// The values of tensors, by subgraph and index: those that nodes wrote last, and the inputs.
#[derive(Debug)]
pub(crate) struct Dump<'m> {
    model: Model<'m>,
    values: BTreeMap<(u32, u32), Vec<u8>>,
}

impl<'m> Dump<'m> {
    pub(crate) fn new(model: Model<'m>) -> Self {
        Self { model, values: BTreeMap::new() }
    }

    /// Keeps the inputs, before the run.
    pub(crate) fn read_inputs(&mut self, interpreter: &mut Interpreter<'_>) {
        let inputs = self.model.subgraph(0).map(|graph| graph.inputs());
        for (at, tensor) in inputs.iter().flat_map(|inputs| inputs.iter()).enumerate() {
            if let (Ok(tensor), Ok(bytes)) = (u32::try_from(tensor), interpreter.input_bytes(at)) {
                self.values.insert((0, tensor), bytes.to_vec());
            }
        }
    }

    /// Keeps what a node has written, or what a subgraph that is called runs on.
    pub(crate) fn keep(&mut self, event: &Event<'_>) {
        let Some(graph) = self.model.subgraph(event.subgraph) else { return };
        let tensors = match event.node {
            Some(node) => graph.operator(node).map(|operator| operator.outputs()),
            None => Some(graph.inputs()),
        };
        for (at, tensor) in tensors.iter().flat_map(|tensors| tensors.iter()).enumerate() {
            if let (Ok(tensor), Some(bytes)) = (u32::try_from(tensor), event.value(at)) {
                self.values.insert((event.subgraph, tensor), bytes);
            }
        }
    }

    /// Writes all tensors of the subgraphs that ran, constants too, to files of a folder; gives how
    /// many. Those of types that NumPy does not have are left out.
    pub(crate) fn write(&self, folder: &Path) -> Result<usize> {
        files::make_folder(folder)?;
        let mut count = 0;
        for (subgraph, graph) in (0_u32..).zip(self.model.subgraphs()) {
            let ran = subgraph == 0 || self.values.keys().any(|&(of, _)| of == subgraph);
            for (index, tensor) in (0_u32..).zip(graph.tensors()).filter(|_| ran) {
                let value = self.values.get(&(subgraph, index)).map(|bytes| &bytes[..]);
                let file = value.or_else(|| tensor.data());
                if let Some(file) = file.and_then(|bytes| file_of(&tensor, bytes)) {
                    files::write(&folder.join(file_name_in(subgraph, index)), &file)?;
                    count += 1;
                }
            }
        }
        Ok(count)
    }
}

/// The name of the file of a tensor of the graph that runs.
pub(crate) fn file_name(tensor: u32) -> String {
    format!("tensor_{tensor}.npy")
}

/// The name of the file of a tensor of any subgraph.
fn file_name_in(subgraph: u32, tensor: u32) -> String {
    let name = file_name(tensor);
    if subgraph == 0 { name } else { format!("subgraph_{subgraph}_{name}") }
}

/// The `.npy` file of a tensor; `None` if NumPy has no such type, or if there are more or less
/// bytes than its shape says.
fn file_of(tensor: &Tensor<'_>, bytes: &[u8]) -> Option<Vec<u8>> {
    let shape: Option<Vec<u64>> =
        tensor.shape().iter().map(|size| u64::try_from(size).ok()).collect();
    let fits = tensor_bytes(tensor) == Some(bytes.len());
    npy::encoded(tensor.tensor_type(), &shape?, bytes).filter(|_| fits)
}
