//! Resource variables: memory that nodes of any subgraph find by name.
//!
//! All of a model are found before its nodes are prepared, so that the bytes that they take are
//! known as those of everything else.
//!
//! Source: TFLM 90b983c2b, `lite/micro/micro_resource_variable.cc`.

use crate::dims::listed_bytes;
use crate::error::MAX_CALL_DEPTH;
use crate::handle::{Handle, SEVERAL, UNKNOWN};
use crate::record::round_up;
use crate::tensor::ALIGNMENT;
use bantam_schema::{BuiltinOperator, Model, Operator, Subgraph, TensorType};
use bytemuck::Zeroable as _;

/// A resource variable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resource {
    /// Where it lies in the variables block.
    pub(crate) at: u32,
    /// Its length; `None` if no node assigns it.
    pub(crate) bytes: Option<u32>,
    /// What each of its bytes begins with.
    pub(crate) value: u8,
}

/// How many tensors of a model may stand for resource variables.
pub(crate) fn handle_len(model: &Model<'_>) -> usize {
    let named = nodes(model).filter(|(_, _, operator)| names_resource(operator)).count();
    if named == 0 { 0 } else { named + handed(model).count() }
}

/// The inputs of subgraphs that resource variables are handed to: subgraph and tensor.
fn handed<'a>(model: &Model<'a>) -> impl Iterator<Item = (u32, u32)> + use<'a> {
    // Nobody hands anything to the first, which runs.
    let subgraphs = (0..).zip(model.subgraphs()).skip(1);
    let inputs = subgraphs.flat_map(|(index, subgraph)| {
        let is_resource = move |&input: &u32| {
            let tensor = subgraph.tensor(input);
            tensor.is_some_and(|tensor| tensor.tensor_type() == TensorType::RESOURCE)
        };
        let inputs = subgraph.inputs().iter().map(|input| input as u32).filter(is_resource);
        inputs.map(move |input| (index, input))
    });
    inputs.take(model.bytes().len())
}

