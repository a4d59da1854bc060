//! The interpreter: prepare, plan, invoke.

use crate::build::build;
use crate::error::{Error, EvalError, InvokeError, PackedSite, Site};
use crate::io::Io;
use crate::observer::{Node, Observer};
use crate::operator::Op;
use crate::plan::{Carried, OfflinePlan, Planner, Sharing, Standard};
use crate::record::{Graph, NodeRecord};
use bantam_arena::{Arena, Records, Usage};
use bantam_planner::Effort;
use bantam_schema::Model;

/// How an interpreter is made, where the defaults do not do.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Options {
    /// What to do with a memory plan that the model carries.
    pub offline_plan: OfflinePlan,
    /// How hard the memory planner tries. The arena's size depends on it.
    pub effort: Effort,
    /// What may share bytes while it is in use. The arena's size depends on it.
    pub sharing: Sharing,
}

impl Options {
    fn planner(self) -> impl Planner {
        Carried { choice: self.offline_plan, planner: Standard { effort: self.effort } }
    }
}

impl Default for Options {
    /// A plan that the model carries if it is valid; else the planner's search, cut off after so
    /// many placements that it stays cheap on a microcontroller.
    fn default() -> Self {
        Self {
            offline_plan: OfflinePlan::default(),
            effort: Standard::default().effort,
            sharing: Sharing::default(),
        }
    }
}

/// How an invoke ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All nodes ran.
    Done,
    /// A streaming operator waits for more input: later nodes did not run, outputs are unspecified.
    NeedMoreInput,
}

/// A model that is ready to run, in one arena.
///
/// If [`Interpreter::new`] returns `Ok`, the thing can run. Nothing is allocated after that.
#[derive(Debug)]
pub struct Interpreter<'a> {
    pub(crate) machine: Machine<'a>,
    pub(crate) graph: Graph,
    pub(crate) usage: Usage,
}

/// What nodes run with.
#[derive(Debug)]
pub(crate) struct Machine<'a> {
    pub(crate) overlay: &'a mut [u8],
    pub(crate) variables: &'a mut [u8],
    pub(crate) fixed: Fixed<'a>,
    /// The node of a called subgraph that has failed, if one has.
    pub(crate) failed: Option<PackedSite>,
}

/// What nodes run with and do not write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed<'a> {
    pub(crate) records: Records<'a>,
    pub(crate) ops: &'a [Op],
    pub(crate) model: Model<'a>,
    /// Where the last [`SubgraphRecord`](crate::record::SubgraphRecord) is; 0 if there is none.
    pub(crate) callee: u32,
    /// How many calls of subgraphs are under way.
    pub(crate) depth: u32,
}

impl<'a> Fixed<'a> {
    /// What the nodes of the graph that runs see.
    pub(crate) const fn new(
        records: Records<'a>,
        ops: &'a [Op],
        model: Model<'a>,
        callee: u32,
    ) -> Self {
        Self { records, ops, model, callee, depth: 0 }
    }
}

impl Machine<'_> {
    /// Runs or resets a node; whether that stops the run.
    #[inline(never)]
    pub(crate) fn run(&mut self, record: &NodeRecord, reset: bool) -> Result<bool, EvalError> {
        let fixed = &self.fixed;
        let op = fixed.ops.get(usize::from(record.op)).ok_or(EvalError::Record)?;
        let (operands, data) = record
            .read(fixed.records, fixed.model.bytes(), op.data_bytes)
            .ok_or(EvalError::Record)?;
        let mut io = Io {
            overlay: self.overlay,
            variables: self.variables,
            fixed,
            operands,
            failed: &mut self.failed,
            stopped: false,
        };
        (if reset { op.reset } else { op.eval })(data, &mut io)?;
        Ok(io.stopped)
    }

    /// That a node, or one of a subgraph that it calls, has failed for this cause.
    #[cold]
    // size: one copy for runs and resets.
    #[inline(never)]
    pub(crate) fn failure(&mut self, node: Site, cause: EvalError) -> InvokeError {
        let Site { subgraph, node } = self.failed.take().map_or(node, PackedSite::site);
        InvokeError { subgraph, node, cause }
    }

    /// Resets what belongs to a graph; variables are zero.
    pub(crate) fn reset(&mut self, graph: &Graph, subgraph: u32) -> Result<(), InvokeError> {
        for fill in self.fixed.records.slice(graph.fills).unwrap_or_default() {
            if let Some(memory) = range_mut(self.variables, fill.at, fill.bytes) {
                memory.fill(fill.value as u8);
            }
        }
        for (node, record) in (0..).zip(self.fixed.records.slice(graph.nodes).unwrap_or_default()) {
            if let Err(cause) = self.run(record, true) {
                return Err(self.failure(Site { subgraph, node }, cause));
            }
        }
        Ok(())
    }
}

