//! Makes an interpreter's arena: records at the high end, a plan, and the overlay at the low end.

use crate::error::{Cause, Error, PrepareError, Refused};
use crate::interpreter::{Interpreter, Options};
use crate::operator::Op;
use crate::plan::{self, Buffers, Planner, planned_len};
use crate::prepare::{Prepare, name_of, operand_of};
use crate::record::{FillRecord, Graph, NodeRecord, Place, PortRecord};
use crate::stage::Stage;
use crate::store::Store;
use crate::tensor::Context;
use bantam_arena::{Align, Arena, Category, Counter, Parts, Slice, Usage};
use bantam_schema::{Indices, Model, Operator, Subgraph, TensorType};

/// A graph whose memory is yet to be planned.
struct Prepared {
    graph: Graph,
    variables: u32,
    scratch_len: usize,
}

/// Prepares and plans `model` in `arena`.
// Not inlined, like its steps: so the caller's stack frame, and that of each step, does not hold what the others need.
#[inline(never)]
pub(crate) fn build<'a>(
    model: &Model<'a>,
    ops: &'a [Op],
    mut arena: Arena<'a>,
    (options, planner): (Options, &mut dyn Planner),
) -> Result<Interpreter<'a>, Error> {
    let Some(subgraph) = model.subgraph(0) else { return Err(Error::TooLarge) };
    let mut build = Build { model: *model, subgraph, ops, options, error: None };
    let Some((graph, variables)) = build.fill(&mut arena, planner) else {
        return Err(match build.error {
            Some(error) => error,
            None => build.lack(&mut arena, planner),
        });
    };
    finish(model, ops, arena, (graph, variables))
}

#[inline(never)]
fn finish<'a>(
    model: &Model<'a>,
    ops: &'a [Op],
    arena: Arena<'a>,
    (graph, variables): (Graph, Slice<u8>),
) -> Result<Interpreter<'a>, Error> {
    let usage = arena.usage();
    let Ok(Parts { overlay, variables, records }) = arena.into_parts(variables) else {
        return Err(Error::TooLarge);
    };
    let mut interpreter =
        Interpreter { model: *model, ops, overlay, variables, records, graph, usage };
    match interpreter.reset() {
        Ok(()) => Ok(interpreter),
        Err(_) => Err(Error::TooLarge),
    }
}

/// What gives `None` where it fails, and leaves the error here.
struct Build<'b, 'a> {
    model: Model<'a>,
    subgraph: Subgraph<'a>,
    ops: &'b [Op],
    options: Options,
    /// What went wrong; `None` if memory ran out: the bytes that would do are then yet to be found.
    error: Option<Error>,
}

