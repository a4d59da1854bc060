//! Makes an interpreter's arena: records at the high end, a plan, and the overlay at the low end.

use crate::error::{Cause, Error, Failed};
use crate::interpreter::Interpreter;
use crate::operator::Op;
use crate::plan::{Buffers, Nodes, Planner, Planning, Shares, Sharing, planned_len};
use crate::prepare::{Prepare, operand_of};
use crate::record::{FillRecord, Graph, NodeRecord, Operand, Place, PortRecord};
use crate::stage::Stage;
use crate::store::Store;
use crate::tensor::Context;
use bantam_arena::{Arena, Category, Parts, Slice};
use bantam_schema::{Model, Operator, Subgraph, TensorType};
use bytemuck::Zeroable;
use core::cell::Cell;

/// A graph whose memory is yet to be planned.
// Filled where it stays: moving it takes more code than what it is made of.
struct Prepared {
    graph: Graph,
    variables: Slice<u8>,
    scratch_len: usize,
}

impl Prepared {
    fn new() -> Self {
        Self { graph: Graph::zeroed(), variables: Slice::EMPTY, scratch_len: 0 }
    }
}

/// What [`Build`] leaves where memory ran out: how many bytes would do is yet to be found.
// A constant would be copied from where it is.
#[inline(always)]
fn ran_out() -> Error {
    Error::OutOfMemory { needed: 0, available: 0 }
}

/// Prepares and plans `model` in `arena`.
// Not inlined, like its steps: so the caller's stack frame, and that of each step, does not hold what the others need.
#[inline(never)]
pub(crate) fn build<'a>(
    model: &Model<'a>,
    ops: &'a [Op],
    mut arena: Arena<'a>,
    (sharing, planner): (Sharing, &mut dyn Planner),
) -> Result<Interpreter<'a>, Error> {
    let mut prepared = Prepared::new();
    let error = Cell::new(ran_out());
    match attempt((model, ops, sharing), &mut arena, &mut prepared, planner, &error) {
        Some(()) => finish(model, ops, arena, &prepared),
        None => Err(error.get()),
    }
}

#[inline(never)]
fn finish<'a>(
    model: &Model<'a>,
    ops: &'a [Op],
    arena: Arena<'a>,
    prepared: &Prepared,
) -> Result<Interpreter<'a>, Error> {
    let usage = arena.usage();
    let Ok(Parts { overlay, variables, records }) = arena.into_parts(prepared.variables) else {
        return Err(Error::TooLarge);
    };
    let (model, graph) = (*model, prepared.graph);
    let mut interpreter = Interpreter { model, ops, overlay, variables, records, graph, usage };
    match interpreter.reset() {
        Ok(()) => Ok(interpreter),
        Err(_) => Err(Error::TooLarge),
    }
}

