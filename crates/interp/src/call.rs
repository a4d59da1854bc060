//! Calls of subgraphs while they run.
//!
//! A subgraph that nodes call is prepared once, before them, and has an overlay of its own: its
//! frame. A node that calls it asks for scratch of that size, so the frame lies where the node's
//! memory plan has room for it while the node runs, and nothing that is live then is written over.

use crate::callee::Call;
use crate::error::{EvalError, InvokeError, MAX_CALL_DEPTH, PackedSite, Site};
use crate::io::{OutputReader, copy};
use crate::machine::{Outcome, range_mut};
use crate::op::{Fixed, Io};
use crate::record::{Operand, Place, PortRecord, SubgraphRecord};
use bantam_arena::{Slice, Value};

/// Calls of subgraphs: fill the inputs, [`call`](Io::call), take the outputs.
///
/// All subgraphs that a node calls share one frame: filling the inputs of one, or running it, ends
/// what is known of the outputs of another.
impl Io<'_> {
    /// Input `index` of a subgraph to write, and the node's own operands to read.
    ///
    /// # Errors
    ///
    /// [`EvalError::MissingOperand`] if there is none, or if it is a constant.
    pub fn callee_input(
        &mut self,
        call: &Call,
        index: usize,
    ) -> Result<(&mut [u8], OutputReader<'_>), EvalError> {
        let input = self.callee_port(call, |record| record.graph.inputs, index)?;
        self.cut(input)
    }

    /// Copies input `input` of the node to input `index` of a subgraph.
    ///
    /// # Errors
    ///
    /// As [`Io::callee_input`]; [`EvalError::Length`] if the two have not the same length.
    pub fn copy_to_callee(
        &mut self,
        call: &Call,
        index: usize,
        input: usize,
    ) -> Result<(), EvalError> {
        let (to, reader) = self.callee_input(call, index)?;
        copy(to, reader.input(input)?)
    }

    /// Runs a subgraph.
    ///
    /// Where it answers [`Outcome::NeedMoreInput`], one of its nodes has ended the run: the outputs
    /// are unspecified, and the invoke ends after this node.
    ///
    /// # Errors
    ///
    /// Those of its nodes, which [`InvokeError`] then names; [`EvalError::Calls`] if there have
    /// been as many calls as there [may be](crate::Options::max_calls): so every loop ends.
    pub fn call(&mut self, call: &Call) -> Result<Outcome, EvalError> {
        let (record, frame) = self.callee(call)?;
        let Place::Overlay(at) = frame.place() else { return Err(EvalError::Record) };
        if self.fixed.depth >= MAX_CALL_DEPTH {
            return Err(EvalError::CallDepth);
        }
        let left = self.running.calls_left.checked_sub(1);
        self.running.calls_left = left.ok_or(EvalError::Calls(self.fixed.max_calls))?;
        let nodes = self.fixed.records.slice(record.graph.nodes).map_err(|_| EvalError::Record)?;
        let overlay = range_mut(self.overlay, at, frame.bytes).ok_or(EvalError::Memory)?;
        let fixed = Fixed { depth: self.fixed.depth + 1, ..self.fixed };
        let mut callee = Io::new(overlay, &mut *self.variables, self.operands.model, fixed);
        callee.running = self.running;
        #[cfg(feature = "host")]
        if let Some(watch) = callee.fixed.watch {
            let ports = callee.fixed.records.slice(record.graph.inputs).unwrap_or_default();
            let input = |at: usize| callee.bytes(ports.get(at)?.operand).map(<[u8]>::to_vec);
            watch.happened(record.index, None, &input);
        }
        for (node, node_record) in (0..).zip(nodes) {
            let ran = callee.run(node_record, false);
            self.running = callee.running;
            #[cfg(feature = "host")]
            if let (Some(watch), Ok(_)) = (callee.fixed.watch, &ran) {
                let output = |at| callee.output_of(node_record, at).map(<[u8]>::to_vec);
                watch.happened(record.index, Some(node), &output);
            }
            if let Err(cause) = ran {
                let site = PackedSite::new(Site { subgraph: record.index, node });
                self.running.failed = self.running.failed.or(site);
                return Err(cause);
            }
            if callee.stopped {
                self.stopped = true;
                return Ok(Outcome::NeedMoreInput);
            }
        }
        Ok(Outcome::Done)
    }

    /// Begins a node that calls subgraphs: calls are counted from each node of the graph that runs
    /// on.
    pub(crate) fn begin_calls(&mut self) {
        if self.fixed.depth == 0 {
            self.running.calls_left = self.fixed.max_calls;
        }
    }

    /// Resets all subgraphs that are called. A node that calls any does it with its own reset, so
    /// that programs without such nodes do not link it.
    pub(crate) fn reset_callees(&mut self) -> Result<(), EvalError> {
        if self.fixed.depth > 0 {
            return Ok(());
        }
        let fixed = Fixed { depth: 1, ..self.fixed };
        let (overlay, variables) = (&mut *self.overlay, &mut *self.variables);
        let mut callees = Io::new(overlay, variables, self.operands.model, fixed);
        let mut at = self.fixed.callee;
        while at != 0 {
            let record = self.fixed.records.value(Value::<SubgraphRecord>::new(at));
            let record = record.map_err(|_| EvalError::Record)?;
            if let Err(InvokeError { subgraph, node, cause }) =
                callees.reset(&record.graph, record.index)
            {
                self.running.failed = PackedSite::new(Site { subgraph, node });
                return Err(cause);
            }
            // Each was made after the one that it names, so that a chain has an end.
            if record.previous >= at {
                return Err(EvalError::Record);
            }
            at = record.previous;
        }
        Ok(())
    }

    /// Output `output` of the node to write, and output `index` of a subgraph to read.
    ///
    /// # Errors
    ///
    /// [`EvalError::MissingOperand`] if either is not there, [`EvalError::Memory`] if the plan is
    /// faulty.
    pub fn callee_output(
        &mut self,
        call: &Call,
        index: usize,
        output: usize,
    ) -> Result<(&mut [u8], &[u8]), EvalError> {
        let from = self.callee_port(call, |record| record.graph.outputs, index)?;
        let (to, reader) = self.cut(self.operands.output(output))?;
        Ok((to, reader.bytes_of(from).ok_or(EvalError::Memory)?))
    }

    /// Copies output `index` of a subgraph to output `output` of the node.
    ///
    /// # Errors
    ///
    /// As [`Io::callee_output`]; [`EvalError::Length`] if the two have not the same length.
    pub fn copy_from_callee(
        &mut self,
        call: &Call,
        index: usize,
        output: usize,
    ) -> Result<(), EvalError> {
        let (to, from) = self.callee_output(call, index, output)?;
        copy(to, from)
    }

    /// Output `index` of a subgraph to read: a condition.
    ///
    /// # Errors
    ///
    /// As [`Io::callee_output`].
    pub fn callee_result(&self, call: &Call, index: usize) -> Result<&[u8], EvalError> {
        let from = self.callee_port(call, |record| record.graph.outputs, index)?;
        let (memory, at): (&[u8], u32) = match from.place() {
            Place::Overlay(at) => (self.overlay, at),
            Place::Variable(at) => (self.variables, at),
            Place::Model(at) => (self.operands.model.bytes(), at),
            _ => return Err(EvalError::MissingOperand),
        };
        let end = (at as usize).checked_add(from.bytes as usize);
        end.and_then(|end| memory.get(at as usize..end)).ok_or(EvalError::Memory)
    }

    /// The record of a subgraph, and the frame that it runs in.
    fn callee(&self, call: &Call) -> Result<(SubgraphRecord, Operand), EvalError> {
        let record = self.fixed.records.value(Value::<SubgraphRecord>::new(call.record));
        let frame = self.operands.extra(call.frame.0 as usize);
        record.map(|&record| (record, frame)).map_err(|_| EvalError::Record)
    }

    /// An input or output of a subgraph, where it is while this node runs.
    fn callee_port(
        &self,
        call: &Call,
        ports: fn(&SubgraphRecord) -> Slice<PortRecord>,
        index: usize,
    ) -> Result<Operand, EvalError> {
        let (record, frame) = self.callee(call)?;
        let ports = self.fixed.records.slice(ports(&record)).map_err(|_| EvalError::Record)?;
        let operand = ports.get(index).ok_or(EvalError::MissingOperand)?.operand;
        let Place::Overlay(at) = operand.place() else { return Ok(operand) };
        let Place::Overlay(base) = frame.place() else { return Err(EvalError::Record) };
        let in_frame = at.checked_add(operand.bytes).is_some_and(|end| end <= frame.bytes);
        let place = base.checked_add(at).filter(|_| in_frame).map(Place::Overlay);
        place.and_then(|place| Operand::new(place, operand.bytes)).ok_or(EvalError::Memory)
    }
}
