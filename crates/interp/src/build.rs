//! Makes an interpreter's arena: records at the high end, a plan, and the overlay at the low end.

use crate::error::{Cause, Error, PrepareError};
use crate::interpreter::Options;
use crate::operator::Op;
use crate::plan::{self, Buffers, Planner, Shares, planned_len};
use crate::prepare::{Prepare, name_of, operand_of};
use crate::record::{FillRecord, Graph, NodeRecord, Operand, Place, PortRecord};
use crate::store::Store;
use crate::tensor::{TensorInfo, variables_before};
use bantam_arena::{Align, Arena, Category, Counter, Parts, Slice, Usage};
use bantam_schema::{Model, Subgraph, TensorType};

/// Where an interpreter's records are, and what they cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) graph: Graph,
    pub(crate) usage: Usage,
}

/// A graph whose memory is yet to be planned.
struct Prepared {
    graph: Graph,
    variables: u32,
    scratch_len: usize,
}

/// A failure on the way; running out of memory is set apart because the bytes that would do are yet to be found.
enum Failure {
    OutOfMemory,
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Prepare { error: PrepareError { cause: Cause::OutOfMemory, .. }, .. }
            | Error::Port { cause: Cause::OutOfMemory, .. } => Self::OutOfMemory,
            other => Self::Other(other),
        }
    }
}

impl From<bantam_arena::OutOfMemory> for Failure {
    fn from(_: bantam_arena::OutOfMemory) -> Self {
        Self::OutOfMemory
    }
}

/// Prepares and plans `model` in `arena`.
pub(crate) fn build<'a>(
    model: &Model<'a>,
    ops: &[Op],
    mut arena: Arena<'a>,
    (options, planner): (Options, &mut dyn Planner),
) -> Result<(Layout, Parts<'a>), Error> {
    let subgraph = model.subgraph(0).ok_or(Error::TooLarge)?;
    match fill(model, &subgraph, ops, &mut arena, (options, planner)) {
        Ok((layout, variables)) => {
            let parts = arena.into_parts(variables).map_err(|_| Error::TooLarge)?;
            Ok((layout, parts))
        }
        Err(Failure::Other(error)) => Err(error),
        Err(Failure::OutOfMemory) => {
            let available = arena.capacity() as usize;
            let overlay_available = arena.overlay_capacity() as usize;
            let usage = measure(model, &subgraph, ops, arena, (options, planner))?;
            let needed = usage.required() as usize;
            if needed > available {
                return Err(Error::OutOfMemory { needed, available });
            }
            let (needed, available) = (usage.required_overlay() as usize, overlay_available);
            Err(Error::OverlayTooSmall { needed, available })
        }
    }
}

fn fill<'a>(
    model: &Model<'a>,
    subgraph: &Subgraph<'a>,
    ops: &[Op],
    arena: &mut Arena<'_>,
    how: (Options, &mut dyn Planner),
) -> Result<(Layout, Slice<u8>), Failure> {
    let Prepared { graph, variables, scratch_len } =
        prepare_graph(model, subgraph, ops, Store::from(&mut *arena), &mut |_, _| Ok(()))?;
    let variables = arena.alloc_aligned(variables as usize, Align::Sixteen, Category::Variables)?;

    let mut scope = arena.scope();
    let mut table = Buffers::new(&mut scope, planned_len(subgraph) + scratch_len)?;
    let node_len = subgraph.operator_len();
    let mut enter = |table: &mut Buffers<'_, 'a>| {
        for node in 0..node_len {
            let mut store = Store::Arena(scope.scope());
            let mut added = Ok(());
            change_operands(&mut store, ops, (graph.nodes, node), |operand| {
                added = added.and_then(|()| table.add_scratch(node, operand));
                Some(operand)
            });
            added?;
            let shares = node_shares(&mut store, ops, graph.nodes, node);
            table.share(subgraph, node, shares.unwrap_or_default());
        }
        Ok(())
    };
    let overlay = plan::make(model, subgraph, &mut table, how, &mut enter)?;

    let mut store = Store::Arena(scope.scope());
    let mut next_scratch = 0;
    for node in 0..node_len {
        let patch = |operand| table.patch(operand, &mut next_scratch);
        change_operands(&mut store, ops, (graph.nodes, node), patch).ok_or(Error::TooLarge)?;
    }
    for ports in [graph.inputs, graph.outputs] {
        for port in store.slice_mut(ports).unwrap_or_default() {
            port.operand = table.patch(port.operand, &mut next_scratch).ok_or(Error::TooLarge)?;
        }
    }
    drop(store);
    drop(scope);
    arena.reserve_overlay(overlay as usize)?;
    Ok((Layout { graph, usage: arena.usage() }, variables))
}

