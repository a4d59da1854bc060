//! The contents of a model.

mod options;

use std::collections::BTreeMap;

use bantam_interp::host::{self, Fault};
use bantam_schema::{self as schema, Indices, Model, NamedTensor};
use bantam_signal_ops::EVERY;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::{Quantization, tensor_bytes, type_name};

/// Returns the contents of a model, and which of its nodes cannot run.
pub fn inspect(model: &Model<'_>) -> Inspection {
    let mut inspection = Inspection::new(*model);
    inspection.mark(&host::check(model, EVERY));
    inspection
}

/// The contents of a model.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Inspection {
    /// Bytes of the file.
    pub file_bytes: usize,
    /// The version of the schema, which is 3.
    pub schema_version: u32,
    /// What the converter says about itself.
    pub description: Option<String>,
    /// The kinds of operators, in the order of the file.
    pub operator_codes: Vec<Kind>,
    /// The graphs; the first one runs.
    pub subgraphs: Vec<Subgraph>,
    /// The number of buffers.
    pub buffers: u32,
    /// The bytes of all of them.
    pub buffer_bytes: usize,
    /// Entries of metadata.
    pub metadata: Vec<Metadata>,
    /// Names for inputs and outputs.
    pub signatures: Vec<Signature>,
}

/// A kind of operator, and how many nodes are of it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Kind {
    /// The schema's name, or that of a custom operator.
    pub operator: String,
    /// The version that the converter asks for.
    pub version: i32,
    /// How many nodes of the model are of it.
    pub nodes: usize,
    /// How many of them cannot run.
    pub refused: usize,
}

/// Tensors and the operators between them.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Subgraph {
    /// Its name, if the file has one.
    pub name: Option<String>,
    /// Indices of tensors, in the order in which they are given.
    pub inputs: Vec<i32>,
    /// Indices of tensors.
    pub outputs: Vec<i32>,
    /// All tensors, by their indices.
    pub tensors: Vec<Tensor>,
    /// The nodes, in the order in which they run.
    pub operators: Vec<Node>,
}

/// A tensor.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Tensor {
    /// Its index in the subgraph.
    pub index: usize,
    /// Its name, if the file has one.
    pub name: Option<String>,
    /// The type of its elements, such as `int8`.
    #[serde(rename = "type")]
    pub tensor_type: String,
    /// Sizes of the dimensions, outermost first; that of images is `[N, H, W, C]`.
    pub shape: Vec<i32>,
    /// The shape with -1 where it may be resized; `None` if the file has none.
    pub shape_signature: Option<Vec<i32>>,
    /// From type and shape; `None` if they do not tell.
    pub bytes: Option<usize>,
    /// The index of the buffer with its data; 0 is an empty one.
    pub buffer: u32,
    /// The bytes of the data, for a constant.
    pub constant_bytes: Option<usize>,
    /// Whether it keeps its elements from one invoke to the next.
    pub variable: bool,
    /// What its integers mean; `None` if they are just numbers.
    pub quantization: Option<Quantization>,
}

/// A node.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Node {
    /// Its index in the subgraph.
    pub index: usize,
    /// The schema's name, or that of a custom operator.
    pub operator: String,
    /// The version that the converter asks for.
    pub version: i32,
    /// Indices of tensors; `None` for an input that is absent.
    pub inputs: Vec<Option<i32>>,
    /// Indices of tensors.
    pub outputs: Vec<i32>,
    /// Tensors that only the operator itself uses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub intermediates: Vec<i32>,
    /// Its options by the schema's names.
    pub options: Map<String, Value>,
    /// Why the node cannot run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// An entry of metadata.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Metadata {
    /// Its name, if the file has one.
    pub name: Option<String>,
    /// Bytes of its data.
    pub bytes: usize,
}

/// Names for the inputs and outputs of a subgraph.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Signature {
    /// Its name, such as `serving_default`.
    pub key: Option<String>,
    /// The subgraph that it calls.
    pub subgraph: u32,
    /// Indices of tensors by name.
    pub inputs: BTreeMap<String, u32>,
    /// Indices of tensors by name.
    pub outputs: BTreeMap<String, u32>,
}

