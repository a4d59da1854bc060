//! Makes an interpreter's arena: records at the high end, a plan, and the overlay at the low end.

use crate::callee::Callees;
use crate::error::{Cause, Error};
use crate::interpreter::Interpreter;
use crate::op::{Build, Fixed, Op, Ops, Prepared};
use crate::ops::HAS_LENT;
use crate::plan::{
    Buffers, MAX_BUFFERS, Nodes, Planner, Planning, Shares, Sharing, planned_len, stored,
};
use crate::prepare::{Prepare, operand_of};
use crate::reason::{Failed, Reason};
use crate::record::{FillRecord, Graph, NodeRecord, Operand, Place, PortRecord, round_up};
use crate::stage::Stage;
use crate::store::{Store, alloc_variables};
use crate::tensor::{ALIGNMENT, Context, TensorInfo};
use bantam_arena::{Arena, Category, Parts, Scope, Slice};
use bantam_schema::{Model, Operator, Subgraph, Tensor, TensorType};

pub(crate) mod callees;
#[cfg(feature = "host")]
pub(crate) mod every;

/// Prepares and plans `model` in `arena`.
// Not inlined, like its steps: so the caller's stack frame, and that of each step, does not hold
// what the others need.
#[inline(never)]
pub(crate) fn build<'a>(
    model: &Model<'a>,
    ops: Ops<'a>,
    mut arena: Arena<'a>,
    (sharing, planner): (Sharing, &mut dyn Planner),
    max_calls: u32,
) -> Result<Interpreter<'a>, Error> {
    let mut prepared = Prepared::new();
    let reason = Reason::new();
    match attempt((model, ops, sharing), &mut arena, &mut prepared, planner, &reason) {
        Ok(()) => finish(model, ops, &mut arena, &prepared, max_calls),
        Err(failed) => Err(reason.error(failed)),
    }
}

#[inline(never)] // stack: see `build`
fn finish<'a>(
    model: &Model<'a>,
    ops: Ops<'a>,
    arena: &mut Arena<'a>,
    prepared: &Prepared,
    max_calls: u32,
) -> Result<Interpreter<'a>, Error> {
    let Ok(Parts { overlay, variables, records }) = arena.take_parts(prepared.variables) else {
        return Err(Error::Records);
    };
    let fixed = Fixed { max_calls, ..Fixed::new(records, ops, prepared.callee) };
    Interpreter::begin((overlay, variables), *model, fixed, &prepared.graph, || arena.usage())
}

/// Prepares and plans, or finds out how much memory is enough.
#[inline(never)] // stack: see `build`
pub(crate) fn attempt(
    (model, ops, sharing): (&Model<'_>, Ops<'_>, Sharing),
    arena: &mut Arena<'_>,
    prepared: &mut Prepared,
    planner: &mut dyn Planner,
    reason: &Reason,
) -> Result<(), Failed> {
    let Some(subgraph) = &model.subgraph(0) else {
        return Err(reason.no_subgraph(0));
    };
    let mut build = Build::new((model, ops, sharing), subgraph, reason);
    let filled = build.fill(arena, prepared, planner);
    if filled.is_err() && reason.is_out_of_memory() {
        return Err(build.measure_shortfall(arena, planner));
    }
    filled
}

impl Callees<'_> {
    /// No subgraph is called.
    const NONE: Self =
        Self { table: &[], handles: &[], variables: 0, newest: 0, plan_name: stored::NAME };
}