impl<'a> Interpreter<'a> {
    /// Prepares `model` and plans its memory, all out of `arena`.
    ///
    /// # Errors
    ///
    /// [`Error::MissingOperator`] if `ops` lacks an operator, [`Error::Prepare`] if one refuses its
    /// node, [`Error::OutOfMemory`] with the bytes that are enough if the arena is too small, and
    /// the other [`Error`]s for what cannot be planned or recorded.
    pub fn new(model: &Model<'a>, ops: &'a [Op], arena: &'a mut [u8]) -> Result<Self, Error> {
        Self::with_options(model, ops, arena, Options::default())
    }

    /// As [`Interpreter::new`], with options.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::new`]; [`Error::InvalidPlan`] if the model carries a plan that is not
    /// valid although the options insist on it, or an `OfflineMemoryAllocation` that is malformed.
    pub fn with_options(
        model: &Model<'a>,
        ops: &'a [Op],
        arena: &'a mut [u8],
        options: Options,
    ) -> Result<Self, Error> {
        build(model, ops, Arena::new(arena), (options.sharing, &mut options.planner()))
    }

    /// As [`Interpreter::new`], with another planner in place of the built-in one: for hosts, which
    /// can afford more, and for devices that need less.
    ///
    /// Only the planner that is named here is linked. For devices there is
    /// [`Greedy`](crate::plan::Greedy); a plan that the model carries is looked for if the planner
    /// is a [`Carried`](crate::plan::Carried).
    ///
    /// # Errors
    ///
    /// As [`Interpreter::with_options`]; [`Error::Plan`] with what the planner says,
    /// [`Error::InvalidPlan`] if what it gives is not a plan.
    pub fn with_planner(
        model: &Model<'a>,
        ops: &'a [Op],
        arena: &'a mut [u8],
        sharing: Sharing,
        planner: &mut dyn Planner,
    ) -> Result<Self, Error> {
        build(model, ops, Arena::new(arena), (sharing, planner))
    }

    /// As [`Interpreter::with_options`], with two memories: `overlay` for activations and scratch,
    /// `arena` for all that is kept. So either may be the small fast one.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::with_options`]; [`Error::OverlayTooSmall`] with the bytes that are enough
    /// for the overlay.
    pub fn with_overlay(
        model: &Model<'a>,
        ops: &'a [Op],
        arena: &'a mut [u8],
        overlay: &'a mut [u8],
        options: Options,
    ) -> Result<Self, Error> {
        let how = (options.sharing, &mut options.planner() as &mut dyn Planner);
        build(model, ops, Arena::with_overlay(arena, overlay), how)
    }

    /// The model.
    pub fn model(&self) -> Model<'a> {
        self.machine.fixed.model
    }

    /// Bytes of a 16-byte-aligned arena that this model needs with these operators: the same on
    /// every target. An arena of exactly so many bytes is enough, one byte less is not. Where the
    /// overlay has a memory of its own, this is without it.
    pub fn arena_used_bytes(&self) -> usize {
        self.usage.required() as usize
    }

    /// Bytes of activations and scratch.
    pub fn overlay_bytes(&self) -> usize {
        self.machine.overlay.len()
    }

    /// Where the bytes of the arena went.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// Runs all nodes once.
    ///
    /// # Errors
    ///
    /// [`InvokeError`] with the node that failed. Outputs are then unspecified; the interpreter
    /// remains usable.
    pub fn invoke(&mut self) -> Result<Outcome, InvokeError> {
        self.invoke_observed(&mut ())
    }

    /// As [`Interpreter::invoke`], telling `observer` before and after every node.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::invoke`].
    pub fn invoke_observed<O: Observer>(
        &mut self,
        observer: &mut O,
    ) -> Result<Outcome, InvokeError> {
        for (index, record) in (0_u32..).zip(self.nodes()) {
            let node = if O::ACTIVE {
                self.node_operator(index as usize).map(|operator| Node { index, operator })
            } else {
                None
            };
            if let Some(node) = node {
                observer.before(node);
            }
            let stopped = match self.machine.run(record, false) {
                Ok(stopped) => stopped,
                Err(cause) => {
                    return Err(self.machine.failure(Site { subgraph: 0, node: index }, cause));
                }
            };
            if let Some(node) = node {
                observer.after(node);
            }
            if stopped {
                return Ok(Outcome::NeedMoreInput);
            }
        }
        Ok(Outcome::Done)
    }

    /// Brings all state back to where it was after [`Interpreter::new`]: variable tensors to
    /// zero (`INT8` ones to their zero point, as TFLM does), operators' states to
    /// their beginnings.
    ///
    /// # Errors
    ///
    /// [`InvokeError`] if an operator's state cannot be reset.
    pub fn reset(&mut self) -> Result<(), InvokeError> {
        self.machine.variables.fill(0);
        self.machine.reset(&self.graph, 0)
    }

    pub(crate) fn nodes(&self) -> &'a [NodeRecord] {
        self.machine.fixed.records.slice(self.graph.nodes).unwrap_or_default()
    }
}

pub(crate) fn range_mut(memory: &mut [u8], at: u32, bytes: u32) -> Option<&mut [u8]> {
    memory.get_mut(at as usize..(at as usize).checked_add(bytes as usize)?)
}
