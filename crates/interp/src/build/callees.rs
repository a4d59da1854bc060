//! Prepares and plans the subgraphs that nodes call, before the nodes, and finds the resource
//! variables that they share.
//!
//! An operator that calls subgraphs or uses resource variables names [`CALLING`], which alone links
//! what is here.

use super::operator_of;
use crate::callee::{Callee, Callees};
use crate::error::{Error, MAX_CALL_DEPTH};
use crate::handle::Handle;
use crate::op::{Build, Calling, Ops, Prepared};
use crate::plan::{Planner, stored};
use crate::reason::Failed;
use crate::record::SubgraphRecord;
use crate::resource;
use crate::store::Store;
use bantam_arena::{Category, Scope};
use bantam_schema::Subgraph;

pub(crate) static CALLING: Calling = Calling {
    #[cfg(feature = "host")]
    build: build_callees,
    fill,
};

fn fill(
    build: &Build<'_, '_>,
    scope: &mut Scope<'_>,
    prepared: &mut Prepared,
    planner: &mut dyn Planner,
) -> Result<u32, Failed> {
    let callees = &build_callees(build, scope, planner)?;
    Build { callees, ..*build }.fill_graph(scope, prepared, planner)
}

/// Most subgraphs that a node can call.
const MAX_CALLS: usize = 255;

/// Builds whatever the nodes of the first subgraph call, directly or not.
fn build_callees<'s>(
    build: &Build<'_, '_>,
    scope: &mut Scope<'s>,
    planner: &mut dyn Planner,
) -> Result<Callees<'s>, Failed> {
    let (model, reason) = (build.model, build.reason);
    let calls = (0..build.subgraph.operator_len())
        .any(|node| callee(build.ops, build.subgraph, node, 0).is_some());
    let len = if calls { model.subgraph_len() as usize } else { 0 };
    let table = scope.alloc(len).map_err(|_| reason.out_of_memory())?;
    let handles = scope.alloc(resource::handle_len(model)).map_err(|_| reason.out_of_memory())?;
    let variables = resource::find(model, handles).ok_or_else(|| reason.too_large())?;
    let mut visit = Visit { build, table, handles, planner, variables, newest: 0 };
    if calls {
        visit.enter(scope, 0, 0)?;
    }
    let Visit { table, handles, variables, newest, .. } = visit;
    reason.subgraph.set(0);
    Ok(Callees { table, handles, variables, newest, plan_name: stored::NAME })
}

/// The subgraph that a node calls at `position` of its calls.
fn callee(ops: Ops<'_>, subgraph: &Subgraph<'_>, node: u32, position: usize) -> Option<u32> {
    let operator = subgraph.operator(node)?;
    let (_, op) = operator_of(ops, &operator)?;
    (op.calls()?.subgraph)(&operator, position)
}

/// A walk over the subgraphs: those that are called before those that call them.
struct Visit<'v, 's, 'b, 'a> {
    build: &'v Build<'b, 'a>,
    /// One for each subgraph of the model.
    table: &'s mut [Callee],
    handles: &'s [Handle],
    planner: &'v mut dyn Planner,
    /// Bytes of the variables block that are taken.
    variables: u32,
    /// Where the record is that was made last.
    newest: u32,
}

impl<'a> Visit<'_, '_, '_, 'a> {
    /// Builds what the nodes of subgraph `index` call, then it, unless that is the one that runs.
    /// `depth` calls lead to it; gives how many deep its own calls go.
    fn enter(&mut self, scope: &mut Scope<'_>, index: u32, depth: u32) -> Result<u32, Failed> {
        let reason = self.build.reason;
        let subgraph = self.subgraph(index)?;
        if let Some(callee) = self.table.get_mut(index as usize) {
            callee.height = Callee::ACTIVE;
        }
        let mut below = 0;
        for node in 0..subgraph.operator_len() {
            for position in 0..MAX_CALLS {
                let Some(callee) = callee(self.build.ops, &subgraph, node, position) else { break };
                let known = self.table.get(callee as usize).map(|callee| callee.height);
                let height = match known {
                    None => return Err(reason.no_subgraph(callee)),
                    Some(Callee::ACTIVE) => {
                        return Err(reason.fail(Error::Recursion { caller: index, callee }));
                    }
                    Some(0) if depth < MAX_CALL_DEPTH => {
                        1 + self.enter(scope, callee, depth + 1)?
                    }
                    Some(height) => height,
                };
                if height == 0 || depth + height > MAX_CALL_DEPTH {
                    return Err(reason.fail(Error::CallDepth { subgraph: index }));
                }
                below = height.max(below);
            }
        }
        if index != 0 {
            self.build(scope, subgraph, index)?;
        }
        if let Some(callee) = self.table.get_mut(index as usize) {
            callee.height = below + 1;
        }
        Ok(below)
    }

    fn subgraph(&self, index: u32) -> Result<Subgraph<'a>, Failed> {
        let found = self.build.model.subgraph(index);
        found.ok_or_else(|| self.build.reason.no_subgraph(index))
    }

    /// Prepares and plans a subgraph, and makes its record.
    // Not inlined: the walk goes deep without its stack frame.
    #[inline(never)]
    fn build(
        &mut self,
        scope: &mut Scope<'_>,
        subgraph: Subgraph<'a>,
        index: u32,
    ) -> Result<(), Failed> {
        let reason = self.build.reason;
        reason.subgraph.set(index);
        let (variables, newest) = (self.variables, self.newest);
        let mut name = [0; stored::NAME_BYTES];
        let plan_name = stored::name_of(index, &mut name);
        let (table, handles) = (&*self.table, self.handles);
        let callees = &Callees { table, handles, variables, newest, plan_name };
        let mut build = Build { subgraph: &subgraph, callees, ..*self.build };
        let mut prepared = Prepared::new();
        self.variables = build.prepare(scope, &mut prepared, &mut ())?;
        let frame = build.plan_overlay(scope, &prepared, self.planner)?;
        let mut store = Store::new(scope);
        let record = store.alloc(reason, 1, Category::Nodes)?;
        store.set(record, 0, SubgraphRecord { graph: prepared.graph, index, previous: newest });
        self.newest = record.offset();
        if let Some(callee) = self.table.get_mut(index as usize) {
            (callee.frame, callee.record) = (frame, self.newest);
        }
        Ok(())
    }
}