/// The record of a node, all words from its block on, and its operator.
fn node<'s, 'o>(
    store: &'s mut Store<'_>,
    ops: &'o [Op],
    nodes: Slice<NodeRecord>,
    node: u32,
) -> Option<(NodeRecord, &'s mut [u32], &'o Op)> {
    let record = *store.slice_mut(nodes)?.get(node as usize)?;
    Some((record, store.slice_mut(record.words())?, ops.get(usize::from(record.op))?))
}

/// Puts each operand of a node in the place of what `change` makes of it.
fn change_operands(
    store: &mut Store<'_>,
    ops: &[Op],
    (nodes, index): (Slice<NodeRecord>, u32),
    change: impl FnMut(Operand) -> Option<Operand>,
) -> Option<()> {
    let (record, words, op) = node(store, ops, nodes, index)?;
    record.change(words, op.data_bytes, change)
}

fn node_shares(
    store: &mut Store<'_>,
    ops: &[Op],
    nodes: Slice<NodeRecord>,
    index: u32,
) -> Option<Shares> {
    let (record, words, op) = node(store, ops, nodes, index)?;
    let data = words.get(record.operand_len()..)?.get(..op.data_bytes.div_ceil(4))?;
    Some((op.shares)(bytemuck::cast_slice(data)))
}

/// What an arena must have, found without writing records: prepares twice, and plans in all of `arena`.
fn measure<'a>(
    model: &Model<'a>,
    subgraph: &Subgraph<'a>,
    ops: &[Op],
    mut arena: Arena<'_>,
    how: (Options, &mut dyn Planner),
) -> Result<Usage, Error> {
    let too_large = |_| Error::TooLarge;
    arena.clear();
    let mut counter = arena.counter();
    let Prepared { variables, scratch_len, .. } =
        prepare_graph(model, subgraph, ops, Store::Counter(&mut counter), &mut |_, _| Ok(()))?;
    counter
        .alloc_aligned::<u8>(variables as usize, Align::Sixteen, Category::Variables)
        .map_err(too_large)?;
    let capacity = planned_len(subgraph) + scratch_len;
    Buffers::count(&mut counter.scope(), capacity).map_err(too_large)?;

    let mut scope = arena.scope();
    if let Ok(mut table) = Buffers::new(&mut scope, capacity) {
        let mut enter = |table: &mut Buffers<'_, 'a>| {
            let store = &mut Counter::new();
            prepare_graph(model, subgraph, ops, Store::Counter(store), &mut |node, prepare| {
                table.share(subgraph, node, prepare.shares());
                prepare.extras().iter().try_for_each(|&extra| table.add_scratch(node, extra))
            })?;
            Ok(())
        };
        let overlay = plan::make(model, subgraph, &mut table, how, &mut enter)?;
        counter.reserve_overlay(overlay as usize).map_err(too_large)?;
    }
    Ok(counter.usage())
}

