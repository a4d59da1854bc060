//! The order of a model's operators.

use crate::build::every::each_node;
use crate::dims::bytes_of;
use crate::plan::{OVERLAY_ALIGNMENT, Permitted, Sharing};
use crate::record::Place;
use crate::{Error, Op};
use bantam_planner::schedule::{Description, Graph, Options, Step};
use bantam_planner::{Overlap, Permission};
use bantam_schema::write::{CopyError, ModelBuilder};
use bantam_schema::{BuiltinOperator, Model, Operator, Subgraph};
use std::collections::{BTreeMap, BTreeSet};
use std::vec;
use std::vec::Vec;

/// Operators that change something that others see, besides their outputs.
pub(super) const STATEFUL: [BuiltinOperator; 7] = [
    BuiltinOperator::CUSTOM,
    BuiltinOperator::CALL_ONCE,
    BuiltinOperator::IF,
    BuiltinOperator::WHILE,
    BuiltinOperator::VAR_HANDLE,
    BuiltinOperator::READ_VARIABLE,
    BuiltinOperator::ASSIGN_VARIABLE,
];

/// What a node is to the scheduler.
#[derive(Clone, Debug, Default)]
struct Node {
    /// Whether it keeps something from one run to the next, and may end a run.
    has_state: bool,
    inputs: Vec<u32>,
    outputs: Vec<u32>,
    scratch_bytes: u32,
    after: Vec<u32>,
}

/// The order with the lowest peak, if the model can be ordered at all: not if a tensor is written
/// more than once.
pub(super) fn search(
    model: &Model<'_>,
    ops: &[Op],
    sharing: Sharing,
    options: &Options,
) -> Result<Option<Vec<u32>>, Error> {
    let Some(subgraph) = model.subgraph(0) else { return Ok(None) };
    let (bytes, mut nodes, permissions) = (sizes(&subgraph), Vec::new(), &mut Vec::new());
    let outputs: BTreeSet<i32> = subgraph.outputs().iter().collect();
    each_node(model, &subgraph, ops, |index, shares, extras| {
        let Some(operator) = subgraph.operator(index) else { return };
        let mut node = Node {
            inputs: planned(&bytes, operator.inputs().iter()),
            outputs: planned(&bytes, operator.outputs().iter()),
            ..Node::default()
        };
        node.has_state = extras.iter().any(|extra| matches!(extra.place(), Place::Variable(_)));
        let scratch = extras.iter().filter(|extra| extra.place() == Place::Scratch);
        node.scratch_bytes = scratch.fold(0, |sum, extra| {
            sum.saturating_add(extra.bytes.next_multiple_of(OVERLAY_ALIGNMENT))
        });
        let overlaps = shares.overlaps.into_iter().flatten();
        let overlaps = overlaps.filter(|overlap| sharing.permits(overlap));
        let permitted = permitted(&subgraph, &operator, overlaps, &bytes);
        // A graph output must survive.
        permissions.extend(permitted.filter(|p| !outputs.contains(&(p.input as i32))));
        nodes.push(node);
    })?;
    chain_states(&subgraph, &mut nodes);

    let steps: Vec<Step<'_>> = nodes
        .iter()
        .map(|node| Step {
            inputs: &node.inputs,
            outputs: &node.outputs,
            scratch_bytes: node.scratch_bytes,
            after: &node.after,
        })
        .collect();
    let sizes: Vec<u32> = bytes.iter().map(|bytes| bytes.unwrap_or(0)).collect();
    permissions.dedup_by_key(|permission: &mut Permission| (permission.output, permission.input));
    let description = Description {
        bytes: &sizes,
        steps: &steps,
        inputs: &planned(&bytes, subgraph.inputs().iter()),
        outputs: &planned(&bytes, subgraph.outputs().iter()),
        permissions,
        alignment: OVERLAY_ALIGNMENT,
    };
    Ok(Graph::new(&description).ok().map(|graph| graph.schedule(options).order))
}

/// The model with its operators in another order.
pub(super) fn reordered(model: &Model<'_>, order: &[u32]) -> Result<Vec<u8>, CopyError> {
    let mut builder = ModelBuilder::from_model(model)?;
    if let Some(mut graph) = builder.edit_subgraph(0) {
        graph.reorder(order);
    }
    Ok(builder.finish())
}

/// The bytes of each tensor of the overlay.
fn sizes(subgraph: &Subgraph<'_>) -> Vec<Option<u32>> {
    let size = |(index, tensor): (u32, bantam_schema::Tensor<'_>)| {
        let is_planned = tensor.data().is_none() && !tensor.is_variable();
        is_planned.then(|| bytes_of(subgraph, index).ok())?
    };
    (0..).zip(subgraph.tensors()).map(size).collect()
}

/// Those of `tensors` that are in the overlay, each once.
fn planned(bytes: &[Option<u32>], tensors: impl Iterator<Item = i32>) -> Vec<u32> {
    let is_planned = |&tensor: &u32| bytes.get(tensor as usize).is_some_and(Option::is_some);
    let mut list: Vec<u32> =
        tensors.filter_map(|tensor| u32::try_from(tensor).ok()).filter(is_planned).collect();
    list.sort_unstable();
    list.dedup();
    list
}

/// What a node permits, in whatever order.
fn permitted(
    subgraph: &Subgraph<'_>,
    operator: &Operator<'_>,
    overlaps: impl Iterator<Item = crate::Overlap>,
    bytes: &[Option<u32>],
) -> impl Iterator<Item = Permission> {
    let tensor = move |tensor: i32| {
        let tensor = u32::try_from(tensor).ok()?;
        bytes.get(tensor as usize).copied().flatten().map(|_| tensor)
    };
    let permission = move |overlap: crate::Overlap| {
        let permitted = Permitted::new(subgraph, operator, overlap)?;
        let (input, output) = (tensor(permitted.input)?, tensor(permitted.output)?);
        let overlap = Overlap { below: Some(permitted.below), above: Some(permitted.above) };
        Some(Permission { output, input, overlap })
    };
    overlaps.filter_map(permission)
}

/// Keeps the order of what depends on more than tensors: nodes that touch the same variable, and
/// everything around nodes that can change what others see.
fn chain_states(subgraph: &Subgraph<'_>, nodes: &mut [Node]) {
    let mut touched: BTreeMap<i32, u32> = BTreeMap::new();
    let mut barrier = None;
    for (index, operator) in (0_u32..).zip(subgraph.operators()) {
        let mut after: Vec<u32> = vec![];
        for tensor in operator.inputs().iter().chain(operator.outputs().iter()) {
            let found = u32::try_from(tensor).ok().and_then(|index| subgraph.tensor(index));
            if found.is_some_and(|tensor| tensor.is_variable()) {
                after.extend(touched.insert(tensor, index));
            }
        }
        let has_state = nodes.get(index as usize).is_some_and(|node| node.has_state);
        if has_state || STATEFUL.contains(&operator.code().builtin) {
            after.extend(barrier.map_or(0, |barrier| barrier)..index);
            barrier = Some(index);
        } else {
            after.extend(barrier);
        }
        after.retain(|&before| before != index);
        after.sort_unstable();
        after.dedup();
        if let Some(node) = nodes.get_mut(index as usize) {
            node.after = after;
        }
    }
}
