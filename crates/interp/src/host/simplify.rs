//! Models without the nodes that a device need not run.

use super::memory::Memory;
use super::order::STATEFUL;
use crate::dims::{Dims, bytes_of};
use crate::{Error, Interpreter, Op, Options};
use bantam_schema::write::{CopyError, ModelBuilder};
use bantam_schema::{BuiltinOperator, Model, Operator, Subgraph, Tensor, TensorType};
use std::collections::BTreeSet;
use std::vec;
use std::vec::Vec;

/// The file may become so many times longer by the results that it takes in, and a little more.
const MOST_GROWTH: usize = 8;
const LITTLE: usize = 4096;

/// After so many nodes that fail, those that are tried together are given up together: each failure
/// takes another run.
const MOST_FAILURES: usize = 16;

/// A model that computes the same with fewer nodes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Simplified {
    /// The model.
    pub file: Vec<u8>,
    /// The nodes whose results are constants of the new model, by their indices in the old one.
    pub folded: Vec<u32>,
    /// The nodes whose results nobody reads, by their indices in the old model.
    pub unread: Vec<u32>,
}

impl Simplified {
    /// Whether all nodes of the old model are still there.
    pub fn is_unchanged(&self) -> bool {
        self.folded.is_empty() && self.unread.is_empty()
    }
}

/// Computes the parts of `model` that depend on nothing but constants, and leaves out the nodes
/// whose results nobody reads.
///
/// Results become constants of the file: SHAPE, arithmetic on constants, DEQUANTIZE of weights. A
/// device spends neither time nor RAM on them, and need not link their operators. Only the subgraph
/// that runs is simplified. A node stays if it keeps state, calls subgraphs, writes an output of
/// the graph or fails, if its operator is custom or not in `ops`, or if its result would make the
/// file more than 8 times longer. A model with lookup tables in its metadata stays:
/// [`compress`](super::compress) makes nodes of them.
///
/// # Errors
///
/// [`CopyError`] if the model cannot be written without loss.
pub fn simplify(model: &Model<'_>, ops: &[Op]) -> Result<Simplified, CopyError> {
    if model.compression().is_some() {
        let file = model.bytes().to_vec();
        return Ok(Simplified { file, folded: vec![], unread: vec![] });
    }
    let node_len = model.subgraph(0).map_or(0, |graph| graph.operator_len());
    let mut work = Work {
        builder: ModelBuilder::from_model(model)?,
        ops,
        nodes: (0..node_len).collect(),
        refused: BTreeSet::new(),
        failures: 0,
        budget: model.bytes().len().saturating_mul(MOST_GROWTH).saturating_add(LITTLE),
    };
    let (mut folded, mut unread) = (Vec::new(), Vec::new());
    let mut file = model.bytes().to_vec();
    while let Ok(model) = Model::parse(&file) {
        let Some(graph) = model.subgraph(0) else { break };
        let removed = work.remove(&unread_nodes(&graph));
        let done = if removed.is_empty() { work.fold(&model, &graph) } else { vec![] };
        if removed.is_empty() && done.is_empty() {
            break;
        }
        unread.extend(removed);
        folded.extend(done);
        file = work.finish();
    }
    folded.sort_unstable();
    unread.sort_unstable();
    Ok(Simplified { file, folded, unread })
}

/// A model in the course of being simplified.
struct Work<'o> {
    builder: ModelBuilder,
    ops: &'o [Op],
    /// For each node that is left, its index in the model that was given.
    nodes: Vec<u32>,
    /// The nodes that cannot be computed here, by the same indices.
    refused: BTreeSet<u32>,
    /// How many of them failed by themselves.
    failures: usize,
    /// Bytes that results may still take.
    budget: usize,
}