impl<'b, 'a> Build<'b, 'a> {
    fn new(
        (model, ops, sharing): (&'b Model<'a>, Ops<'b>, Sharing),
        subgraph: &'b Subgraph<'a>,
        reason: &'b Reason,
    ) -> Self {
        let callees = &Callees::NONE;
        Self { model, subgraph, ops, sharing, counts: false, reason, callees }
    }

    /// Prepares and plans, in `arena`; if that only counts, records are not written, and all its
    /// memory is for planning.
    #[inline(never)] // stack: see `build`
    fn fill(
        &mut self,
        arena: &mut Arena<'_>,
        prepared: &mut Prepared,
        planner: &mut dyn Planner,
    ) -> Result<(), Failed> {
        let mut scope = arena.scope();
        let overlay = match self.ops.iter().find_map(Op::calls) {
            Some(calls) => (calls.calling.fill)(self, &mut scope, prepared, planner),
            None => self.fill_graph(&mut scope, prepared, planner),
        };
        drop(scope);
        arena.reserve_overlay(overlay? as usize).map_err(|_| self.reason.out_of_memory())
    }

    /// Prepares and plans the graph that runs; gives the bytes of the overlay.
    fn fill_graph(
        &mut self,
        scope: &mut Scope<'_>,
        prepared: &mut Prepared,
        planner: &mut dyn Planner,
    ) -> Result<u32, Failed> {
        let variables = self.prepare(scope, prepared, &mut ())?;
        prepared.variables = alloc_variables(scope, self.reason, variables)?;
        self.plan_overlay(scope, prepared, planner)
    }

    /// Plans the overlay, and tells the records where everything is.
    #[inline(never)] // stack: see `build`
    fn plan_overlay(
        &mut self,
        scope: &mut Scope<'_>,
        prepared: &Prepared,
        planner: &mut dyn Planner,
    ) -> Result<u32, Failed> {
        let (model, subgraph, ops, graph) = (self.model, self.subgraph, self.ops, &prepared.graph);
        let reason = self.reason;
        let capacity = planned_len(subgraph) + prepared.scratch_len;
        if capacity > MAX_BUFFERS {
            let error = bantam_planner::Error::TooManyBuffers { len: capacity, max: MAX_BUFFERS };
            return Err(reason.not_planned(error));
        }
        let mut scope = scope.scope();
        let Some(mut table) = Buffers::new(&mut scope, capacity, reason) else {
            // What is counted says that there is too little memory even for planning.
            return if self.counts { Ok(0) } else { Err(reason.out_of_memory()) };
        };
        let mut recorded = Recorded { store: Store(scope), ops, subgraph, nodes: graph.nodes };
        let (sharing, counts, plan_name) = (self.sharing, self.counts, self.callees.plan_name);
        let nodes: &mut dyn Nodes<'a> = if counts { self } else { &mut recorded };
        let table = &mut table;
        let mut planning = Planning { model, subgraph, plan_name, table, sharing, nodes };
        let overlay = planning.make(planner)?;
        if counts {
            return Ok(overlay);
        }
        let patched = recorded.patch(table, graph, overlay);
        patched.map(|()| overlay).ok_or_else(|| reason.records())
    }

    /// Finds out how much memory is enough: prepares without writing records, and plans in all of
    /// `arena`.
    #[cold]
    #[inline(never)] // stack: see `build`
    fn measure_shortfall(&mut self, arena: &mut Arena<'_>, planner: &mut dyn Planner) -> Failed {
        let available = arena.capacity() as usize;
        let [given, overlay_given] = arena.given();
        arena.count_only();
        self.counts = true;
        let filled = self.fill(arena, &mut Prepared::new(), planner);
        let usage = arena.usage();
        let needed = usage.required() as usize;
        if let Err(failed) = filled {
            if !self.reason.is_out_of_memory() {
                return failed;
            }
            // No arena is large enough, unless this one has no room for what is temporary.
            if needed <= available {
                return self.reason.too_large();
            }
        }
        // At these addresses.
        self.reason.fail(if needed > available {
            Error::OutOfMemory { needed: needed + given.before, available: given.len }
        } else {
            let needed = usage.required_overlay() as usize + overlay_given.before;
            Error::OverlayTooSmall { needed, available: overlay_given.len }
        })
    }

    /// Prepares all nodes and enters the graph's inputs and outputs; gives the bytes of the
    /// variables so far.
    #[inline(never)] // stack: see `build`
    fn prepare(
        &self,
        scope: &mut Scope<'_>,
        prepared: &mut Prepared,
        visitor: &mut dyn Visitor,
    ) -> Result<u32, Failed> {
        let mut context = Context::new(*self.subgraph, self.model, self.reason, self.callees);
        prepared.callee = self.callees.newest;
        let mut scope = scope.scope();
        let (places, variables) = place_variables(&context, &mut scope, self.counts)?;
        context.variables = places;
        let source = (&context, self.model, self.ops);
        prepare_graph(source, Store::new(&mut scope), prepared, variables, visitor)
    }
}

/// The variable tensors of a graph.
#[derive(Clone, Copy)]
struct Variables {
    /// Bytes of those so far.
    end: u32,
    /// How many do not begin with zeros.
    fills: usize,
}

/// Finds the place of each variable, so that nobody counts those before it again.
#[inline(never)] // stack: see `build`
fn place_variables<'s>(
    context: &Context<'_>,
    scope: &mut Scope<'s>,
    counts: bool,
) -> Result<(&'s [[u32; 2]], Variables), Failed> {
    let mut variables = Variables { end: context.callees.variables, fills: 0 };
    let each = context.subgraph.tensors_where(Tensor::is_variable);
    let places = match scope.alloc::<[u32; 2]>(each.clone().count()) {
        Ok(places) => places,
        // What is counted says that there is too little memory; no place is written.
        Err(_) if counts => &mut [],
        Err(_) => return Err(context.reason.out_of_memory()),
    };
    context.stage.set(Stage::Port(0));
    let mut slots = places.iter_mut();
    for index in each {
        let info = context.tensor(index)?;
        if let Some(slot) = slots.next() {
            *slot = [index, variables.end];
        }
        variables.fills += usize::from(first_value(&info)? != 0);
        let end = variables.end.checked_add(info.bytes()?);
        let end = end.and_then(|end| round_up(end, ALIGNMENT));
        variables.end = end.ok_or_else(|| info.error(Cause::TooLarge))?;
    }
    Ok((places, variables))
}

