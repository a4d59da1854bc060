//! Resource variables: memory that nodes of any subgraph find by name.
//!
//! All of a model are found before its nodes are prepared, so that the bytes that they take are
//! known as those of everything else.
//!
//! Source: TFLM 90b983c2b, `lite/micro/micro_resource_variable.cc`.

use crate::dims::listed_bytes;
use crate::tensor::ALIGNMENT;
use bantam_schema::{BuiltinOperator, Model, Operator, Subgraph};
use bytemuck::{Pod, Zeroable};

/// A node that names a resource variable. Those that name the same one refer to the first, which
/// has its place.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Handle {
    /// The subgraph of the node.
    subgraph: u32,
    /// The tensor that the node writes.
    tensor: u32,
    /// The node.
    node: u32,
    /// The handle that names the same variable first.
    first: u32,
    /// Where the variable lies in the variables block.
    at: u32,
    /// Its length; [`UNKNOWN`] before an assignment is found.
    bytes: u32,
    /// What each of its bytes begins with.
    value: u32,
}

/// No assignment says how long a variable is.
const UNKNOWN: u32 = u32::MAX;

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

/// How many nodes of a model name resource variables.
pub(crate) fn handle_len(model: &Model<'_>) -> usize {
    nodes(model).filter(|(_, _, operator)| names_resource(operator)).count()
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
    for ((index, subgraph), node, operator) in nodes(model) {
        if names_resource(&operator) {
            let tensor = operator.output(0).unwrap_or(-1) as u32;
            let found = Handle { subgraph: index, tensor, node, ..Handle::zeroed() };
            enter(model, handles, len, found);
            len += 1;
        } else if operator.builtin() == BuiltinOperator::ASSIGN_VARIABLE {
            assign(handles.get_mut(..len)?, index, &subgraph, &operator);
        }
    }
    let mut end = 0_u32;
    for (index, handle) in (0..).zip(handles.iter_mut()) {
        handle.at = end;
        if handle.first == index && handle.bytes != UNKNOWN {
            end = end.checked_add(handle.bytes)?.checked_next_multiple_of(ALIGNMENT)?;
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