impl Work<'_> {
    /// Removes nodes; gives their indices in the model that was given.
    fn remove(&mut self, nodes: &BTreeSet<u32>) -> Vec<u32> {
        let (removed, kept): (Vec<u32>, Vec<u32>) =
            (0..self.nodes.len() as u32).partition(|node| nodes.contains(node));
        if !removed.is_empty()
            && let Some(mut graph) = self.builder.edit_subgraph(0)
        {
            graph.reorder(&kept);
        }
        let given = |list: Vec<u32>| list.iter().map(|&node| self.nodes[node as usize]).collect();
        let (removed, kept) = (given(removed), given(kept));
        self.nodes = kept;
        removed
    }

    /// Computes the nodes whose operands are all constants, and removes them.
    fn fold(&mut self, model: &Model<'_>, graph: &Subgraph<'_>) -> Vec<u32> {
        loop {
            let (found, bytes) = self.constant_nodes(graph);
            if found.is_empty() {
                return vec![];
            }
            match self.evaluate(model, graph, &found) {
                Ok(values) => {
                    if let Some(mut edited) = self.builder.edit_subgraph(0) {
                        for (tensor, value) in &values {
                            // The RESHAPE that tells an open size goes.
                            let dims: Vec<i32> = Dims::of(graph, *tensor).iter().collect();
                            if graph.tensor(*tensor).is_some_and(|old| old.shape() != dims[..]) {
                                edited.set_shape(*tensor, &dims);
                            }
                            edited.set_data(*tensor, value);
                        }
                    }
                    self.budget -= bytes;
                    return self.remove(&found.into_iter().collect());
                }
                // Without the one that fails.
                Err(Some(at)) if found.get(at).is_some() && self.failures < MOST_FAILURES => {
                    let node = self.nodes[found[at] as usize];
                    self.refused.insert(node);
                    self.failures += 1;
                }
                Err(_) => self.refused.extend(found.iter().map(|&at| self.nodes[at as usize])),
            }
        }
    }

    /// The nodes that can be computed, and the bytes of their results: their operands are
    /// constants, or, of SHAPE, of known shape.
    fn constant_nodes(&self, graph: &Subgraph<'_>) -> (Vec<u32>, usize) {
        let mut budget = self.budget;
        let mut take = |node: u32, operator: &Operator<'_>| {
            let is_refused = self.refused.contains(&self.nodes[node as usize]);
            let bytes = (!is_refused).then(|| self.result_bytes(graph, operator)).flatten()?;
            budget = budget.checked_sub(bytes)?;
            Some(node)
        };
        let found = (0..).zip(graph.operators()).filter_map(|(node, op)| take(node, &op)).collect();
        (found, self.budget - budget)
    }

    /// The bytes of the results of a node that depends on constants only.
    fn result_bytes(&self, graph: &Subgraph<'_>, operator: &Operator<'_>) -> Option<usize> {
        let builtin = operator.builtin();
        if STATEFUL.contains(&builtin) || operator.intermediates().iter().next().is_some() {
            return None;
        }
        let is_constant = |index: i32| {
            let tensor = tensor(graph, index);
            index < 0 || tensor.is_some_and(|tensor| tensor.data().is_some())
        };
        if builtin == BuiltinOperator::SHAPE {
            shape_of(graph, operator)?;
        } else if !operator.inputs().iter().all(is_constant)
            || !self.ops.iter().any(|op| op.is(builtin, b""))
        {
            return None;
        }
        let is_port = |index: i32| graph.outputs().iter().any(|output| output == index);
        operator.outputs().iter().try_fold(0_usize, |sum, index| {
            let tensor = tensor(graph, index)?;
            let is_result = tensor.data().is_none() && !tensor.is_variable() && !is_port(index);
            let bytes = bytes_of(graph, index as u32).ok().filter(|_| is_result)?;
            sum.checked_add(bytes as usize)
        })
    }

    /// The results of nodes, by their tensors; or the place in `nodes` of one that fails.
    fn evaluate(
        &self,
        model: &Model<'_>,
        graph: &Subgraph<'_>,
        nodes: &[u32],
    ) -> Result<Vec<(u32, Vec<u8>)>, Option<usize>> {
        let mut values = Vec::new();
        let (mut run, mut outputs) = (Vec::new(), Vec::new());
        for &node in nodes {
            let Some(operator) = graph.operator(node) else { continue };
            if let (BuiltinOperator::SHAPE, Some(shape)) =
                (operator.builtin(), shape_of(graph, &operator))
            {
                values.push(shape);
            } else {
                run.push(node);
                outputs.extend(operator.outputs().iter());
            }
        }
        if run.is_empty() {
            return Ok(values);
        }
        let place = |at: u32| {
            run.get(at as usize).and_then(|node| nodes.iter().position(|other| other == node))
        };
        // The rest of the model is still there, but nothing runs that is not wanted.
        let mut builder = ModelBuilder::from_model(model).map_err(|_| None)?;
        builder.edit_subgraph(0).ok_or(None)?.reorder(&run).inputs(&[]).outputs(&outputs);
        let file = builder.finish();
        let model = Model::parse(&file).map_err(|_| None)?;
        let node_of = |error: Error| match error {
            Error::Prepare { node, .. } | Error::MissingOperator { node, .. } => place(node),
            _ => None,
        };
        let options = Options::default();
        let mut memory = Memory::enough(&model, self.ops, options).map_err(node_of)?;
        let mut interpreter = Interpreter::with_options(&model, self.ops, memory.bytes(), options)
            .map_err(node_of)?;
        interpreter.invoke().map_err(|error| place(error.node))?;
        for (at, &index) in outputs.iter().enumerate() {
            let (bytes, index) = (interpreter.output_bytes(at), u32::try_from(index));
            values.push((index.map_err(|_| None)?, bytes.map_err(|_| None)?.to_vec()));
        }
        Ok(values)
    }

    /// The file as it is now, without constants that nobody reads.
    fn finish(&mut self) -> Vec<u8> {
        let file = self.builder.finish();
        if let Some(graph) = Model::parse(&file).ok().and_then(|model| model.subgraph(0))
            && let Some(mut edited) = self.builder.edit_subgraph(0)
        {
            let used = used_tensors(&graph);
            for (index, tensor) in (0..).zip(graph.tensors()) {
                if tensor.data().is_some() && !used.contains(&(index as i32)) {
                    edited.clear_data(index);
                }
            }
        }
        self.builder.clear_unused_buffers().finish()
    }
}