/// All nodes of a model, with subgraph and index.
///
/// A file that nobody has checked may have one list of nodes in many places: there are no more
/// nodes than bytes, so that this ends soon.
fn nodes<'a>(model: &Model<'a>) -> impl Iterator<Item = ((u32, Subgraph<'a>), u32, Operator<'a>)> {
    let subgraphs = (0..).zip(model.subgraphs());
    let nodes = subgraphs.flat_map(|subgraph| {
        let nodes = (0..).zip(subgraph.1.operators());
        nodes.map(move |(node, operator)| (subgraph, node, operator))
    });
    nodes.take(model.bytes().len())
}

fn names_resource(operator: &Operator<'_>) -> bool {
    operator.builtin() == BuiltinOperator::VAR_HANDLE
}

/// Finds all resource variables; gives the bytes that they take, or `None` if those are too many.
pub(crate) fn find(model: &Model<'_>, handles: &mut [Handle]) -> Option<u32> {
    let mut len = 0;
    for ((index, _), node, operator) in nodes(model) {
        if names_resource(&operator) {
            let tensor = operator.output(0).unwrap_or(-1) as u32;
            let found = Handle { subgraph: index, tensor, node, ..Handle::zeroed() };
            enter(model, handles, len, found);
            len += 1;
        }
    }
    let rest = handles.get_mut(len..)?.iter_mut();
    for (slot, (subgraph, tensor)) in rest.zip(handed(model)) {
        let (node, first) = (UNKNOWN, UNKNOWN);
        *slot = Handle { subgraph, tensor, node, first, bytes: UNKNOWN, ..Handle::zeroed() };
    }
    // From call to call; deeper ones are refused.
    for _ in 0..=MAX_CALL_DEPTH {
        let mut changed = false;
        for ((index, _), _, operator) in nodes(model) {
            changed |= hand_on(model, handles, index, &operator).unwrap_or(false);
        }
        if !changed {
            break;
        }
    }
    for ((index, subgraph), _, operator) in nodes(model) {
        if operator.builtin() == BuiltinOperator::ASSIGN_VARIABLE {
            assign(handles, index, &subgraph, &operator);
        }
    }
    let mut end = 0_u32;
    for (index, handle) in (0..).zip(handles.iter_mut()) {
        handle.at = end;
        if handle.first == index && handle.bytes != UNKNOWN {
            end = round_up(end.checked_add(handle.bytes)?, ALIGNMENT)?;
        }
    }
    Some(end)
}

/// Enters a handle behind `len` others.
fn enter(model: &Model<'_>, handles: &mut [Handle], len: usize, handle: Handle) {
    let Some((before, [slot, ..])) = handles.split_at_mut_checked(len) else { return };
    let same = |other: &&Handle| other.names_same(&handle, model);
    let first = before.iter().find(same).map_or(len as u32, |other| other.first);
    *slot = Handle { first, bytes: UNKNOWN, ..handle };
}

/// Tells the subgraphs that IF or WHILE calls which variables the node hands to them; gives whether
/// that was news.
fn hand_on(
    model: &Model<'_>,
    handles: &mut [Handle],
    index: u32,
    operator: &Operator<'_>,
) -> Option<bool> {
    let (callees, first_input) = match operator.builtin() {
        BuiltinOperator::IF => {
            let options = operator.if_options()?;
            ([options.then_subgraph_index, options.else_subgraph_index], 1)
        }
        BuiltinOperator::WHILE => {
            let options = operator.while_options()?;
            ([options.cond_subgraph_index, options.body_subgraph_index], 0)
        }
        _ => return None,
    };
    let mut changed = false;
    for callee in callees.map(|callee| callee as u32) {
        let inputs = model.subgraph(callee)?.inputs();
        for (given, input) in operator.inputs().iter().skip(first_input).zip(inputs.iter()) {
            let known = position(handles, index, Some(given)).and_then(|at| handles.get(at));
            let Some(first) = known.map(|handle| handle.first).filter(|&first| first != UNKNOWN)
            else {
                continue;
            };
            let at = position(handles, callee, Some(input));
            if let Some(handle) = at.and_then(|at| handles.get_mut(at)) {
                let before = handle.first;
                handle.first = if before == UNKNOWN || before == first { first } else { SEVERAL };
                changed |= handle.first != before;
            }
        }
    }
    Some(changed)
}

/// What the first assignment says of a variable.
fn assign(handles: &mut [Handle], index: u32, subgraph: &Subgraph<'_>, operator: &Operator<'_>) {
    let Some(at) = position(handles, index, operator.input(0)) else { return };
    let first = handles.get(at).map_or(0, |handle| handle.first) as usize;
    let value = operator.input(1).and_then(|tensor| subgraph.tensor(tensor as u32));
    let (Some(first), Some(value)) = (handles.get_mut(first), value) else { return };
    if first.bytes == UNKNOWN
        && let Ok(bytes) = listed_bytes(&value)
    {
        first.bytes = bytes;
        // TFLM fills with the low byte of the zero point, whatever the type.
        let zero_point = value.quantization().and_then(|q| q.zero_point().get(0));
        first.value = (zero_point.unwrap_or(0) as u8).into();
    }
}

/// The handle that a tensor of a subgraph is: the last of those that write it.
fn position(handles: &[Handle], subgraph: u32, tensor: Option<i32>) -> Option<usize> {
    let tensor = u32::try_from(tensor?).ok()?;
    handles.iter().rposition(|handle| handle.subgraph == subgraph && handle.tensor == tensor)
}

/// The variable that a tensor of a subgraph stands for, and its number.
pub(crate) fn resource_of(
    handles: &[Handle],
    subgraph: u32,
    tensor: Option<i32>,
) -> Option<(Resource, u32)> {
    let handle = handles.get(position(handles, subgraph, tensor)?)?;
    let (index, first) = (handle.first, handles.get(handle.first as usize)?);
    let bytes = (first.bytes != UNKNOWN).then_some(first.bytes);
    let before = (0..index).zip(handles).filter(|&(index, handle)| handle.first == index);
    let resource = Resource { at: first.at, bytes, value: first.value as u8 };
    Some((resource, before.count() as u32))
}

impl Handle {
    /// Whether two nodes name the same variable. One that says no container names that of any.
    fn names_same(&self, other: &Self, model: &Model<'_>) -> bool {
        let (Some(known), Some(wanted)) = (self.operator(model), other.operator(model)) else {
            return false;
        };
        let (known, wanted) = (known.var_handle_options(), wanted.var_handle_options());
        let (known, wanted) = (known.unwrap_or_default(), wanted.unwrap_or_default());
        let same_container = wanted.container.is_none()
            || known.container.unwrap_or_default() == wanted.container.unwrap_or_default();
        same_container
            && known.shared_name.unwrap_or_default() == wanted.shared_name.unwrap_or_default()
    }

    fn operator<'a>(&self, model: &Model<'a>) -> Option<Operator<'a>> {
        model.subgraph(self.subgraph)?.operator(self.node)
    }
}
