//! Plans a model and writes it anew with the plan.

use super::map::{Effort, MemoryMap, map};
use super::memory::Memory;
use super::order;
use super::store::store;
use crate::plan::{OfflinePlan, Sharing};
use crate::{Error, Interpreter, Op, Options};
use bantam_planner::exact::{Options as Search, Progress};
use bantam_planner::schedule;
use bantam_schema::write::CopyError;
use bantam_schema::{Model, Subgraph, Tensor};
use std::vec::Vec;

/// How to plan.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// What may share bytes.
    pub sharing: Sharing,
    /// How long to search for places.
    pub search: Search,
    /// How long to search for an order of the operators; `None`: as they are.
    pub order: Option<schedule::Options>,
}

impl Default for Request {
    /// Everything, with the default budgets.
    fn default() -> Self {
        Self {
            sharing: Sharing::default(),
            search: Search::default(),
            order: Some(schedule::Options::default()),
        }
    }
}

/// What a search may look at: the placements of buffers, times the buffers of the graph. Plans of
/// most models are proven with less.
const PLACED: u64 = 1 << 24;
/// What the search for an order may look at: the sets of nodes, times the nodes, and for the beam
/// once more times the nodes.
const ORDERED: u64 = 1 << 25;
const BEAM: u64 = 1 << 22;

impl Request {
    /// As by default, with budgets that shrink as the model grows: planning takes about a second at
    /// most, whatever the file says. Options that ask for more find smaller plans for large models,
    /// if there are any.
    pub fn for_model(model: &Model<'_>) -> Self {
        let largest = |len: fn(Subgraph<'_>) -> u32| {
            u64::from(model.subgraphs().map(len).max().unwrap_or(0).max(1))
        };
        let tensors = largest(|graph| {
            let is_planned = |tensor: &Tensor<'_>| !tensor.is_constant() && !tensor.is_variable();
            graph.tensors().filter(is_planned).count() as u32
        });
        let nodes = largest(|graph| graph.operator_len());
        let search = Search { nodes: PLACED / tensors, ..Search::default() };
        let order = schedule::Options::default();
        let order = schedule::Options {
            states: order.states.min(ORDERED / nodes),
            beam_width: order.beam_width.min((BEAM / (nodes * nodes)) as usize).max(1),
        };
        Self { search, order: Some(order), ..Self::default() }
    }
}

/// A planned model.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Planned {
    /// Where everything is.
    pub map: MemoryMap,
    /// For each node, in the order in which they run, its index in the model that was given.
    pub order: Vec<u32>,
    /// Bytes of the arena that the planned model needs.
    pub arena_bytes: usize,
    /// The model in that order, with the plan in its metadata.
    pub file: Vec<u8>,
}

/// Why a model could not be planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanError {
    /// The model cannot be prepared or planned.
    Interpreter(Error),
    /// The model cannot be written without loss.
    Copy(CopyError),
    /// The written model does not parse.
    Written(bantam_schema::Error),
}

impl core::fmt::Display for PlanError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Interpreter(error) => error.fmt(f),
            Self::Copy(error) => error.fmt(f),
            Self::Written(error) => write!(f, "the written model: {error}"),
        }
    }
}

impl core::error::Error for PlanError {}

impl From<Error> for PlanError {
    fn from(error: Error) -> Self {
        Self::Interpreter(error)
    }
}

impl From<CopyError> for PlanError {
    fn from(error: CopyError) -> Self {
        Self::Copy(error)
    }
}

/// Plans the memory of `model`, and writes it anew with the plan.
///
/// Another order of the operators is taken only if the overlay gets smaller by it. Plans that the
/// model carries are replaced; the rest of it is kept.
///
/// # Errors
///
/// A [`PlanError`].
pub fn plan(
    model: &Model<'_>,
    ops: &'static [Op],
    request: &Request,
    progress: &mut dyn FnMut(Progress),
) -> Result<Planned, PlanError> {
    let effort = Effort::Exact(request.search);
    let mut best = map(model, ops, request.sharing, effort, progress)?;
    let given: Vec<u32> = (0..model.subgraph(0).map_or(0, |graph| graph.operator_len())).collect();
    let mut order = given.clone();
    if let Some(options) = &request.order
        && let Some(other) = order::search(model, ops, request.sharing, options)?
        && other != given
    {
        let file = order::reordered(model, &other)?;
        // What was just written parses; if not, the given order will do.
        if let Ok(reordered) = Model::parse(&file) {
            let found = map(&reordered, ops, request.sharing, effort, progress)?;
            if found.overlay_bytes < best.overlay_bytes {
                (best, order) = (found, other);
            }
        }
    }
    let file = store(model, &best, &order)?;
    let arena_bytes = arena_bytes(&file, ops, request.sharing)?;
    Ok(Planned { map: best, order, arena_bytes, file })
}

/// What a model needs with the plan that it carries.
fn arena_bytes(file: &[u8], ops: &'static [Op], sharing: Sharing) -> Result<usize, PlanError> {
    let model = Model::parse(file).map_err(PlanError::Written)?;
    let options = Options { offline_plan: OfflinePlan::Require, sharing, ..Options::default() };
    let mut memory = Memory::enough(&model, ops, options)?;
    let interpreter = Interpreter::with_options(&model, ops, memory.bytes(), options)?;
    Ok(interpreter.arena_used_bytes())
}
