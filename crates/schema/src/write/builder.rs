//! A model under construction.

use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use super::spec::{Code, Data, OperatorSpec, TensorSpec};
use crate::{BuiltinOperator, Compression, Options, compression};

/// A model under construction. See the [module](super) for an example.
#[derive(Clone, Debug)]
pub struct ModelBuilder {
    pub(super) description: Option<String>,
    pub(super) codes: Vec<Code>,
    pub(super) subgraphs: Vec<Graph>,
    pub(super) buffers: Vec<Vec<u8>>,
    pub(super) metadata: Vec<(String, u32)>,
    pub(super) signatures: Vec<SignatureSpec>,
    pub(super) data_behind: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    pub(super) name: Option<String>,
    pub(super) tensors: Vec<(TensorSpec, u32)>,
    pub(super) inputs: Vec<i32>,
    pub(super) outputs: Vec<i32>,
    pub(super) operators: Vec<(OperatorSpec, u32)>,
}

#[derive(Clone, Debug)]
pub(super) struct SignatureSpec {
    pub(super) key: String,
    pub(super) subgraph: u32,
    pub(super) inputs: Vec<(String, u32)>,
    pub(super) outputs: Vec<(String, u32)>,
}

/// Returns the index that the next entry of a list will have.
fn next_index<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

impl ModelBuilder {
    /// Returns a model with nothing but the empty buffer that index 0 stands for.
    pub fn new() -> Self {
        Self {
            description: None,
            codes: Vec::new(),
            subgraphs: Vec::new(),
            buffers: vec![Vec::new()],
            metadata: Vec::new(),
            signatures: Vec::new(),
            data_behind: false,
        }
    }

    /// Sets the description.
    pub fn description(&mut self, description: &str) -> &mut Self {
        self.description = Some(description.to_owned());
        self
    }

    /// Puts the data of buffers and custom options behind the FlatBuffer, where 64-bit offsets
    /// refer to it, as in files of more than 2 GB.
    pub fn data_behind(&mut self, behind: bool) -> &mut Self {
        self.data_behind = behind;
        self
    }

    /// Adds an operator code, and returns its index.
    ///
    /// [`SubgraphBuilder`] adds the codes it needs by itself.
    pub fn operator_code(
        &mut self,
        builtin: BuiltinOperator,
        custom: Option<&str>,
        version: i32,
    ) -> u32 {
        self.codes.push(Code { builtin, custom: custom.map(ToString::to_string), version });
        next_index(&self.codes).saturating_sub(1)
    }

    fn code(&mut self, code: &Code) -> u32 {
        let known = (0..).zip(&self.codes).find(|(_, known)| *known == code);
        match known {
            Some((index, _)) => index,
            None => self.operator_code(code.builtin, code.custom.as_deref(), code.version),
        }
    }

    /// Adds a buffer, and returns its index.
    pub fn buffer(&mut self, data: &[u8]) -> u32 {
        self.buffers.push(data.to_vec());
        next_index(&self.buffers).saturating_sub(1)
    }

