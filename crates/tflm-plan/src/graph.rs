//! A model's graph as TensorFlow Lite Micro sees it when it plans.

use std::ops::Range;

use bantam_schema::{BuiltinOperator, Model, Operator, Subgraph, TensorType, Vector};

use crate::refusal::Refusal;

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
    /// The subgraph that it belongs to.
    pub(crate) subgraph: u32,
    /// Its place in that.
    pub(crate) index: usize,
    /// The subgraphs that it runs, one after the other.
    pub(crate) callees: Vec<usize>,
    /// Tensors, `None` for an input that is absent.
    pub(crate) inputs: Vec<Option<usize>>,
    pub(crate) outputs: Vec<usize>,
}

/// A subgraph: places in the lists of all.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) nodes: Range<usize>,
    pub(crate) inputs: Vec<usize>,
    pub(crate) outputs: Vec<usize>,
}

/// All subgraphs of a model, whose tensors and nodes follow one another. The first one runs.
#[derive(Clone, Debug)]
pub(crate) struct Graph<'a> {
    pub(crate) tensors: Vec<Tensor<'a>>,
    pub(crate) nodes: Vec<Node<'a>>,
    pub(crate) parts: Vec<Part>,
}

impl<'a> Graph<'a> {
    /// Reads the subgraphs of a model.
    pub(crate) fn new(model: &Model<'a>) -> Result<Self, Refusal> {
        let mut graph = Self { tensors: Vec::new(), nodes: Vec::new(), parts: Vec::new() };
        for (number, subgraph) in (0..).zip(model.subgraphs()) {
            graph.add(number, &subgraph)?;
        }
        for node in graph.nodes.iter().filter(|node| node.builtin == BuiltinOperator::VAR_HANDLE) {
            for &output in &node.outputs {
                if let Some(tensor) = graph.tensors.get_mut(output) {
                    tensor.handle = true;
                }
            }
        }
        Ok(graph)
    }

    fn add(&mut self, number: u32, subgraph: &Subgraph<'a>) -> Result<(), Refusal> {
        let (first_tensor, first_node) = (self.tensors.len(), self.nodes.len());
        self.tensors.extend(tensors(subgraph, first_tensor)?);
        let place = |index: i32| usize::try_from(index).ok().map(|index| first_tensor + index);
        let places = |list: bantam_schema::Indices<'a>| list.iter().filter_map(place).collect();
        self.nodes.extend(subgraph.operators().enumerate().map(|(index, operator)| Node {
            operator,
            builtin: operator.code().builtin,
            name: operator.code().to_string(),
            subgraph: number,
            index,
            callees: callees(&operator),
            inputs: operator.inputs().iter().map(place).collect(),
            outputs: places(operator.outputs()),
        }));
        self.parts.push(Part {
            nodes: first_node..self.nodes.len(),
            inputs: places(subgraph.inputs()),
            outputs: places(subgraph.outputs()),
        });
        Ok(())
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

/// The subgraphs that a node runs, in the order in which TFLM plans them.
///
/// Source: TFLM 90b983c2b, `micro/micro_allocation_info.cc`, `MarkSubgraphLifetimesIfNecessary`.
fn callees(operator: &Operator<'_>) -> Vec<usize> {
    let both = |first: i32, second: i32| vec![first, second];
    let indices = match operator.code().builtin {
        BuiltinOperator::IF => operator
            .if_options()
            .map(|options| both(options.then_subgraph_index, options.else_subgraph_index)),
        BuiltinOperator::WHILE => operator
            .while_options()
            .map(|options| both(options.cond_subgraph_index, options.body_subgraph_index)),
        BuiltinOperator::CALL_ONCE => {
            operator.call_once_options().map(|options| vec![options.init_subgraph_index])
        }
        _ => None,
    };
    indices.into_iter().flatten().filter_map(|index| usize::try_from(index).ok()).collect()
}

/// The tensors of a subgraph, before which there are `first` others.
fn tensors<'a>(subgraph: &Subgraph<'a>, first: usize) -> Result<Vec<Tensor<'a>>, Refusal> {
    let tensors = subgraph.tensors().enumerate().map(|(index, tensor)| {
        let refused = || Refusal::Tensor(first + index);
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