fn tensor<'a>(graph: &Subgraph<'a>, index: i32) -> Option<Tensor<'a>> {
    u32::try_from(index).ok().and_then(|index| graph.tensor(index))
}

/// The result of SHAPE, which depends on no data: its tensor and the value.
fn shape_of(graph: &Subgraph<'_>, operator: &Operator<'_>) -> Option<(u32, Vec<u8>)> {
    let input = u32::try_from(only(operator.inputs().iter())?).ok()?;
    let index = only(operator.outputs().iter())?;
    let output = tensor(graph, index)?;
    let shape: Vec<i32> = Dims::of(graph, input).iter().collect();
    let is_vector = output.shape().iter().eq([shape.len() as i32]);
    let is_known = shape.iter().all(|&size| size >= 0);
    let value: Vec<u8> = shape.iter().flat_map(|size| size.to_le_bytes()).collect();
    let index = u32::try_from(index).ok()?;
    (is_vector && is_known && output.tensor_type() == TensorType::INT32).then_some((index, value))
}

/// The item of an iterator that has exactly one.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}

/// The nodes without a result that anybody reads.
fn unread_nodes(graph: &Subgraph<'_>) -> BTreeSet<u32> {
    let mut read: BTreeSet<i32> = graph.outputs().iter().collect();
    let mut unread = BTreeSet::new();
    // Backwards, so that the operands of a node that goes count as unread.
    for node in (0..graph.operator_len()).rev() {
        let Some(operator) = graph.operator(node) else { continue };
        let is_variable = |index| tensor(graph, index).is_some_and(|tensor| tensor.is_variable());
        let matters = STATEFUL.contains(&operator.builtin())
            || operator.outputs().iter().chain(operator.inputs().iter()).any(is_variable)
            || operator.outputs().iter().any(|output| read.contains(&output));
        if matters {
            read.extend(operator.inputs().iter());
        } else {
            unread.insert(node);
        }
    }
    unread
}

/// The tensors that a node or the graph names.
fn used_tensors(graph: &Subgraph<'_>) -> BTreeSet<i32> {
    let mut used: BTreeSet<i32> = graph.inputs().iter().chain(graph.outputs().iter()).collect();
    for operator in graph.operators() {
        used.extend(operator.inputs().iter());
        used.extend(operator.outputs().iter());
        used.extend(operator.intermediates().iter());
    }
    used
}

/// Sets the sizes of `model` that its file leaves open to those of `batch` samples.
///
/// A size of -1 becomes `batch`, or what a RESHAPE makes of it where its input is known. Where the
/// shape has a size and the shape signature -1, the size is that of one sample, and becomes `batch`
/// times as much.
///
/// # Errors
///
/// [`CopyError`] if the model cannot be written without loss.
pub fn with_batch(model: &Model<'_>, batch: u32) -> Result<Vec<u8>, CopyError> {
    let mut builder = ModelBuilder::from_model(model)?;
    let batch = i32::try_from(batch).unwrap_or(i32::MAX);
    for (at, graph) in (0..).zip(model.subgraphs()) {
        let Some(mut edited) = builder.edit_subgraph(at) else { continue };
        for (index, tensor) in (0..).zip(graph.tensors()) {
            let listed: Vec<i32> = tensor.shape().iter().collect();
            let shape: Vec<i32> = Dims::of(&graph, index).iter().collect();
            let signature: Vec<i32> = tensor.shape_signature().iter().collect();
            let is_open = |at: usize| signature.len() == shape.len() && signature[at] == -1;
            let size = |(at, &size): (usize, &i32)| match size {
                -1 => batch,
                size if is_open(at) => size.saturating_mul(batch),
                size => size,
            };
            let new: Vec<i32> = shape.iter().enumerate().map(size).collect();
            if new != listed || signature.contains(&-1) {
                edited.set_shape(index, &new);
            }
        }
    }
    Ok(builder.finish())
}
