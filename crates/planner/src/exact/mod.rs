//! Optimal plans, with proof: for hosts.
//!
//! ```
//! use bantam_planner::Buffer;
//! use bantam_planner::exact::{Options, solve};
//!
//! let buffers = [Buffer::new(48, 0, 1), Buffer::new(32, 1, 2), Buffer::new(64, 2, 3)];
//! let solution = solve(&buffers, 16, &Options::default(), &mut |_| {})?;
//! assert_eq!(solution.bytes, 96);
//! assert!(solution.is_optimal());
//! # Ok::<(), bantam_planner::Error>(())
//! ```
//!
//! # How it works
//!
//! Any plan can be pushed down until each buffer lies at 0 or on another that is live together with
//! it. The order of its offsets alone gives such a plan: place the buffers in that order, each at
//! its *floor*, the lowest offset above all earlier ones that are in its way. The search goes
//! through these orders depth first.
//!
//! * A buffer that fits below the floor of another comes first; of buffers with equal offsets, the
//!   order is fixed.
//! * If a buffer is passed over, one that takes its place must later lift it, and the search knows
//!   the least offset that it can then get.
//! * In each section of time, all buffers that can only lie at some offset or above must fit
//!   between it and the capacity.
//! * A fixed buffer comes at its offset, and nothing may lift it.
//! * If the placed buffers leave parts of time that no waiting buffer connects, the search solves
//!   each part for itself.
//!
//! That answers whether there is a plan within a capacity. The choice among the buffers with the
//! lowest floor decides whether it takes milliseconds or years. So several orders take turns with
//! growing budgets of nodes; some of them learn which sections make trouble. The search for the
//! least capacity begins at the lower bound.
//!
//! The canonical order, the sections and the decomposition are those of MiniMalloc (Moffitt,
//! *MiniMalloc: A Lightweight Memory Allocator for Hardware-Accelerated Machine Learning*, ASPLOS
//! 2023). The distances in place of sizes, the lifting, the sums above each offset and the learning
//! are our own.
#![allow(clippy::indexing_slicing, reason = "the indices are made here, none comes from a problem")]

mod engine;
mod model;
mod orders;
mod search;

use std::vec;
use std::vec::Vec;

use crate::problem::check;
use crate::{Effort, Error, Problem, large, plan, plan_workspace_len};
use engine::{Verdict, decide};
use model::Model;

/// The budget of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The number of buffers to place in all attempts together. Ten million take some ten to forty
    /// seconds.
    pub nodes: u64,
    /// How many threads may search at once. They change the time, never the result.
    ///
    /// With 0, and where the system has no threads, the caller's own searches if there are at most
    /// 256 buffers, as deep as its stack may have to be; for more the search gives up at once.
    pub threads: usize,
}

impl Default for Options {
    /// Returns a budget of ten million nodes and one thread.
    fn default() -> Self {
        Self { nodes: 10_000_000, threads: 1 }
    }
}

/// The best plan that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// The offset of each buffer.
    pub offsets: Vec<u32>,
    /// The highest end of a buffer.
    pub bytes: u32,
    /// No plan needs less.
    pub lower_bound: u32,
    /// How many buffers the searches placed.
    pub nodes: u64,
}

impl Solution {
    /// Returns whether no plan is better.
    #[must_use]
    pub const fn is_optimal(&self) -> bool {
        self.bytes <= self.lower_bound
    }
}

/// The progress of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The best total so far.
    pub bytes: u32,
    /// No plan needs less.
    pub lower_bound: u32,
    /// How many buffers the searches placed so far.
    pub nodes: u64,
}

/// The result of [`fit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The offsets, or the proof that there is no plan; `None` if the nodes ran out before.
    pub answer: Option<Result<Vec<u32>, NoPlan>>,
    /// How many buffers the searches placed.
    pub nodes: u64,
}

/// There is provably no plan within the capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPlan;

/// The most buffers whose pairs are listed.
const MAX_BUFFERS: usize = 8_192;
/// The most buffers for algorithms whose time grows with the square of the number.
const MAX_PORTFOLIO: usize = 2_048;
/// The nodes of the first attempt at each total; the next has four times as many.
const FIRST_ATTEMPT: u64 = 200_000;

/// Looks for a plan of at most `capacity` bytes.
///
/// # Errors
///
/// Any [`Error`] of the problem; [`Error::TooManyBuffers`] for more than 8,192. Fixed buffers in
/// conflict are no error: there is no plan.
pub fn fit<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    capacity: u32,
    options: &Options,
) -> Result<Fit, Error> {
    let model = model(problem, alignment)?;
    let mut nodes = options.nodes;
    let answer = match decide(&model, capacity, &mut nodes, options.threads) {
        Verdict::Yes(floors) => Some(Ok(spread(problem, &model, &floors))),
        Verdict::No => Some(Err(NoPlan)),
        Verdict::Unknown => None,
    };
    Ok(Fit { answer, nodes: options.nodes - nodes })
}

