//! `bantam inspect`: shows the contents of a model.

mod options;
mod text;

use std::collections::BTreeMap;

use bantam_interp::host::{self, Fault};
use bantam_report::model::{tensor_bytes, type_name};
use bantam_schema::{Indices, Model, NamedTensor, Operator, Subgraph, Tensor};
use bantam_signal_ops::EVERY;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::args::InspectArgs;
use crate::failure::Result;
use crate::model_file::{self, Quantization};
use crate::report;

/// Shows a model.
pub(crate) fn run(args: &InspectArgs) -> Result<()> {
    let path = &args.common.model;
    let bytes = model_file::read(path)?;
    let model = model_file::parse(path, &bytes)?;
    let mut report = InspectReport::new(path.display().to_string(), model);
    report.mark(&host::check(&model, EVERY));
    report::print(&report, args.common.json)
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct InspectReport {
    model: String,
    file_bytes: usize,
    schema_version: u32,
    description: Option<String>,
    operator_codes: Vec<CodeReport>,
    subgraphs: Vec<SubgraphReport>,
    buffers: u32,
    buffer_bytes: usize,
    metadata: Vec<MetadataReport>,
    signatures: Vec<SignatureReport>,
}

/// A kind of operator, and how many nodes are of it.
#[derive(Debug, Serialize)]
struct CodeReport {
    operator: String,
    version: i32,
    nodes: usize,
    /// How many of them cannot run.
    refused: usize,
}

/// Tensors and the operators between them.
#[derive(Debug, Serialize)]
struct SubgraphReport {
    name: Option<String>,
    inputs: Vec<i32>,
    outputs: Vec<i32>,
    tensors: Vec<TensorReport>,
    operators: Vec<OperatorReport>,
}

#[derive(Debug, Serialize)]
struct TensorReport {
    index: usize,
    name: Option<String>,
    #[serde(rename = "type")]
    tensor_type: String,
    shape: Vec<i32>,
    /// The shape with -1 where it may be resized; `None` if the file has none.
    shape_signature: Option<Vec<i32>>,
    /// From type and shape; `None` if they do not tell.
    bytes: Option<usize>,
    buffer: u32,
    /// The bytes of the data, for a constant.
    constant_bytes: Option<usize>,
    variable: bool,
    quantization: Option<Quantization>,
}

#[derive(Debug, Serialize)]
struct OperatorReport {
    index: usize,
    operator: String,
    version: i32,
    inputs: Vec<Option<i32>>,
    outputs: Vec<i32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    intermediates: Vec<i32>,
    options: Map<String, Value>,
    /// Why the node cannot run.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

#[derive(Debug, Serialize)]
struct MetadataReport {
    name: Option<String>,
    bytes: usize,
}

#[derive(Debug, Serialize)]
struct SignatureReport {
    key: Option<String>,
    subgraph: u32,
    inputs: BTreeMap<String, u32>,
    outputs: BTreeMap<String, u32>,
}

impl InspectReport {
    fn new(path: String, model: Model<'_>) -> Self {
        Self {
            model: path,
            file_bytes: model.bytes().len(),
            schema_version: model.version(),
            description: model.description().map(str::to_owned),
            operator_codes: codes(model),
            subgraphs: model.subgraphs().map(SubgraphReport::new).collect(),
            buffers: model.buffer_len(),
            buffer_bytes: model.buffers().map(|buffer| buffer.data().len()).sum(),
            metadata: model
                .metadata()
                .map(|entry| MetadataReport {
                    name: entry.name.map(str::to_owned),
                    bytes: model.buffer(entry.buffer).map_or(0, |buffer| buffer.data().len()),
                })
                .collect(),
            signatures: model
                .signatures()
                .map(|signature| SignatureReport {
                    key: signature.key().map(str::to_owned),
                    subgraph: signature.subgraph(),
                    inputs: named(signature.inputs()),
                    outputs: named(signature.outputs()),
                })
                .collect(),
        }
    }
}

impl InspectReport {
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

impl SubgraphReport {
    fn new(subgraph: Subgraph<'_>) -> Self {
        Self {
            name: subgraph.name().map(str::to_owned),
            inputs: subgraph.inputs().iter().collect(),
            outputs: subgraph.outputs().iter().collect(),
            tensors: subgraph.tensors().enumerate().map(TensorReport::new).collect(),
            operators: subgraph.operators().enumerate().map(OperatorReport::new).collect(),
        }
    }
}

impl TensorReport {
    fn new((index, tensor): (usize, Tensor<'_>)) -> Self {
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

impl OperatorReport {
    fn new((index, operator): (usize, Operator<'_>)) -> Self {
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

fn codes(model: Model<'_>) -> Vec<CodeReport> {
    let mut nodes = BTreeMap::<u32, usize>::new();
    for operator in model.subgraphs().flat_map(|subgraph| subgraph.operators()) {
        *nodes.entry(operator.code_index()).or_default() += 1;
    }
    // A file may have a code more than once.
    let mut kinds: Vec<CodeReport> = Vec::new();
    for (code, index) in model.operator_codes().zip(0_u32..) {
        let (operator, version) = (code.to_string(), code.version);
        let nodes = nodes.get(&index).copied().unwrap_or(0);
        match kinds.iter_mut().find(|kind| (&kind.operator, kind.version) == (&operator, version)) {
            Some(kind) => kind.nodes += nodes,
            None => kinds.push(CodeReport { operator, version, nodes, refused: 0 }),
        }
    }
    kinds
}

fn named<'a>(tensors: impl Iterator<Item = NamedTensor<'a>>) -> BTreeMap<String, u32> {
    tensors.map(|tensor| (tensor.name.unwrap_or_default().to_owned(), tensor.tensor)).collect()
}