impl Inspection {
    fn new(model: Model<'_>) -> Self {
        Self {
            file_bytes: model.bytes().len(),
            schema_version: model.version(),
            description: model.description().map(str::to_owned),
            operator_codes: codes(model),
            subgraphs: model.subgraphs().map(Subgraph::new).collect(),
            buffers: model.buffer_len(),
            buffer_bytes: model.buffers().map(|buffer| buffer.data().len()).sum(),
            metadata: model
                .metadata()
                .map(|entry| Metadata {
                    name: entry.name.map(str::to_owned),
                    bytes: model.buffer(entry.buffer).map_or(0, |buffer| buffer.data().len()),
                })
                .collect(),
            signatures: model
                .signatures()
                .map(|signature| Signature {
                    key: signature.key().map(str::to_owned),
                    subgraph: signature.subgraph(),
                    inputs: named(signature.inputs()),
                    outputs: named(signature.outputs()),
                })
                .collect(),
        }
    }
}

impl Inspection {
    /// Marks the nodes that cannot run.
    fn mark(&mut self, faults: &[Fault]) {
        for fault in faults {
            let graph = self.subgraphs.get_mut(fault.subgraph as usize);
            let node = fault.node.and_then(|node| graph?.operators.get_mut(node as usize));
            let Some(node) = node else { continue };
            let kind = (&node.operator, node.version);
            if let Some(code) =
                self.operator_codes.iter_mut().find(|code| (&code.operator, code.version) == kind)
            {
                code.refused += 1;
            }
            let tensor = fault.tensor.as_ref().map(|tensor| format!("{tensor}: "));
            node.refused = Some(format!("{}{}", tensor.unwrap_or_default(), fault.reason));
        }
    }
}

impl Subgraph {
    fn new(subgraph: schema::Subgraph<'_>) -> Self {
        Self {
            name: subgraph.name().map(str::to_owned),
            inputs: subgraph.inputs().iter().collect(),
            outputs: subgraph.outputs().iter().collect(),
            tensors: subgraph.tensors().enumerate().map(Tensor::new).collect(),
            operators: subgraph.operators().enumerate().map(Node::new).collect(),
        }
    }
}

impl Tensor {
    fn new((index, tensor): (usize, schema::Tensor<'_>)) -> Self {
        let signature: Vec<i32> = tensor.shape_signature().iter().collect();
        Self {
            index,
            name: tensor.name().map(str::to_owned),
            tensor_type: type_name(tensor.tensor_type()),
            shape: tensor.shape().iter().collect(),
            shape_signature: (!signature.is_empty()).then_some(signature),
            bytes: tensor_bytes(&tensor),
            buffer: tensor.buffer(),
            constant_bytes: tensor.data().map(<[u8]>::len),
            variable: tensor.is_variable(),
            quantization: Quantization::of(&tensor),
        }
    }
}

impl Node {
    fn new((index, operator): (usize, schema::Operator<'_>)) -> Self {
        let code = operator.code();
        Self {
            index,
            operator: code.to_string(),
            version: code.version,
            inputs: operator.inputs().iter().map(|input| (input >= 0).then_some(input)).collect(),
            outputs: indices(operator.outputs()),
            intermediates: indices(operator.intermediates()),
            options: options::of(&operator),
            refused: None,
        }
    }
}

fn indices(tensors: Indices<'_>) -> Vec<i32> {
    tensors.iter().collect()
}

fn codes(model: Model<'_>) -> Vec<Kind> {
    let mut nodes = BTreeMap::<u32, usize>::new();
    for operator in model.subgraphs().flat_map(|subgraph| subgraph.operators()) {
        *nodes.entry(operator.code_index()).or_default() += 1;
    }
    // A file may have a code more than once.
    let mut kinds: Vec<Kind> = Vec::new();
    for (code, index) in model.operator_codes().zip(0_u32..) {
        let (operator, version) = (code.to_string(), code.version);
        let nodes = nodes.get(&index).copied().unwrap_or(0);
        match kinds.iter_mut().find(|kind| (&kind.operator, kind.version) == (&operator, version)) {
            Some(kind) => kind.nodes += nodes,
            None => kinds.push(Kind { operator, version, nodes, refused: 0 }),
        }
    }
    kinds
}

fn named<'a>(tensors: impl Iterator<Item = NamedTensor<'a>>) -> BTreeMap<String, u32> {
    tensors.map(|tensor| (tensor.name.unwrap_or_default().to_owned(), tensor.tensor)).collect()
}
