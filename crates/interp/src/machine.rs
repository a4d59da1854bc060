//! Runs nodes, those of the graph and those of subgraphs that nodes call.

use crate::error::{EvalError, InvokeError, PackedSite, Site};
use crate::op::{Io, Run};
use crate::record::{FillRecord, Graph, NodeRecord, Operand, Operands, Place};

/// How an invoke ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All nodes ran.
    Done,
    /// A streaming operator waits for more input: later nodes did not run, outputs are unspecified.
    NeedMoreInput,
}

/// How far a run is that goes node by node: see
/// [`Interpreter::step`](crate::Interpreter::step).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "whether the run is at its end"]
pub enum Progress {
    /// Nodes are left.
    More,
    /// The run is at its end; the next step begins another.
    Done(Outcome),
}

impl<'r> Io<'r> {
    /// Runs or resets a node. If it stops the run, `stopped` says so.
    #[inline(always)] // stack: two calls, of which the first is over when the node runs
    pub(crate) fn run(&mut self, record: &'r NodeRecord, reset: bool) -> Result<(), EvalError> {
        self.enter(record, reset)(self)
    }

    /// Makes a node the one that runs, and finds what runs or resets it.
    #[inline(never)] // size: one copy for runs and resets
    fn enter(&mut self, record: &'r NodeRecord, reset: bool) -> Run {
        let fixed = &self.fixed;
        let Some(op) = fixed.ops.get(usize::from(record.op)) else { return refuse };
        let read = record.read(fixed.records, self.operands.model, op.data_bytes);
        let Some((operands, data)) = read else { return refuse };
        (self.operands, self.data) = (operands, data);
        (self.scales, self.stopped) = (op.scales(), false);
        #[cfg(feature = "foreign")]
        {
            self.foreign = op.foreign;
        }
        if reset { op.reset.unwrap_or(|_| Ok(())) } else { op.eval }
    }

    /// The operands of a node.
    pub(crate) fn operands_of<'s>(&'s self, record: &'s NodeRecord) -> Option<Operands<'s>> {
        let op = self.fixed.ops.get(usize::from(record.op))?;
        let read = record.read(self.fixed.records, self.operands.model, op.data_bytes);
        read.map(|(operands, _)| operands)
    }

    /// Output `index` of a node, where it lies.
    #[cfg(feature = "host")]
    pub(crate) fn output_of(&self, record: &NodeRecord, index: usize) -> Option<&[u8]> {
        self.bytes(self.operands_of(record)?.output(index))
    }

    /// The bytes of an operand where they lie.
    #[inline(always)] // size: a call takes 16 bytes of stack more.
    pub(crate) fn bytes(&self, operand: Operand) -> Option<&[u8]> {
        let (memory, at) = match operand.place() {
            Place::Overlay(at) => (&*self.overlay, at),
            Place::Variable(at) => (&*self.variables, at),
            Place::Model(at) => (self.operands.model.bytes(), at),
            _ => return None,
        };
        memory.get(at as usize..(at as usize).checked_add(operand.bytes as usize)?)
    }

    /// That a node, or one of a subgraph that it calls, has failed for this cause.
    #[inline(always)] // stack: made where it stays
    pub(crate) fn failure(&mut self, node: Site, cause: EvalError) -> InvokeError {
        let Site { subgraph, node } = self.take_failed(node);
        InvokeError { subgraph, node, cause }
    }

    /// The node that has failed: `node`, unless it was one of a subgraph that it calls.
    // size: of what the caller has in a register.
    #[cold]
    #[inline(never)] // size: one copy for runs and resets
    fn take_failed(&mut self, node: Site) -> Site {
        self.running.failed.take().map_or(node, PackedSite::site)
    }

    /// Resets the graph that runs.
    // size: not a method of the interpreter, which is only made once this has gone well.
    pub(crate) fn restart(&mut self, graph: &Graph) -> Result<(), InvokeError> {
        bantam_arena::clear(self.variables);
        self.running.failed = None;
        self.reset(graph, 0)
    }

    /// Resets what belongs to a graph; variables are zero.
    pub(crate) fn reset(&mut self, graph: &Graph, subgraph: u32) -> Result<(), InvokeError> {
        let mut fills =
            self.fixed.records.slice(FillRecord::words(graph.fills)).unwrap_or_default();
        while let Some((&[at, bytes, value], rest)) = fills.split_first_chunk() {
            if let Some(memory) = range_mut(self.variables, at, bytes) {
                // They are zeros, or were set before, where several nodes call the graph. Size:
                // `fill` links a routine that little else needs.
                memory.iter_mut().for_each(|byte| *byte |= value as u8);
            }
            fills = rest;
        }
        for (node, record) in (0..).zip(self.fixed.records.slice(graph.nodes).unwrap_or_default()) {
            if let Err(cause) = self.run(record, true) {
                return Err(self.failure(Site { subgraph, node }, cause));
            }
        }
        Ok(())
    }
}

/// Runs a node whose record is faulty.
fn refuse(_: &mut Io<'_>) -> Result<(), EvalError> {
    Err(EvalError::Record)
}

pub(crate) fn range_mut(memory: &mut [u8], at: u32, bytes: u32) -> Option<&mut [u8]> {
    memory.get_mut(at as usize..(at as usize).checked_add(bytes as usize)?)
}
