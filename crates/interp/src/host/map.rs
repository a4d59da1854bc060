//! Where everything is: a plan as one can look at it.

use super::memory::Memory;
use crate::plan::{
    Buffers, OVERLAY_ALIGNMENT, OfflinePlan, Origin, Planner, Sharing, Standard, Wholes,
};
use crate::{Error, Interpreter, Op, Options};
use bantam_planner::exact::{Options as Search, Progress, solve};
use bantam_planner::{Effort as DeviceEffort, Problem as _, lower_bound};
use bantam_schema::Model;
use std::vec::Vec;

/// Who plans.
#[derive(Clone, Copy, Debug)]
pub enum Effort {
    /// The planners of devices.
    Device(DeviceEffort),
    /// The exact search.
    Exact(Search),
}

/// One buffer of the overlay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Placed {
    /// What it is for.
    pub origin: Origin,
    /// Its bytes.
    pub bytes: u32,
    /// The step that first writes it: 0 for graph inputs, `i + 1` for node `i`.
    pub first: u32,
    /// The last step that needs it.
    pub last: u32,
    /// Where it begins.
    pub offset: u32,
    /// The buffer that it is a part of: its place in [`MemoryMap::buffers`].
    pub part_of: Option<usize>,
    /// The input that this output lies over, at least partly, while both are live.
    pub over: Option<usize>,
    /// Whether it is written backwards for that.
    pub backwards: bool,
}

/// A plan of a model's activations and scratch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryMap {
    /// Tensors in ascending order, then the scratch of nodes in ascending order.
    pub buffers: Vec<Placed>,
    /// The highest end of a buffer, rounded up to 16.
    pub overlay_bytes: u32,
    /// No plan is smaller in this order of the nodes. Where parts may lie in the whole or not, that
    /// is only the largest buffer.
    pub lower_bound: u32,
    /// The nodes whose parts lie in the whole.
    pub(super) wholes: Wholes,
    /// How many buffers the searches placed.
    pub nodes: u64,
    /// The plans of the subgraphs that others call, each of which is scratch of the nodes that call
    /// it.
    pub callees: Vec<CalleeMap>,
}

/// A plan of a subgraph that others call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CalleeMap {
    /// Its index in the model.
    pub subgraph: u32,
    /// Where everything is, from the beginning of its own overlay.
    pub map: MemoryMap,
}

impl MemoryMap {
    /// Whether no plan is smaller, as far as [`lower_bound`](Self::lower_bound) tells.
    pub fn is_optimal(&self) -> bool {
        self.overlay_bytes <= self.lower_bound
    }

    /// The bytes that are in use during `step`, each counted once.
    pub fn bytes_during(&self, step: u32) -> u32 {
        let live = |placed: &&Placed| (placed.first..=placed.last).contains(&step);
        let mut spans: Vec<(u32, u32)> = self
            .buffers
            .iter()
            .filter(live)
            .map(|placed| (placed.offset, placed.offset + placed.bytes))
            .collect();
        spans.sort_unstable();
        let (mut bytes, mut reach) = (0, 0);
        for (start, end) in spans {
            bytes += end.saturating_sub(start.max(reach));
            reach = reach.max(end);
        }
        bytes
    }

    /// The nodes whose parts lie in the whole, as a stored plan says it
    /// ([`Contents::wholes`](crate::plan::stored::Contents::wholes)).
    pub fn wholes(&self) -> u64 {
        self.wholes.0
    }

    /// Whether any buffer is a part of another.
    pub fn has_parts(&self) -> bool {
        self.buffers.iter().any(|placed| placed.part_of.is_some())
    }
}

/// Plans the memory of `model` in the order of its nodes.
///
/// # Errors
///
/// Any [`Error`] of an interpreter of the model.
pub fn map(
    model: &Model<'_>,
    ops: &'static [Op],
    sharing: Sharing,
    effort: Effort,
    progress: &mut dyn FnMut(Progress),
) -> Result<MemoryMap, Error> {
    let options = Options { offline_plan: OfflinePlan::Ignore, sharing, ..Options::default() };
    // No other plan needs more than the greedy one.
    let greedy = Options { effort: DeviceEffort::Greedy, ..options };
    let mut memory = Memory::enough(model, ops, greedy)?;
    let mut recorder = Recorder::new(effort, progress);
    Interpreter::with_planner(model, ops, memory.bytes(), sharing, &mut recorder)?;
    Ok(recorder.finish())
}