/// Prepares all nodes and enters the graph's inputs and outputs.
#[inline(never)]
fn prepare_graph<'a>(
    model: &Model<'a>,
    subgraph: &Subgraph<'a>,
    ops: &[Op],
    mut store: Store<'_>,
    on_node: &mut dyn FnMut(u32, &Prepare<'_, '_>) -> Result<(), Error>,
) -> Result<Prepared, Error> {
    let full = |node, operator: &bantam_schema::Operator<'_>| {
        let operator = name_of(operator);
        move |error: PrepareError| Error::Prepare { node, operator, error }
    };
    // Where there is no node to blame, the caller still recognises a lack of memory by its cause.
    let lacking = |_| Error::Port { tensor: 0, cause: Cause::OutOfMemory };

    let inputs = store.alloc(subgraph.inputs().len(), Category::Tensors).map_err(lacking)?;
    let outputs = store.alloc(subgraph.outputs().len(), Category::Tensors).map_err(lacking)?;
    let nodes = store.alloc(subgraph.operator_len() as usize, Category::Nodes).map_err(lacking)?;
    let of_tensor = |e: PrepareError| Error::Port { tensor: e.tensor.unwrap_or(0), cause: e.cause };
    let mut variables = variables_before(subgraph, subgraph.tensor_len()).map_err(of_tensor)?;
    let fills = prepare_fills(subgraph, &mut store).map_err(of_tensor)?;
    let mut scratch_len = 0;

    for (node, operator) in (0_u32..).zip(subgraph.operators()) {
        let blame = full(node, &operator);
        check_intermediates(subgraph, &operator).map_err(blame)?;
        let code = operator.code();
        let index = ops
            .iter()
            .position(|op| op.is(&code))
            .ok_or(Error::MissingOperator { node, operator: name_of(&operator) })?;
        let op_index = u8::try_from(index).map_err(|_| Error::TooLarge)?;
        let op = ops.get(index).ok_or(Error::TooLarge)?;

        let mut prepare =
            Prepare::new(*model, *subgraph, operator, store.reborrow(), op_index, &mut variables);
        (op.prepare)(&mut prepare).map_err(blame)?;
        on_node(node, &prepare)?;
        scratch_len += prepare.extras().iter().filter(|e| e.place() == Place::Scratch).count();
        let record = prepare.record().ok_or(Error::TooLarge)?;
        drop(prepare);
        store.set(nodes, node as usize, record);
    }
    for (ports, indices) in [(inputs, subgraph.inputs()), (outputs, subgraph.outputs())] {
        for (at, index) in indices.iter().enumerate() {
            let tensor = u32::try_from(index).map_err(|_| Error::TooLarge)?;
            let port = TensorInfo::new(subgraph, tensor)
                .and_then(|info| Ok((operand_of(subgraph, info)?, info.tensor_type())))
                .map_err(|e| Error::Port { tensor, cause: e.cause })?;
            let port = PortRecord::new(port.0, tensor, port.1).ok_or(Error::TooLarge)?;
            store.set(ports, at, port);
        }
    }
    Ok(Prepared { graph: Graph { inputs, outputs, nodes, fills }, variables, scratch_len })
}

/// Enters the variable tensors that do not begin with zeros: `INT8` ones begin with their zero points, as in TFLM.
fn prepare_fills(
    subgraph: &Subgraph<'_>,
    store: &mut Store<'_>,
) -> Result<Slice<FillRecord>, PrepareError> {
    let fill = |index: u32| -> Result<Option<FillRecord>, PrepareError> {
        let info = TensorInfo::new(subgraph, index)?;
        if !info.tensor().is_variable() || info.tensor_type() != TensorType::INT8 {
            return Ok(None);
        }
        let value = info.optional_affine()?.map_or(0, |(_, zero_point)| zero_point as u8);
        if value == 0 {
            return Ok(None);
        }
        let (at, bytes) = (variables_before(subgraph, index)?, info.bytes()?);
        Ok(Some(FillRecord { at, bytes, value: value.into() }))
    };
    // First how many there are, then what they are.
    let mut fills = Slice::EMPTY;
    for write in [false, true] {
        let mut count = 0;
        for index in 0..subgraph.tensor_len() {
            let Some(fill) = fill(index)? else { continue };
            if write {
                store.set(fills, count, fill);
            }
            count += 1;
        }
        if !write {
            fills = store.alloc(count, Category::Tensors)?;
        }
    }
    Ok(fills)
}

/// TFLM refuses intermediate tensors that take memory: they are only there for quantization.
fn check_intermediates(
    subgraph: &Subgraph<'_>,
    operator: &bantam_schema::Operator<'_>,
) -> Result<(), PrepareError> {
    for index in operator.intermediates().iter().filter_map(|i| u32::try_from(i).ok()) {
        let info = TensorInfo::new(subgraph, index)?;
        if info.bytes()? != 0 {
            return Err(info.error(Cause::Intermediates));
        }
    }
    Ok(())
}

/// Prepares every node and tells what it shares and asks for, without memory for records.
#[cfg(feature = "host")]
pub(crate) fn each_node<'a>(
    model: &Model<'a>,
    subgraph: &Subgraph<'a>,
    ops: &[Op],
    mut on_node: impl FnMut(u32, Shares, &[Operand]),
) -> Result<(), Error> {
    prepare_graph(
        model,
        subgraph,
        ops,
        Store::Counter(&mut Counter::new()),
        &mut |node, prepare| {
            on_node(node, prepare.shares(), prepare.extras());
            Ok(())
        },
    )?;
    Ok(())
}