/// Prepares and plans, or finds out how much memory is enough.
#[inline(never)]
fn attempt(
    (model, ops, sharing): (&Model<'_>, &[Op], Sharing),
    arena: &mut Arena<'_>,
    prepared: &mut Prepared,
    planner: &mut dyn Planner,
    error: &Cell<Error>,
) -> Option<()> {
    let Some(subgraph) = &model.subgraph(0) else {
        error.set(Error::TooLarge);
        return None;
    };
    let mut build = Build { model, subgraph, ops, sharing, counts: false, error };
    let filled = build.fill(arena, prepared, planner);
    if filled.is_none() && matches!(error.get(), Error::OutOfMemory { .. }) {
        build.lack(arena, planner);
    }
    filled
}

/// What gives `None` where it fails, and leaves the error.
struct Build<'b, 'a> {
    model: &'b Model<'a>,
    subgraph: &'b Subgraph<'a>,
    ops: &'b [Op],
    sharing: Sharing,
    /// Whether what is kept is only counted.
    counts: bool,
    error: &'b Cell<Error>,
}

impl<'a> Build<'_, 'a> {
    /// Prepares and plans, in `arena`; if that only counts, records are not written, and all its memory is for planning.
    #[inline(never)]
    fn fill(
        &mut self,
        arena: &mut Arena<'_>,
        prepared: &mut Prepared,
        planner: &mut dyn Planner,
    ) -> Option<()> {
        self.prepare(Store::new(arena), prepared, &mut ())?;
        let overlay = self.place(arena, prepared, planner)?;
        self.error.set(ran_out());
        arena.reserve_overlay(overlay as usize).ok()
    }

    /// Plans the overlay, and tells the records where everything is.
    #[inline(never)]
    fn place(
        &mut self,
        arena: &mut Arena<'_>,
        prepared: &Prepared,
        planner: &mut dyn Planner,
    ) -> Option<u32> {
        let (model, subgraph, ops, graph) = (self.model, self.subgraph, self.ops, &prepared.graph);
        let capacity = planned_len(subgraph) + prepared.scratch_len;
        let mut scope = arena.scope();
        let Some(mut table) = Buffers::new(&mut scope, capacity, self.error) else {
            // What is counted says that there is too little memory even for planning.
            return self.counts.then_some(0);
        };
        let mut recorded = Recorded { store: Store(scope), ops, subgraph, nodes: graph.nodes };
        let (sharing, counts) = (self.sharing, self.counts);
        let nodes: &mut dyn Nodes<'a> = if counts { self } else { &mut recorded };
        let mut planning = Planning { model, subgraph, table: &mut table, sharing, nodes };
        let overlay = planning.make(planner)?;
        if counts {
            return Some(overlay);
        }
        let mut store = recorded.store;

        self.error.set(Error::TooLarge);
        let mut next_scratch = table.tensor_len();
        let patch = &mut |operand| table.patch(operand, &mut next_scratch);
        for node in 0..graph.nodes.len() {
            let (record, words, op) = find(&mut store, ops, graph.nodes, node)?;
            record.change(words, op.data_bytes, patch)?;
        }
        for ports in [graph.inputs, graph.outputs] {
            for port in store.slice_mut(ports).unwrap_or_default() {
                port.operand = patch(port.operand)?;
            }
        }
        Some(overlay)
    }

    /// Leaves the error that says how much memory is enough: found by preparing without writing records, and planning in all of `arena`.
    #[cold]
    #[inline(never)]
    fn lack(&mut self, arena: &mut Arena<'_>, planner: &mut dyn Planner) {
        let available = arena.capacity() as usize;
        let overlay_available = arena.overlay_capacity() as usize;
        arena.count_only();
        self.counts = true;
        if self.fill(arena, &mut Prepared::new(), planner).is_none() {
            if matches!(self.error.get(), Error::OutOfMemory { .. }) {
                self.error.set(Error::TooLarge);
            }
            return;
        }
        let usage = arena.usage();
        let needed = usage.required() as usize;
        self.error.set(if needed > available {
            Error::OutOfMemory { needed, available }
        } else {
            let (needed, available) = (usage.required_overlay() as usize, overlay_available);
            Error::OverlayTooSmall { needed, available }
        });
    }

    /// Prepares all nodes and enters the graph's inputs and outputs.
    #[inline(never)]
    fn prepare(
        &mut self,
        store: Store<'_>,
        prepared: &mut Prepared,
        visitor: &mut dyn Visitor,
    ) -> Option<()> {
        let context = Context::new(*self.subgraph);
        let source = (&context, self.model, self.ops);
        prepare_graph(source, store, prepared, visitor)
            .map_err(|failed| context.blame(failed, self.error))
            .ok()
    }
}

/// Is told of every node that has been prepared.
// Not a closure: the table of one has a second copy of its code.
trait Visitor {
    fn visit(&mut self, node: u32, shares: &Shares, extras: &[Operand]) -> Option<()>;
}

impl Visitor for () {
    fn visit(&mut self, _: u32, _: &Shares, _: &[Operand]) -> Option<()> {
        Some(())
    }
}