/// What the bytes of a variable begin with: `INT8` ones begin with their zero points, as in TFLM.
#[inline(never)] // size: one copy for both callers
fn first_value(info: &TensorInfo<'_>) -> Result<u8, Failed> {
    if info.tensor_type() != TensorType::INT8 {
        return Ok(0);
    }
    Ok(info.affine_or_default()?.1 as u8)
}

/// Is told of every node that has been prepared.
// Not a closure: the table of one has a second copy of its code.
trait Visitor {
    /// `None` if there is no room for what it asks for.
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
    fn enter(&mut self, table: &mut Buffers<'_, 'a>) -> Result<(), Failed> {
        let (mut nowhere, subgraph) = (Arena::new(&mut []), self.subgraph);
        nowhere.count_only();
        let mut scope = nowhere.scope();
        self.prepare(&mut scope, &mut Prepared::new(), &mut Entering { table, subgraph })?;
        Ok(())
    }
}

/// The records of all nodes.
struct Recorded<'s, 'o, 'a> {
    store: Store<'s>,
    ops: Ops<'o>,
    subgraph: &'o Subgraph<'a>,
    nodes: Slice<NodeRecord>,
}

impl<'a> Nodes<'a> for Recorded<'_, '_, 'a> {
    fn enter(&mut self, table: &mut Buffers<'_, 'a>) -> Result<(), Failed> {
        self.enter_all(table).ok_or_else(|| table.reason.records())
    }
}

/// What gives `None` where a record is faulty.
impl<'a> Recorded<'_, '_, 'a> {
    fn enter_all(&mut self, table: &mut Buffers<'_, 'a>) -> Option<()> {
        for node in 0..self.nodes.len() {
            let (record, words, op) = find(&mut self.store, self.ops, self.nodes, node)?;
            record.change(words, op.data_bytes, &mut |operand| {
                table.add_scratch(node, operand).map(|()| operand)
            })?;
            let data = words.get(record.operand_len()..)?.get(..op.data_bytes.div_ceil(4))?;
            if let Some(preparing) = op.preparing {
                let data = bytemuck::cast_slice(data);
                let shares = (preparing.shares)(data, record.element_type());
                table.share(self.subgraph, node, &shares);
            }
        }
        Some(())
    }

    /// Tells the nodes and the ports where their operands are, and the nodes that borrow memory
    /// where there is some.
    fn patch(&mut self, table: &Buffers<'_, '_>, graph: &Graph, overlay: u32) -> Option<()> {
        let mut next_scratch = table.tensor_len();
        let patch = &mut |operand| table.patch(operand, &mut next_scratch);
        for node in 0..self.nodes.len() {
            let (record, words, op) = find(&mut self.store, self.ops, self.nodes, node)?;
            record.change(words, op.data_bytes, patch)?;
            if HAS_LENT && let Some(lend) = op.preparing.and_then(|preparing| preparing.lend) {
                let data = words.get_mut(record.operand_len()..)?;
                lend(bytemuck::cast_slice_mut(data), &table.free_during(node, overlay));
            }
        }
        for ports in [graph.inputs, graph.outputs] {
            PortRecord::change(self.store.words_mut(ports)?, patch)?;
        }
        Some(())
    }
}

/// The record of a node, all words from its block on, and its operator.
#[inline(never)] // size: one copy for both callers
fn find<'s, 'o>(
    store: &'s mut Store<'_>,
    ops: Ops<'o>,
    nodes: Slice<NodeRecord>,
    node: u32,
) -> Option<(NodeRecord, &'s mut [u32], &'o Op)> {
    let record = *store.slice_mut(nodes)?.get(node as usize)?;
    Some((record, store.slice_mut(record.words())?, ops.get(usize::from(record.op))?))
}

