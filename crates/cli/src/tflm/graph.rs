//! A model's graph as TensorFlow Lite Micro sees it when it plans.

use bantam_schema::{BuiltinOperator, Model, Operator, Subgraph, TensorType, Vector};

use super::refusal::Refusal;
use crate::model_file::operator_name;

/// The alignment of offsets and sizes.
pub(crate) const ALIGNMENT: u32 = 16;

/// A tensor.
#[derive(Clone, Debug)]
pub(crate) struct Tensor<'a> {
    pub(crate) name: &'a str,
    pub(crate) tensor_type: TensorType,
    /// Sizes of the dimensions, outermost first.
    pub(crate) dims: Vec<u64>,
    /// Its size, not rounded.
    pub(crate) bytes: u32,
    pub(crate) variable: bool,
    /// Whether VAR_HANDLE writes it: the operator keeps the number of a resource in memory of its
    /// own.
    pub(crate) handle: bool,
    /// The data of a constant.
    pub(crate) data: Option<&'a [u8]>,
}

impl Tensor<'_> {
    /// Returns how many elements it has.
    pub(crate) fn len(&self) -> u64 {
        self.dims.iter().product()
    }

    /// Returns the bytes of an element.
    pub(crate) fn element_bytes(&self) -> u64 {
        element_bytes(self.tensor_type).unwrap_or(1)
    }

    /// Returns whether it is an activation: something that TFLM finds a place for before each
    /// inference.
    pub(crate) fn is_activation(&self) -> bool {
        self.data.is_none() && !self.variable && !self.handle && self.bytes != 0
    }

    /// Returns the values of a constant of 32-bit or 64-bit integers.
    pub(crate) fn integers(&self) -> Option<Vec<i64>> {
        let data = self.data?;
        match self.tensor_type {
            TensorType::INT32 => {
                Some(Vector::<i32>::from_le_bytes(data).iter().map(i64::from).collect())
            }
            TensorType::INT64 => Some(Vector::<i64>::from_le_bytes(data).iter().collect()),
            _ => None,
        }
    }
}

/// Returns the bytes of an element in TFLM, which keeps 4-bit integers in bytes of their own;
/// `None` for types that it does not hold in the arena.
///
/// Source: TFLM 90b983c2b, `micro/memory_helpers.cc`, `TfLiteTypeSizeOf`.
fn element_bytes(tensor_type: TensorType) -> Option<u64> {
    match tensor_type {
        TensorType::INT4 => Some(1),
        TensorType::RESOURCE => Some(4),
        TensorType::STRING | TensorType::VARIANT => None,
        other => other.size_bytes().map(u64::from),
    }
}

/// An operator.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    pub(crate) operator: Operator<'a>,
    pub(crate) builtin: BuiltinOperator,
    /// The operator's name, or that of a custom one.
    pub(crate) name: String,
    /// Tensors, `None` for an input that is absent.
    pub(crate) inputs: Vec<Option<usize>>,
    pub(crate) outputs: Vec<usize>,
}

/// The graph that runs.
#[derive(Clone, Debug)]
pub(crate) struct Graph<'a> {
    pub(crate) tensors: Vec<Tensor<'a>>,
    pub(crate) nodes: Vec<Node<'a>>,
    pub(crate) inputs: Vec<usize>,
    pub(crate) outputs: Vec<usize>,
}

impl<'a> Graph<'a> {
    /// Reads the graph of a model.
    pub(crate) fn new(model: &Model<'a>) -> Result<Self, Refusal> {
        if model.subgraph_len() > 1 {
            return Err(Refusal::Subgraphs(model.subgraph_len()));
        }
        let subgraph = model.subgraph(0).ok_or(Refusal::Subgraphs(0))?;
        let mut tensors = tensors(&subgraph)?;
        let indices = |list: bantam_schema::Indices<'a>| -> Vec<usize> {
            list.iter().filter_map(|index| usize::try_from(index).ok()).collect()
        };
        let nodes = subgraph.operators().map(|operator| Node {
            operator,
            builtin: operator.code().builtin,
            name: operator_name(operator.code()),
            inputs: operator.inputs().iter().map(|index| usize::try_from(index).ok()).collect(),
            outputs: indices(operator.outputs()),
        });
        let nodes: Vec<Node<'a>> = nodes.collect();
        for node in nodes.iter().filter(|node| node.builtin == BuiltinOperator::VAR_HANDLE) {
            for &output in &node.outputs {
                if let Some(tensor) = tensors.get_mut(output) {
                    tensor.handle = true;
                }
            }
        }
        Ok(Self {
            tensors,
            nodes,
            inputs: indices(subgraph.inputs()),
            outputs: indices(subgraph.outputs()),
        })
    }

    /// Returns the tensor that a node reads at a position.
    pub(crate) fn input(&self, node: &Node<'a>, position: usize) -> Option<&Tensor<'a>> {
        self.tensors.get(node.inputs.get(position).copied()??)
    }

    /// Returns the first tensor that a node writes.
    pub(crate) fn output(&self, node: &Node<'a>) -> Option<&Tensor<'a>> {
        self.tensors.get(*node.outputs.first()?)
    }
}

fn tensors<'a>(subgraph: &Subgraph<'a>) -> Result<Vec<Tensor<'a>>, Refusal> {
    let tensors = subgraph.tensors().enumerate().map(|(index, tensor)| {
        let refused = || Refusal::Tensor(index);
        let tensor_type = tensor.tensor_type();
        let dims: Option<Vec<u64>> =
            tensor.shape().iter().map(|size| u64::try_from(size).ok()).collect();
        let dims = dims.ok_or_else(refused)?;
        let element = element_bytes(tensor_type).or(tensor.data().map(|_| 1));
        let bytes = dims.iter().try_fold(element.ok_or_else(refused)?, |product, &size| {
            product.checked_mul(size).filter(|&bytes| bytes <= i32::MAX as u64)
        });
        Ok(Tensor {
            name: tensor.name().unwrap_or_default(),
            tensor_type,
            dims,
            bytes: bytes.and_then(|bytes| u32::try_from(bytes).ok()).ok_or_else(refused)?,
            variable: tensor.is_variable(),
            handle: false,
            data: tensor.data(),
        })
    });
    tensors.collect()
}