/// Enters what the nodes ask for.
struct Entering<'t, 'b, 'a> {
    table: &'t mut Buffers<'b, 'a>,
    subgraph: &'t Subgraph<'a>,
}

impl Visitor for Entering<'_, '_, '_> {
    fn visit(&mut self, node: u32, shares: &Shares, extras: &[Operand]) -> Option<()> {
        self.table.share(self.subgraph, node, shares);
        extras.iter().try_for_each(|&extra| self.table.add_scratch(node, extra))
    }
}

/// Nodes that are not recorded are prepared again.
impl<'a> Nodes<'a> for Build<'_, 'a> {
    fn enter(&mut self, table: &mut Buffers<'_, 'a>) -> Option<()> {
        let (mut nowhere, subgraph) = (Arena::new(&mut []), self.subgraph);
        nowhere.count_only();
        self.prepare(
            Store::new(&mut nowhere),
            &mut Prepared::new(),
            &mut Entering { table, subgraph },
        )
    }
}

/// The records of all nodes.
struct Recorded<'s, 'o, 'a> {
    store: Store<'s>,
    ops: &'o [Op],
    subgraph: &'o Subgraph<'a>,
    nodes: Slice<NodeRecord>,
}

impl<'a> Nodes<'a> for Recorded<'_, '_, 'a> {
    fn enter(&mut self, table: &mut Buffers<'_, 'a>) -> Option<()> {
        for node in 0..self.nodes.len() {
            let (record, words, op) = find(&mut self.store, self.ops, self.nodes, node)?;
            record.change(words, op.data_bytes, &mut |operand| {
                table.add_scratch(node, operand).map(|()| operand)
            })?;
            let data = words.get(record.operand_len()..)?.get(..op.data_bytes.div_ceil(4))?;
            table.share(self.subgraph, node, &(op.shares)(bytemuck::cast_slice(data)));
        }
        Some(())
    }
}

/// The record of a node, all words from its block on, and its operator.
#[inline(never)]
fn find<'s, 'o>(
    store: &'s mut Store<'_>,
    ops: &'o [Op],
    nodes: Slice<NodeRecord>,
    node: u32,
) -> Option<(NodeRecord, &'s mut [u32], &'o Op)> {
    let record = *store.slice_mut(nodes)?.get(node as usize)?;
    Some((record, store.slice_mut(record.words())?, ops.get(usize::from(record.op))?))
}

fn prepare_graph<'a>(
    (context, model, ops): (&Context<'a>, &Model<'a>, &[Op]),
    mut store: Store<'_>,
    prepared: &mut Prepared,
    visitor: &mut dyn Visitor,
) -> Result<(), Failed> {
    let too_large = || context.refuse(None, Cause::TooLarge);
    let variables = prepare_tensors(context, &mut store, &mut prepared.graph)?;
    let graph = &prepared.graph;
    let mut prepare = Prepare::new(context, *model, store, variables);
    for node in 0..graph.nodes.len() {
        context.stage.set(Stage::Lookup(node));
        let operator = context.subgraph.operator(node).ok_or_else(too_large)?;
        let (builtin, custom) = (operator.builtin(), operator.custom_name());
        let found = ops.iter().enumerate().find(|(_, op)| op.is(builtin, custom));
        let (index, op) = found.ok_or_else(too_large)?;
        context.stage.set(Stage::Node(node));
        check_intermediates(context, &operator)?;
        prepare.begin(operator, index);
        let Some(prepare_node) = op.prepare else { return Err(prepare.error(Cause::OnlyPrepared)) };
        prepare_node(&mut prepare)?;

        context.stage.set(Stage::Graph);
        let extras = prepare.extras();
        visitor.visit(node, prepare.shares(), extras).ok_or_else(too_large)?;
        prepared.scratch_len += extras.iter().filter(|e| e.place() == Place::Scratch).count();
        let record = prepare.record().filter(|record| usize::from(record.op) == index);
        prepare.store.set(graph.nodes, node as usize, record.ok_or_else(too_large)?);
    }
    enter_ports(context, &mut prepare.store, graph)?;
    prepared.variables = prepare.store.alloc_variables(context, prepare.variables())?;
    Ok(())
}

