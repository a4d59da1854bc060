//! Runs nodes, those of the graph and those of subgraphs that nodes call.

use crate::error::{EvalError, InvokeError, Site};
use crate::op::{Fixed, Io};
use crate::record::{FillRecord, Graph, NodeRecord, Operand, Operands, Place};
use crate::running::Running;

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

/// What nodes run with.
#[derive(Debug)]
pub(crate) struct Machine<'a> {
    pub(crate) overlay: &'a mut [u8],
    pub(crate) variables: &'a mut [u8],
    pub(crate) fixed: Fixed<'a>,
    pub(crate) running: Running,
}

impl Machine<'_> {
    /// Runs or resets a node; whether that stops the run.
    #[inline(never)] // size: one copy for runs and resets
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
            running: &mut self.running,
            scales: op.scales,
            stopped: false,
        };
        #[cfg(feature = "foreign")]
        if let Some(foreign) = op.foreign {
            (if reset { foreign.reset(data, &mut io) } else { foreign.eval(data, &mut io) })?;
            return Ok(io.stopped);
        }
        (if reset { op.reset } else { op.eval })(data, &mut io)?;
        Ok(io.stopped)
    }

    /// The operands of a node.
    pub(crate) fn operands(&self, record: &NodeRecord) -> Option<Operands<'_>> {
        let op = self.fixed.ops.get(usize::from(record.op))?;
        let read = record.read(self.fixed.records, self.fixed.model.bytes(), op.data_bytes);
        read.map(|(operands, _)| operands)
    }

    /// Output `index` of a node, where it lies.
    #[cfg(feature = "host")]
    pub(crate) fn output(&self, record: &NodeRecord, index: usize) -> Option<&[u8]> {
        self.bytes(self.operands(record)?.output(index))
    }

    /// The bytes of an operand where they lie.
    #[inline(always)] // size: a call takes 16 bytes of stack more.
    pub(crate) fn bytes(&self, operand: Operand) -> Option<&[u8]> {
        let (memory, at) = match operand.place() {
            Place::Overlay(at) => (&*self.overlay, at),
            Place::Variable(at) => (&*self.variables, at),
            Place::Model(at) => (self.fixed.model.bytes(), at),
            _ => return None,
        };
        memory.get(at as usize..(at as usize).checked_add(operand.bytes as usize)?)
    }

    /// That a node, or one of a subgraph that it calls, has failed for this cause.
    #[cold]
    // size: one copy for runs and resets.
    #[inline(never)]
    pub(crate) fn failure(&mut self, node: Site, cause: EvalError) -> InvokeError {
        let Site { subgraph, node } = self.running.take_failed(node);
        InvokeError { subgraph, node, cause }
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

pub(crate) fn range_mut(memory: &mut [u8], at: u32, bytes: u32) -> Option<&mut [u8]> {
    memory.get_mut(at as usize..(at as usize).checked_add(bytes as usize)?)
}
