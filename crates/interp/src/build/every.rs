//! Every node of a model, prepared for what hosts want to know of it.

use super::{
    Build, Variables, Visitor, enter_ports, place_variables, prepare_node, prepare_tensors,
};
use crate::callee::{Callee, Callees};
use crate::error::Error;
use crate::handle::Handle;
use crate::op::{Op, Prepared};
use crate::plan::{Shares, Sharing, Standard};
use crate::prepare::{MAX_EXTRAS, Prepare};
use crate::reason::Reason;
use crate::record::Operand;
use crate::resource;
use crate::store::Store;
use crate::tensor::Context;
use bantam_arena::Arena;
use bantam_schema::{Model, Subgraph};
use bytemuck::Zeroable as _;

/// Prepares every node and tells what it shares and asks for, without memory for records.
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
    let (reason, mut memory) = (Reason::new(), std::vec![0; callee_memory(model)]);
    let mut build = Build::new((model, ops.into(), Sharing::default()), subgraph, &reason);
    build.counts = true;
    let mut arena = Arena::new(&mut memory);
    arena.count_only();
    let mut scope = arena.scope();
    let prepare = || {
        let mut callees = Callees::NONE;
        if let Some(calls) = ops.iter().find_map(Op::calls) {
            let planner = &mut Standard::default();
            callees = (calls.calling.build)(&build, &mut scope, planner)?;
        }
        Build { callees: &callees, ..build }.prepare(
            &mut scope,
            &mut Prepared::new(),
            &mut Each(on_node),
        )
    };
    prepare().map(drop).map_err(|failed| reason.error(failed))
}

/// Tells of every node that cannot be prepared, and of the first variable, input and output of each
/// subgraph that cannot be used. Subgraphs that nodes call are taken to be prepared.
pub(crate) fn each_failure(model: &Model<'_>, ops: &[Op], mut on_failure: impl FnMut(Error)) {
    let table = std::vec![Callee::PREPARED; model.subgraph_len() as usize];
    // All nodes of the model are looked at for them: once for all subgraphs.
    let mut handles = std::vec![Handle::zeroed(); resource::handle_len(model)];
    resource::find(model, &mut handles);
    let callees = Callees { table: &table, handles: &handles, ..Callees::NONE };
    for index in 0..model.subgraph_len() {
        let reason = Reason::new();
        reason.subgraph.set(index);
        match model.subgraph(index) {
            Some(subgraph) => {
                let context = Context::new(subgraph, model, &reason, &callees);
                each_failure_of(model, &context, ops, &mut on_failure);
            }
            None => on_failure(Error::NoSubgraph(index)),
        }
    }
}

/// The same for a subgraph.
fn each_failure_of<'a>(
    model: &Model<'a>,
    context: &Context<'a>,
    ops: &[Op],
    on_failure: &mut impl FnMut(Error),
) {
    let (subgraph, reason) = (&context.subgraph, context.reason);
    let (mut nowhere, mut graph) = (Arena::new(&mut []), Prepared::new().graph);
    nowhere.count_only();
    let mut scope = nowhere.scope();
    let mut variables = Variables { end: 0, fills: 0 };
    match place_variables(context, &mut scope, true) {
        Ok((_, placed)) => variables = placed,
        Err(failed) => on_failure(reason.error(failed)),
    }
    let mut store = Store::new(&mut scope);
    if let Err(failed) = prepare_tensors(context, &mut store, variables.fills, &mut graph) {
        on_failure(reason.error(failed));
    }
    let mut prepare = Prepare::new(context, *model, store, variables.end);
    for node in 0..subgraph.operator_len() {
        if let Err(failed) = prepare_node(context, ops.into(), &mut prepare, node) {
            on_failure(reason.error(failed));
        }
    }
    if let Err(failed) = enter_ports(context, &mut prepare.store, &graph) {
        on_failure(reason.error(failed));
    }
}

/// Bytes that are enough to plan the subgraphs that others call.
fn callee_memory(model: &Model<'_>) -> usize {
    let tensors = |subgraph: Subgraph<'_>| subgraph.tensor_len() as usize;
    let nodes = |subgraph: Subgraph<'_>| subgraph.operator_len() as usize;
    let buffers = |subgraph| tensors(subgraph) + MAX_EXTRAS * nodes(subgraph);
    let largest = model.subgraphs().skip(1).map(buffers).max().unwrap_or(0);
    let handles = size_of::<Handle>() * resource::handle_len(model);
    64 * (largest + model.subgraph_len() as usize) + handles
}