/// Allocates the records of the graph, and enters what variables begin with; gives the bytes of all variables.
// Not inlined, like what follows: none of its stack is needed while a node is prepared.
#[inline(never)]
fn prepare_tensors(
    context: &Context<'_>,
    store: &mut Store<'_>,
    graph: &mut Graph,
) -> Result<u32, Failed> {
    let subgraph = &context.subgraph;
    graph.inputs = store.alloc(context, subgraph.input_len(), Category::Tensors)?;
    graph.outputs = store.alloc(context, subgraph.output_len(), Category::Tensors)?;
    graph.nodes = store.alloc(context, subgraph.operator_len() as usize, Category::Nodes)?;
    context.stage.set(Stage::Port(0));
    prepare_variables(context, store, &mut graph.fills)
}

#[inline(never)]
fn enter_ports(context: &Context<'_>, store: &mut Store<'_>, graph: &Graph) -> Result<(), Failed> {
    let subgraph = &context.subgraph;
    for (indices, ports) in [(subgraph.inputs(), graph.inputs), (subgraph.outputs(), graph.outputs)]
    {
        for (at, index) in indices.iter().enumerate() {
            let tensor = index as u32;
            context.stage.set(Stage::Port(tensor));
            let info = context.tensor(tensor)?;
            let port = PortRecord::new(operand_of(info)?, tensor, info.tensor_type());
            context.stage.set(Stage::Graph);
            store.set(ports, at, port.ok_or_else(|| info.error(Cause::TooLarge))?);
        }
    }
    Ok(())
}

/// Enters the variable tensors that do not begin with zeros: `INT8` ones begin with their zero points, as in TFLM. Also
/// gives the bytes of all variables.
fn prepare_variables(
    context: &Context<'_>,
    store: &mut Store<'_>,
    fills: &mut Slice<FillRecord>,
) -> Result<u32, Failed> {
    let mut end = 0;
    // First how many there are, while there is nothing to write them to, then what they are.
    for is_first in [true, false] {
        let mut count = 0;
        end = 0;
        for index in 0..context.subgraph.tensor_len() {
            let info = context.tensor(index)?;
            let at = end;
            end = info.variable_end(at)?;
            if !info.tensor().is_variable() || info.tensor_type() != TensorType::INT8 {
                continue;
            }
            let value = info.optional_affine()?.map_or(0, |(_, zero_point)| zero_point as u8);
            if value != 0 {
                let (bytes, value) = (info.bytes()?, value.into());
                store.set(*fills, count, FillRecord { at, bytes, value });
                count += 1;
            }
        }
        if is_first {
            *fills = store.alloc(context, count, Category::Tensors)?;
        }
    }
    Ok(end)
}

/// TFLM refuses intermediate tensors that take memory: they are only there for quantization.
#[inline(never)]
fn check_intermediates(context: &Context<'_>, operator: &Operator<'_>) -> Result<(), Failed> {
    for index in operator.intermediates().iter().filter_map(|i| u32::try_from(i).ok()) {
        let info = context.tensor(index)?;
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
    on_node: impl FnMut(u32, &Shares, &[Operand]),
) -> Result<(), Error> {
    struct Each<F>(F);
    impl<F: FnMut(u32, &Shares, &[Operand])> Visitor for Each<F> {
        fn visit(&mut self, node: u32, shares: &Shares, extras: &[Operand]) -> Option<()> {
            self.0(node, shares, extras);
            Some(())
        }
    }
    let (sharing, error) = (Sharing::default(), Cell::new(Error::TooLarge));
    let mut build = Build { model, subgraph, ops, sharing, counts: true, error: &error };
    let mut nowhere = Arena::new(&mut []);
    nowhere.count_only();
    let prepared =
        build.prepare(Store::new(&mut nowhere), &mut Prepared::new(), &mut Each(on_node));
    prepared.ok_or_else(|| error.get())
}