impl<'a> Build<'_, 'a> {
    fn fill(
        &mut self,
        arena: &mut Arena<'_>,
        planner: &mut dyn Planner,
    ) -> Option<(Graph, Slice<u8>)> {
        let prepared = self.prepare(Store::from(&mut *arena), &mut |_, _| Some(()))?;
        let bytes = prepared.variables as usize;
        let variables = arena.alloc_aligned(bytes, Align::Sixteen, Category::Variables).ok()?;
        let overlay = self.place(arena, &prepared, planner)?;
        arena.reserve_overlay(overlay as usize).ok()?;
        Some((prepared.graph, variables))
    }

    /// Plans the overlay, and tells the records where everything is.
    #[inline(never)]
    fn place(
        &mut self,
        arena: &mut Arena<'_>,
        prepared: &Prepared,
        planner: &mut dyn Planner,
    ) -> Option<u32> {
        let (subgraph, ops, graph) = (&self.subgraph, self.ops, &prepared.graph);
        let mut scope = arena.scope();
        let mut table = Buffers::new(&mut scope, planned_len(subgraph) + prepared.scratch_len)?;
        let mut store = Store::Arena(scope);
        let mut enter = |table: &mut Buffers<'_, 'a>| {
            (0..graph.nodes.len()).try_for_each(|node| {
                let (record, words, op) = find(&mut store, ops, graph.nodes, node)?;
                record.change(words, op.data_bytes, &mut |operand| {
                    table.add_scratch(node, operand).map(|()| operand)
                })?;
                let data = words.get(record.operand_len()..)?.get(..op.data_bytes.div_ceil(4))?;
                table.share(subgraph, node, &(op.shares)(bytemuck::cast_slice(data)));
                Some(())
            })
        };
        let how = (self.options, planner);
        let Some(overlay) = plan::make(&self.model, subgraph, &mut table, how, &mut enter) else {
            self.error = Some(table.error);
            return None;
        };

        self.error = Some(Error::TooLarge);
        let mut next_scratch = 0;
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
        self.error = None;
        Some(overlay)
    }

    /// The error that says how much memory is enough.
    #[cold]
    #[inline(never)]
    fn lack(&mut self, arena: &mut Arena<'_>, planner: &mut dyn Planner) -> Error {
        let available = arena.capacity() as usize;
        let overlay_available = arena.overlay_capacity() as usize;
        let Some(usage) = self.measure(arena, planner) else {
            return self.error.unwrap_or(Error::TooLarge);
        };
        let needed = usage.required() as usize;
        if needed > available {
            return Error::OutOfMemory { needed, available };
        }
        let (needed, available) = (usage.required_overlay() as usize, overlay_available);
        Error::OverlayTooSmall { needed, available }
    }

    /// What an arena must have, found without writing records: prepares twice, and plans in all of `arena`.
    fn measure(&mut self, arena: &mut Arena<'_>, planner: &mut dyn Planner) -> Option<Usage> {
        arena.clear();
        let mut counter = arena.counter();
        let Prepared { variables, scratch_len, .. } =
            self.prepare(Store::Counter(&mut counter), &mut |_, _| Some(()))?;
        let category = Category::Variables;
        counter.alloc_aligned::<u8>(variables as usize, Align::Sixteen, category).ok()?;
        let subgraph = self.subgraph;
        let capacity = planned_len(&subgraph) + scratch_len;
        Buffers::count(&mut counter.scope(), capacity)?;

        let mut scope = arena.scope();
        if let Some(mut table) = Buffers::new(&mut scope, capacity) {
            let (model, how) = (self.model, (self.options, planner));
            let mut enter = |table: &mut Buffers<'_, 'a>| {
                let store = Store::Counter(&mut Counter::new());
                let prepared = self.prepare(store, &mut |node, prepare| {
                    table.share(&subgraph, node, prepare.shares());
                    prepare.extras().iter().try_for_each(|&extra| table.add_scratch(node, extra))
                });
                prepared.map(|_| ())
            };
            let Some(overlay) = plan::make(&model, &subgraph, &mut table, how, &mut enter) else {
                self.error = self.error.or(Some(table.error));
                return None;
            };
            counter.reserve_overlay(overlay as usize).ok()?;
        }
        Some(counter.usage())
    }

    /// Prepares all nodes and enters the graph's inputs and outputs.
    #[inline(never)]
    fn prepare(
        &mut self,
        store: Store<'_>,
        on_node: &mut dyn FnMut(u32, &Prepare<'_, 'a>) -> Option<()>,
    ) -> Option<Prepared> {
        let mut stage = Stage::Graph;
        let context = Context::new(self.subgraph);
        match prepare_graph((&context, &self.model, self.ops), store, on_node, &mut stage) {
            Ok(prepared) => Some(prepared),
            Err(refused) => {
                self.refuse(stage, &context.fault(refused));
                None
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn refuse(&mut self, stage: Stage, error: &PrepareError) {
        if error.cause != Cause::OutOfMemory {
            self.error = Some(self.blame(stage, *error));
        }
    }

    fn blame(&self, stage: Stage, error: PrepareError) -> Error {
        if let Stage::Node(node) = stage
            && let Some(operator) = self.subgraph.operator(node)
            && position(self.ops, &operator).is_none()
        {
            return Error::MissingOperator { node, operator: name_of(&operator) };
        }
        stage.blame(&self.subgraph, error)
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

/// Where the list has the operator of a node.
#[inline(never)]
fn position(ops: &[Op], operator: &Operator<'_>) -> Option<usize> {
    let (builtin, custom) = (operator.builtin(), operator.custom_name());
    ops.iter().position(|op| op.is(builtin, custom))
}

fn prepare_graph<'a>(
    (context, model, ops): (&Context<'a>, &Model<'a>, &[Op]),
    mut store: Store<'_>,
    on_node: &mut dyn FnMut(u32, &Prepare<'_, 'a>) -> Option<()>,
    stage: &mut Stage,
) -> Result<Prepared, Refused> {
    let subgraph = &context.subgraph;
    let full = |_| context.refuse(None, Cause::OutOfMemory);
    let too_large = || context.refuse(None, Cause::TooLarge);
    let inputs = store.alloc(subgraph.input_len(), Category::Tensors).map_err(full)?;
    let outputs = store.alloc(subgraph.output_len(), Category::Tensors).map_err(full)?;
    let nodes = store.alloc(subgraph.operator_len() as usize, Category::Nodes).map_err(full)?;
    *stage = Stage::Port(0);
    let (fills, variables) = prepare_variables(context, &mut store)?;
    let mut scratch_len = 0;

    let mut prepare = Prepare::new(context, *model, store, variables);
    for node in 0..subgraph.operator_len() {
        *stage = Stage::Node(node);
        let operator = subgraph.operator(node).ok_or_else(too_large)?;
        let index = position(ops, &operator).ok_or_else(too_large)?;
        check_intermediates(context, &operator)?;
        let op = ops.get(index).ok_or_else(too_large)?;
        prepare.begin(operator, index);
        let Some(prepare_node) = op.prepare else { return Err(prepare.error(Cause::OnlyPrepared)) };
        prepare_node(&mut prepare)?;

        *stage = Stage::Graph;
        on_node(node, &prepare).ok_or_else(too_large)?;
        scratch_len += prepare.extras().iter().filter(|e| e.place() == Place::Scratch).count();
        let record = prepare.record().filter(|record| usize::from(record.op) == index);
        prepare.store.set(nodes, node as usize, record.ok_or_else(too_large)?);
    }
    for (ports, indices) in [(inputs, subgraph.inputs()), (outputs, subgraph.outputs())] {
        enter_ports(context, &indices, &mut prepare.store, ports, stage)?;
    }
    let graph = Graph { inputs, outputs, nodes, fills };
    Ok(Prepared { graph, variables: prepare.variables(), scratch_len })
}

#[inline(never)]
fn enter_ports(
    context: &Context<'_>,
    indices: &Indices<'_>,
    store: &mut Store<'_>,
    ports: Slice<PortRecord>,
    stage: &mut Stage,
) -> Result<(), Refused> {
    for (at, index) in indices.iter().enumerate() {
        let tensor = index as u32;
        *stage = Stage::Port(tensor);
        let info = context.tensor(tensor)?;
        let port = PortRecord::new(operand_of(info)?, tensor, info.tensor_type());
        *stage = Stage::Graph;
        store.set(ports, at, port.ok_or_else(|| info.error(Cause::TooLarge))?);
    }
    Ok(())
}

/// Enters the variable tensors that do not begin with zeros: `INT8` ones begin with their zero points, as in TFLM. Also
/// gives the bytes of all variables.
// Not inlined, like what follows: none of its stack is needed while a node is prepared.
#[inline(never)]
fn prepare_variables(
    context: &Context<'_>,
    store: &mut Store<'_>,
) -> Result<(Slice<FillRecord>, u32), Refused> {
    let (mut fills, mut end) = (Slice::EMPTY, 0);
    // First how many there are, then what they are.
    for write in [false, true] {
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
            if value == 0 {
                continue;
            }
            if write {
                let (bytes, value) = (info.bytes()?, value.into());
                store.set(fills, count, FillRecord { at, bytes, value });
            }
            count += 1;
        }
        if !write {
            let full = |_| context.refuse(None, Cause::OutOfMemory);
            fills = store.alloc(count, Category::Tensors).map_err(full)?;
        }
    }
    Ok((fills, end))
}

/// TFLM refuses intermediate tensors that take memory: they are only there for quantization.
#[inline(never)]
fn check_intermediates(context: &Context<'_>, operator: &Operator<'_>) -> Result<(), Refused> {
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
    mut on_node: impl FnMut(u32, &plan::Shares, &[crate::record::Operand]),
) -> Result<(), Error> {
    let options = Options::default();
    let mut build = Build { model: *model, subgraph: *subgraph, ops, options, error: None };
    let store = Store::Counter(&mut Counter::new());
    let prepared = build.prepare(store, &mut |node, prepare| {
        on_node(node, prepare.shares(), prepare.extras());
        Some(())
    });
    prepared.map(|_| ()).ok_or(build.error.unwrap_or(Error::TooLarge))
}