fn prepare_graph<'a>(
    (context, model, ops): (&Context<'a>, &Model<'a>, Ops<'_>),
    mut store: Store<'_>,
    prepared: &mut Prepared,
    variables: Variables,
    visitor: &mut dyn Visitor,
) -> Result<u32, Failed> {
    prepare_tensors(context, &mut store, variables.fills, &mut prepared.graph)?;
    let graph = &prepared.graph;
    let mut prepare = Prepare::new(context, *model, store, variables.end);
    for node in 0..graph.nodes.len() {
        let index = prepare_node(context, ops, &mut prepare, node)?;
        context.stage.set(Stage::Graph);
        let extras = prepare.extras();
        let visited = visitor.visit(node, prepare.shares(), extras);
        visited.ok_or_else(|| context.reason.records())?;
        prepared.scratch_len += extras.iter().filter(|e| e.place() == Place::Scratch).count();
        let record = prepare.record().filter(|record| usize::from(record.op) == index);
        let record = record.ok_or_else(|| context.reason.too_large())?;
        prepare.store.set(graph.nodes, node as usize, record);
    }
    enter_ports(context, &mut prepare.store, graph)?;
    Ok(prepare.variables())
}

/// Prepares a node; gives the place of its operator in the list.
#[inline(always)] // Devices prepare nodes in one place.
fn prepare_node<'a>(
    context: &Context<'a>,
    ops: Ops<'_>,
    prepare: &mut Prepare<'_, 'a>,
    node: u32,
) -> Result<usize, Failed> {
    let (index, op) = begin_node(context, ops, prepare, node)?;
    #[cfg(feature = "foreign")]
    if let Some(foreign) = op.foreign {
        foreign.prepare_node(prepare)?;
        return Ok(index);
    }
    let Some(preparing) = op.preparing else { return Err(prepare.error(Cause::OnlyPrepared)) };
    (preparing.prepare)(prepare)?;
    Ok(index)
}

/// Turns to a node; gives its operator, and that one's place in the list.
#[inline(never)] // stack: none of it is needed while the node is prepared
fn begin_node<'o, 'a>(
    context: &Context<'a>,
    ops: Ops<'o>,
    prepare: &mut Prepare<'_, 'a>,
    node: u32,
) -> Result<(usize, &'o Op), Failed> {
    context.stage.set(Stage::Lookup(node));
    prepare.begin(context.subgraph.operator(node).ok_or_else(|| context.missing())?);
    let (index, op) = operator_of(ops, &prepare.operator).ok_or_else(|| context.missing())?;
    prepare.op = index as u8;
    context.stage.set(Stage::Node(node));
    Ok((index, op))
}

/// The operator of a node, and its place in the list.
#[inline(always)] // one caller in a program without calls
fn operator_of<'o>(ops: Ops<'o>, node: &Operator<'_>) -> Option<(usize, &'o Op)> {
    let (builtin, custom) = (node.builtin(), node.custom_name());
    ops.iter().enumerate().find(|(_, op)| op.is(builtin, custom))
}

/// Allocates the records of the graph, and enters what variables begin with.
// Not inlined, like what follows: none of its stack is needed while a node is prepared.
#[inline(never)]
fn prepare_tensors(
    context: &Context<'_>,
    store: &mut Store<'_>,
    fills: usize,
    graph: &mut Graph,
) -> Result<(), Failed> {
    let subgraph = &context.subgraph;
    graph.inputs = store.alloc(context.reason, subgraph.input_len(), Category::Tensors)?;
    graph.outputs = store.alloc(context.reason, subgraph.output_len(), Category::Tensors)?;
    graph.nodes = store.alloc(context.reason, subgraph.operator_len() as usize, Category::Nodes)?;
    graph.fills = store.alloc(context.reason, fills, Category::Tensors)?;
    context.stage.set(Stage::Port(0));
    enter_fills(context, store, graph.fills)
}

#[inline(never)] // stack: none of it is needed while a node is prepared
fn enter_ports(context: &Context<'_>, store: &mut Store<'_>, graph: &Graph) -> Result<(), Failed> {
    let subgraph = &context.subgraph;
    for (indices, ports) in [(subgraph.inputs(), graph.inputs), (subgraph.outputs(), graph.outputs)]
    {
        for (at, index) in indices.iter().enumerate() {
            let tensor = index as u32;
            context.stage.set(Stage::Port(tensor));
            let info = context.tensor(tensor)?;
            let port = PortRecord::new(operand_of(info)?, tensor, info.tensor_type());
            store.set(ports, at, port.ok_or_else(|| info.error(Cause::TooLarge))?);
        }
    }
    context.stage.set(Stage::Graph);
    Ok(())
}

/// Enters the variable tensors that do not begin with zeros.
fn enter_fills(
    context: &Context<'_>,
    store: &mut Store<'_>,
    fills: Slice<FillRecord>,
) -> Result<(), Failed> {
    let mut slots = 0..;
    for &[index, at] in context.variables {
        let info = context.tensor(index)?;
        let (bytes, value) = (info.bytes()?, first_value(&info)?.into());
        if value != 0
            && let Some(slot) = slots.next()
        {
            store.set(fills, slot, FillRecord { at, bytes, value });
        }
    }
    Ok(())
}
