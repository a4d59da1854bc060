//! Planning with all the effort that a host can afford: exact placement, another order of the
//! operators, and models that carry their plan.
//!
//! ```
//! use bantam_interp::host::{Request, plan};
//! use bantam_interp::{Interpreter, ops};
//! # use bantam_schema::write::{ModelBuilder, TensorSpec};
//! # use bantam_schema::{BuiltinOperator, Model, Options, TensorType};
//! # let mut builder = ModelBuilder::new();
//! # let mut graph = builder.subgraph("main");
//! # let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[1, 4]));
//! # let y = graph.tensor(TensorSpec::new("y", TensorType::FLOAT32, &[1, 4]));
//! # graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
//! # graph.inputs(&[x]).outputs(&[y]);
//! # let file = builder.finish();
//!
//! let model = Model::parse(&file)?;
//! let planned = plan(&model, ops::ALL, &Request::default(), &mut |_| {})?;
//! assert!(planned.map.is_optimal());
//!
//! // The rewritten model carries the plan, which its interpreter checks and uses.
//! let model = Model::parse(&planned.file)?;
//! let mut arena = vec![0; 4096];
//! let interpreter = Interpreter::new(&model, ops::ALL, &mut arena)?;
//! assert_eq!(interpreter.overlay_bytes(), planned.map.overlay_bytes as usize);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![allow(clippy::indexing_slicing, reason = "the indices are made here, or were checked")]

mod image;
mod map;
mod order;
mod store;

pub use bantam_planner::exact::{Options as Search, Progress};
pub use image::{Choice, Prepared, operators, prepare, seal};
pub use map::{CalleeMap, Effort, MemoryMap, Placed, map};

use store::store;

use crate::plan::{OfflinePlan, Sharing};
use crate::{Error, Interpreter, Op, Options};
use bantam_planner::schedule;
use bantam_schema::Model;
use bantam_schema::write::CopyError;
use std::boxed::Box;
use std::vec;
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

/// Memory for an arena.
struct Memory(Box<[u128]>);

impl Memory {
    fn new(bytes: usize) -> Self {
        Self(vec![0; bytes.div_ceil(16)].into_boxed_slice())
    }

    fn bytes(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(&mut self.0)
    }

    /// As much as the model needs with these options.
    fn enough(model: &Model<'_>, ops: &[Op], options: Options) -> Result<Self, Error> {
        let mut memory = Self::new(1 << 16);
        loop {
            let available = memory.bytes().len();
            match Interpreter::with_options(model, ops, memory.bytes(), options) {
                // What is needed may be a lower bound, so there is some more.
                Err(Error::OutOfMemory { needed, .. }) if needed > available => {
                    memory = Self::new(needed.saturating_mul(2));
                }
                Err(error) => return Err(error),
                Ok(_) => return Ok(memory),
            }
        }
    }
}