    /// Adds a subgraph; the first one is the one that runs.
    pub fn subgraph(&mut self, name: &str) -> SubgraphBuilder<'_> {
        self.subgraphs.push(Graph { name: Some(name.to_owned()), ..Graph::default() });
        let index = next_index(&self.subgraphs).saturating_sub(1);
        SubgraphBuilder { model: self, index }
    }

    /// Goes on with an earlier subgraph; `None` if there is none of that index.
    pub fn edit_subgraph(&mut self, index: u32) -> Option<SubgraphBuilder<'_>> {
        (index < next_index(&self.subgraphs)).then_some(SubgraphBuilder { model: self, index })
    }

    /// Adds metadata, in a buffer of its own.
    pub fn metadata(&mut self, name: &str, data: &[u8]) -> &mut Self {
        let buffer = self.buffer(data);
        self.metadata.push((name.to_owned(), buffer));
        self
    }

    /// Removes metadata. Its buffers lose their data but keep their place.
    pub fn remove_metadata(&mut self, name: &str) -> &mut Self {
        let (removed, kept) = self.metadata.drain(..).partition(|(known, _)| known == name);
        self.metadata = kept;
        let used = self.used_buffers();
        let removed: Vec<(String, u32)> = removed;
        for (_, buffer) in removed.iter().filter(|(_, buffer)| !used.contains(buffer)) {
            if let Some(data) = self.buffers.get_mut(*buffer as usize) {
                data.clear();
            }
        }
        self
    }

    /// Takes away what only preparing a model reads: names, shapes and quantization of tensors that
    /// are no inputs or outputs of their subgraph, and operands and options of operators. Buffers
    /// and indices stay. No interpreter can prepare what is left.
    pub fn strip(&mut self) -> &mut Self {
        for graph in &mut self.subgraphs {
            let is_port = |at: usize| {
                let mut ports = graph.inputs.iter().chain(&graph.outputs);
                ports.any(|&port| usize::try_from(port) == Ok(at))
            };
            let tensors = graph.tensors.iter_mut().enumerate();
            for (_, (spec, _)) in tensors.filter(|(at, _)| !is_port(*at)) {
                *spec = TensorSpec { tensor_type: spec.tensor_type, ..TensorSpec::default() };
            }
            for (spec, _) in &mut graph.operators {
                let code = spec.code.clone();
                *spec = OperatorSpec::new(code.builtin, &[], &[]);
                spec.code = code;
            }
        }
        self
    }

    /// Gives a buffer other data; nothing is done if there is no such buffer.
    pub fn set_buffer(&mut self, index: usize, data: Vec<u8>) -> &mut Self {
        if let Some(buffer) = self.buffers.get_mut(index) {
            *buffer = data;
        }
        self
    }

    /// Removes the data of buffers that neither a tensor nor metadata nor a table of values uses.
    /// They keep their places.
    pub fn clear_unused_buffers(&mut self) -> &mut Self {
        let mut used = vec![false; self.buffers.len()];
        for buffer in self.used_buffers() {
            if let Some(used) = used.get_mut(buffer as usize) {
                *used = true;
            }
        }
        for (data, _) in self.buffers.iter_mut().zip(used).filter(|(_, used)| !used) {
            *data = Vec::new();
        }
        self
    }

    fn used_buffers(&self) -> Vec<u32> {
        let tensors = self.subgraphs.iter().flat_map(|graph| &graph.tensors);
        let metadata = self.metadata.iter().map(|entry| entry.1);
        tensors.map(|tensor| tensor.1).chain(metadata).chain(self.tables()).collect()
    }

    /// The buffers of the tables that the metadata list.
    fn tables(&self) -> impl Iterator<Item = u32> {
        let listed = self.metadata.iter().filter(|entry| entry.0 == compression::NAME);
        let listed = listed.filter_map(|entry| self.buffers.get(entry.1 as usize));
        let subgraphs = 0..u32::try_from(self.subgraphs.len()).unwrap_or(u32::MAX);
        let tensors = listed.flat_map(move |bytes| {
            let listed = Compression::of(bytes);
            subgraphs.clone().flat_map(move |index| listed.lut_tensors(index))
        });
        tensors.map(|tensor| tensor.value_buffer)
    }

    /// Adds a signature: names for the inputs and outputs of a subgraph.
    pub fn signature(
        &mut self,
        key: &str,
        subgraph: u32,
        inputs: &[(&str, u32)],
        outputs: &[(&str, u32)],
    ) -> &mut Self {
        let owned = |list: &[(&str, u32)]| {
            list.iter().map(|(name, tensor)| ((*name).to_owned(), *tensor)).collect()
        };
        let (inputs, outputs) = (owned(inputs), owned(outputs));
        self.signatures.push(SignatureSpec { key: key.to_owned(), subgraph, inputs, outputs });
        self
    }
}