fn model<P: Problem + ?Sized>(problem: &P, alignment: u32) -> Result<Model, Error> {
    let len = problem.len();
    if len > MAX_BUFFERS {
        return Err(Error::TooManyBuffers { len, max: MAX_BUFFERS });
    }
    Model::new(problem, alignment)
}

/// Returns the offsets of all buffers; those that the model leaves out are empty.
fn spread<P: Problem + ?Sized>(problem: &P, model: &Model, floors: &[u32]) -> Vec<u32> {
    let buffers = (0..problem.len()).map(|index| problem.buffer(index));
    let mut offsets: Vec<u32> = buffers.map(|buffer| buffer.fixed.unwrap_or(0)).collect();
    for (&index, &floor) in model.index.iter().zip(floors) {
        offsets[index] = floor;
    }
    offsets
}

/// Returns a plan to begin with.
fn heuristic<P: Problem + ?Sized>(problem: &P, alignment: u32) -> Result<Solution, Error> {
    let len = problem.len();
    let is_fixed = (0..len).any(|index| problem.buffer(index).fixed.is_some());
    if len > MAX_PORTFOLIO && !is_fixed {
        let (bytes, offsets) = large::plan(problem, alignment)?;
        let lower_bound = large::lower_bound(problem, alignment)?;
        return Ok(Solution { offsets, bytes, lower_bound, nodes: 0 });
    }
    let mut offsets = vec![0; len];
    let mut workspace = vec![0; plan_workspace_len(len)];
    let plan = plan(problem, alignment, &mut offsets, &mut workspace, Effort::Portfolio)?;
    Ok(Solution { offsets, bytes: plan.bytes, lower_bound: plan.lower_bound, nodes: 0 })
}

/// Looks for the smallest plan.
///
/// For more than 8,192 buffers it does not search: it returns the plan of [`large::plan`], or if
/// some are fixed that of [`plan`].
///
/// It calls `progress` after the heuristics, and whenever an attempt has ended.
///
/// # Errors
///
/// Any [`Error`] of [`greedy`](crate::greedy).
pub fn solve<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Solution, Error> {
    check(problem, alignment)?;
    let mut best = heuristic(problem, alignment)?;
    progress(Progress { bytes: best.bytes, lower_bound: best.lower_bound, nodes: 0 });
    if best.is_optimal() {
        return Ok(best);
    }
    let Ok(model) = model(problem, alignment) else { return Ok(best) };
    if let Some(load) = model.loads().into_iter().max() {
        best.lower_bound = best.lower_bound.max(u32::try_from(load).unwrap_or(u32::MAX));
    }
    best.climb(problem, &model, options, progress);
    Ok(best)
}

impl Solution {
    /// Attempts the lower bound, then totals halfway to the best known, with growing budgets.
    fn climb<P: Problem + ?Sized>(
        &mut self,
        problem: &P,
        model: &Model,
        options: &Options,
        progress: &mut dyn FnMut(Progress),
    ) {
        let up = |total: u32| total.checked_next_multiple_of(model.granule).unwrap_or(u32::MAX);
        self.lower_bound = up(self.lower_bound);
        let mut budget = FIRST_ATTEMPT;
        while !self.is_optimal() && self.nodes < options.nodes {
            // The least total that was not attempted with this budget; all totals are multiples of
            // the granule.
            let mut least = self.lower_bound;
            let mut goal = least;
            while least < self.bytes && self.nodes < options.nodes {
                // Most often the bound itself can be reached.
                let wanted = if goal == self.lower_bound { 4 * budget } else { budget };
                let share = wanted.min(options.nodes - self.nodes);
                let mut nodes = share;
                let verdict = decide(model, goal, &mut nodes, options.threads);
                self.nodes += share - nodes;
                if let Verdict::Yes(floors) = &verdict {
                    self.offsets = spread(problem, model, floors);
                    let ends = floors.iter().zip(&model.bytes).map(|(floor, bytes)| floor + bytes);
                    self.bytes = ends.fold(model.fixed_end, u32::max);
                } else {
                    least = up(goal.saturating_add(1));
                }
                if verdict == Verdict::No {
                    self.lower_bound = least;
                }
                goal = least + self.bytes.saturating_sub(least) / 2 / model.granule * model.granule;
                let Self { bytes, lower_bound, nodes, .. } = *self;
                progress(Progress { bytes, lower_bound, nodes });
            }
            budget = budget.saturating_mul(4).min(options.nodes);
        }
    }
}
