//! The interpreter: invoke and reset.

use crate::error::{Error, InvokeError, OperatorName, PackedSite, Site};
use crate::machine::{Outcome, Progress};
use crate::name::name_of;
use crate::observer::{Node, Observer, Outputs};
use crate::op::{Fixed, Io};
use crate::record::{Graph, NodeRecord};
use bantam_arena::Usage;
use bantam_schema::{Model, Subgraph};

/// A model that is ready to run, in one arena.
///
/// If [`Interpreter::new`] returns `Ok`, the thing can run. Nothing is allocated after that.
#[derive(Debug)]
// stack: one address for all of it and for what nodes run with.
#[repr(C)]
pub struct Interpreter<'a> {
    pub(crate) io: Io<'a>,
    pub(crate) graph: Graph,
    pub(crate) usage: Usage,
}

impl<'a> Interpreter<'a> {
    /// One whose nodes are reset, with memory for the overlay and for variables.
    // size: those of another are reset, which is not kept. This one is made where the caller wants
    // it: to move it would link a routine of 900 bytes that little else needs.
    #[inline(always)] // one caller for each way to make one
    pub(crate) fn begin(
        (overlay, variables): (&'a mut [u8], &'a mut [u8]),
        model: Model<'a>,
        fixed: Fixed<'a>,
        graph: &Graph,
        usage: impl FnOnce() -> Usage,
    ) -> Result<Self, Error> {
        match Io::new(overlay, variables, model, fixed).restart(graph) {
            Ok(()) => Ok(Self {
                io: Io::new(overlay, variables, model, fixed),
                graph: *graph,
                usage: usage(),
            }),
            Err(error) => Err(Error::Reset(error)),
        }
    }

    /// The model.
    pub fn model(&self) -> Model<'a> {
        self.io.operands.model
    }

    /// Bytes of a 16-byte-aligned arena that this model needs with these operators: the same on
    /// every target. An arena of exactly so many bytes is enough, one byte less is not. Where the
    /// overlay has a memory of its own, this is without it.
    pub fn arena_used_bytes(&self) -> usize {
        self.usage.required() as usize
    }

    /// Bytes of activations and scratch.
    pub fn overlay_bytes(&self) -> usize {
        self.io.overlay.len()
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
        self.io.running.failed = None; // what was run in steps ends here
        for (index, record) in (0_u32..).zip(self.nodes()) {
            let node = if O::ACTIVE {
                self.node_operator(index as usize).map(|operator| Node { index, operator })
            } else {
                None
            };
            if let Some(node) = node {
                observer.before(node);
            }
            if let Err(cause) = self.io.run(record, false) {
                return Err(self.io.failure(Site { subgraph: 0, node: index }, cause));
            }
            if let Some(node) = node {
                observer.after(node, &Outputs::new(&self.io, *record));
            }
            if self.io.stopped {
                return Ok(Outcome::NeedMoreInput);
            }
        }
        Ok(Outcome::Done)
    }

    /// Runs the next node, the first if no run is under way: an invoke in pieces, for tasks that
    /// must not keep others waiting and for watchdogs. A call of a subgraph is part of its node.
    ///
    /// A run that is under way ends, without outputs, with [`Interpreter::invoke`],
    /// [`Interpreter::reset`], an error, and with access to an input, which its nodes may have
    /// written over: the next step is then the first of another. Variables and states stay as the
    /// nodes that did run have left them, as after an invoke that has failed. Outputs may be looked
    /// at any time; before the end they may hold anything.
    ///
    /// Nothing is kept for this but the number of the next node, in a word that is there anyway.
    ///
    /// ```
    /// # use bantam_interp::{Interpreter, InvokeError, Outcome};
    /// use bantam_interp::Progress;
    ///
    /// # fn feed_watchdog() {}
    /// # fn run(interpreter: &mut Interpreter<'_>) -> Result<Outcome, InvokeError> {
    /// loop {
    ///     feed_watchdog();
    ///     if let Progress::Done(outcome) = interpreter.step()? {
    ///         return Ok(outcome);
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Interpreter::invoke`].
    pub fn step(&mut self) -> Result<Progress, InvokeError> {
        let (index, nodes) = (self.next_node(), self.nodes());
        self.io.running.failed = None;
        let Some(record) = nodes.get(index) else { return Ok(Progress::Done(Outcome::Done)) };
        let site = Site { subgraph: 0, node: index as u32 };
        match self.io.run(record, false) {
            Ok(()) if self.io.stopped => Ok(Progress::Done(Outcome::NeedMoreInput)),
            Ok(()) if index + 1 < nodes.len() => {
                self.io.running.failed = PackedSite::new(Site { node: site.node + 1, ..site });
                Ok(Progress::More)
            }
            Ok(()) => Ok(Progress::Done(Outcome::Done)),
            Err(cause) => Err(self.io.failure(site, cause)),
        }
    }

    /// The node that the next [`step`](Self::step) runs.
    pub fn next_node(&self) -> usize {
        let site = self.io.running.failed.map(PackedSite::site);
        site.filter(|site| site.subgraph == 0).map_or(0, |site| site.node as usize)
    }

    /// Brings all state back to where it was after [`Interpreter::new`]: variable tensors to
    /// zero (`INT8` ones to their zero point, as TFLM does), operators' states to
    /// their beginnings.
    ///
    /// # Errors
    ///
    /// [`InvokeError`] if an operator's state cannot be reset.
    pub fn reset(&mut self) -> Result<(), InvokeError> {
        self.io.restart(&self.graph)
    }

    /// Sets [`Options::max_calls`](crate::Options::max_calls): for interpreters that are made
    /// without options, such as those of prepared images.
    pub fn set_max_calls(&mut self, calls: u32) {
        self.io.fixed.max_calls = calls;
    }

    pub(crate) fn nodes(&self) -> &'a [NodeRecord] {
        self.io.fixed.records.slice(self.graph.nodes).unwrap_or_default()
    }

    /// Number of nodes.
    pub fn node_len(&self) -> usize {
        self.nodes().len()
    }

    /// The operator of node `index`.
    pub fn node_operator(&self, index: usize) -> Option<OperatorName> {
        Some(name_of(&self.subgraph()?.operator(u32::try_from(index).ok()?)?))
    }

    pub(crate) fn subgraph(&self) -> Option<Subgraph<'a>> {
        self.io.operands.model.subgraph(0)
    }
}