/// Plans, and keeps for each subgraph what it planned last: the plan that is used.
pub(super) struct Recorder<'p> {
    effort: Effort,
    progress: &'p mut dyn FnMut(Progress),
    /// Those that are called come before those that call them; the first subgraph is last.
    plans: Vec<Recorded>,
}

/// The plan of a subgraph.
struct Recorded {
    subgraph: u32,
    map: MemoryMap,
    /// How often it was planned: more than once where parts can lie in the whole or not.
    rounds: u32,
}

impl<'p> Recorder<'p> {
    pub(super) fn new(effort: Effort, progress: &'p mut dyn FnMut(Progress)) -> Self {
        Self { effort, progress, plans: Vec::new() }
    }

    fn finish(self) -> MemoryMap {
        let (mut first, mut callees) = (MemoryMap::default(), Vec::new());
        for Recorded { subgraph, mut map, rounds } in self.plans {
            if rounds > 1 {
                // Some of the parts might lie in their whole and others not, which was not tried:
                // only what is there in any case bounds that.
                let largest = map.buffers.iter().map(|placed| placed.bytes).max().unwrap_or(0);
                map.lower_bound = largest.next_multiple_of(OVERLAY_ALIGNMENT);
            }
            if subgraph == 0 {
                first = map;
            } else {
                callees.push(CalleeMap { subgraph, map });
            }
        }
        MemoryMap { callees, ..first }
    }
}

impl Planner for Recorder<'_> {
    fn plan(
        &mut self,
        buffers: &Buffers<'_, '_>,
        offsets: &mut [u32],
        workspace: &mut [u16],
    ) -> Result<u32, bantam_planner::Error> {
        debug_assert_eq!(buffers.check(), Ok(()));
        let subgraph = buffers.subgraph();
        let before = self.plans.iter().position(|plan| plan.subgraph == subgraph);
        let before = before.map(|at| self.plans.remove(at));
        let (nodes, rounds) = before.map_or((0, 0), |plan| (plan.map.nodes, plan.rounds));
        let mut map = MemoryMap::default();
        match self.effort {
            Effort::Device(effort) => {
                map.overlay_bytes = Standard { effort }.plan(buffers, offsets, workspace)?;
                map.lower_bound = lower_bound(buffers, OVERLAY_ALIGNMENT).unwrap_or(0);
            }
            Effort::Exact(search) => {
                let solution = solve(buffers, OVERLAY_ALIGNMENT, &search, self.progress)?;
                offsets.copy_from_slice(&solution.offsets);
                map.overlay_bytes = solution.bytes;
                map.lower_bound = solution.lower_bound;
                map.nodes = solution.nodes + nodes;
            }
        }
        map.buffers = (0..buffers.len()).filter_map(|at| placed(buffers, offsets, at)).collect();
        map.wholes = buffers.wholes();
        let total = map.overlay_bytes;
        self.plans.push(Recorded { subgraph, map, rounds: rounds + 1 });
        Ok(total)
    }
}

fn placed(buffers: &Buffers<'_, '_>, offsets: &[u32], at: usize) -> Option<Placed> {
    let place = |at: usize| match buffers.view(at) {
        Some((root, offset)) => (offsets[root] + offset, Some(root)),
        None => (offsets[at], None),
    };
    let extent = buffers.extent(at)?;
    let (offset, part_of) = place(at);
    let mut placed = Placed {
        origin: buffers.origin(at)?,
        bytes: extent.bytes,
        first: extent.lifetime.first,
        last: extent.lifetime.last,
        offset,
        part_of,
        over: None,
        backwards: false,
    };
    if let Some(input) = buffers.partner(at) {
        let (other, bytes) = (place(input).0, buffers.extent(input)?.bytes);
        if offset < other + bytes && other < offset + extent.bytes {
            placed.over = Some(input);
            placed.backwards = buffers.writes_backwards(at, offset, other)?;
        }
    }
    Some(placed)
}