impl Default for ModelBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// A subgraph of a [`ModelBuilder`].
#[derive(Debug)]
pub struct SubgraphBuilder<'m> {
    model: &'m mut ModelBuilder,
    index: u32,
}

impl SubgraphBuilder<'_> {
    /// Returns the subgraph's index.
    pub fn index(&self) -> u32 {
        self.index
    }

    fn edit(&mut self, change: impl FnOnce(&mut Graph)) -> &mut Self {
        if let Some(graph) = self.model.subgraphs.get_mut(self.index as usize) {
            change(graph);
        }
        self
    }

    /// Adds a tensor, and returns its index.
    pub fn tensor(&mut self, spec: TensorSpec) -> i32 {
        let buffer = match &spec.data {
            Data::None => 0,
            Data::Buffer(index) => *index,
            Data::Bytes(bytes) => self.model.buffer(bytes),
        };
        let mut index = 0;
        self.edit(|graph| {
            index = i32::try_from(graph.tensors.len()).unwrap_or(i32::MAX);
            graph.tensors.push((spec, buffer));
        });
        index
    }

    /// Makes a tensor a constant, with a buffer of its own.
    pub fn set_data(&mut self, tensor: u32, data: &[u8]) -> &mut Self {
        let buffer = self.model.buffer(data);
        self.edit_tensor(tensor, |_, slot| *slot = buffer)
    }

    /// Takes a tensor's constant away.
    pub fn clear_data(&mut self, tensor: u32) -> &mut Self {
        self.edit_tensor(tensor, |_, slot| *slot = 0)
    }

    /// Gives a tensor another shape, which is wholly known.
    pub fn set_shape(&mut self, tensor: u32, shape: &[i32]) -> &mut Self {
        self.edit_tensor(tensor, |spec, _| {
            spec.shape = shape.to_vec();
            spec.shape_signature = Vec::new();
        })
    }

    /// Changes a tensor, or its buffer.
    fn edit_tensor(
        &mut self,
        tensor: u32,
        change: impl FnOnce(&mut TensorSpec, &mut u32),
    ) -> &mut Self {
        self.edit(|graph| {
            if let Some((spec, buffer)) = graph.tensors.get_mut(tensor as usize) {
                change(spec, buffer);
            }
        })
    }

    /// Adds a builtin operator of version 1; −1 stands for an absent input.
    pub fn operator<'o>(
        &mut self,
        builtin: BuiltinOperator,
        inputs: &[i32],
        outputs: &[i32],
        options: impl Into<Options<'o>>,
    ) -> &mut Self {
        self.add(OperatorSpec::new(builtin, inputs, outputs).options(options))
    }

    /// Adds a custom operator of version 1.
    pub fn custom(
        &mut self,
        name: &str,
        inputs: &[i32],
        outputs: &[i32],
        options: &[u8],
    ) -> &mut Self {
        self.add(OperatorSpec::custom(name, inputs, outputs).custom_options(options))
    }

    /// Adds an operator.
    pub fn add(&mut self, spec: OperatorSpec) -> &mut Self {
        let code = self.model.code(&spec.code);
        self.edit(|graph| graph.operators.push((spec, code)))
    }

    /// Puts the operators into another order: first the one that was at `order[0]`.
    ///
    /// Drops an operator that `order` does not name, and repeats one that it names twice.
    pub fn reorder(&mut self, order: &[u32]) -> &mut Self {
        self.edit(|graph| {
            let operator = |&index: &u32| graph.operators.get(index as usize).cloned();
            graph.operators = order.iter().filter_map(operator).collect();
        })
    }

    /// Sets the tensors that are fed from outside.
    pub fn inputs(&mut self, tensors: &[i32]) -> &mut Self {
        self.edit(|graph| graph.inputs = tensors.to_vec())
    }

    /// Sets the tensors that are the result.
    pub fn outputs(&mut self, tensors: &[i32]) -> &mut Self {
        self.edit(|graph| graph.outputs = tensors.to_vec())
    }
}
