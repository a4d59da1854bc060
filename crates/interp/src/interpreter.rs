//! The interpreter: prepare, plan, invoke.

use crate::build::{Layout, build};
use crate::element::Element;
use crate::error::{Error, EvalError, InvokeError, OperatorName, PortError};
use crate::io::Io;
use crate::observer::{Node, Observer};
use crate::operator::{Op, Run};
use crate::plan::{OfflinePlan, Planner, Sharing, Standard};
use crate::prepare::name_of;
use crate::record::{NodeRecord, Place, PortRecord};
use crate::tensor::{TensorInfo, variables_before};
use bantam_arena::{Arena, Records, Usage};
use bantam_planner::Effort;
use bantam_schema::{Model, Subgraph, Tensor, TensorType};

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

impl Default for Options {
    /// A plan that the model carries if it is valid; else the planner's search, cut off after so many placements that it stays cheap on a
    /// microcontroller.
    fn default() -> Self {
        Self {
            offline_plan: OfflinePlan::default(),
            effort: Effort::Search(256),
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
    model: Model<'a>,
    subgraph: Subgraph<'a>,
    ops: &'a [Op],
    overlay: &'a mut [u8],
    variables: &'a mut [u8],
    records: Records<'a>,
    nodes: &'a [NodeRecord],
    inputs: &'a [PortRecord],
    outputs: &'a [PortRecord],
    usage: Usage,
}

impl<'a> Interpreter<'a> {
    /// Prepares `model` and plans its memory, all out of `arena`.
    ///
    /// # Errors
    ///
    /// [`Error::MissingOperator`] if `ops` lacks an operator, [`Error::Prepare`] if one refuses its node,
    /// [`Error::OutOfMemory`] with the bytes that are enough if the arena is too small, and the other [`Error`]s for what
    /// cannot be planned or recorded.
    pub fn new(model: &Model<'a>, ops: &'a [Op], arena: &'a mut [u8]) -> Result<Self, Error> {
        Self::with_options(model, ops, arena, Options::default())
    }

    /// As [`Interpreter::new`], with options.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::new`]; [`Error::InvalidPlan`] if the model carries a plan that is not valid although the options insist on it, or
    /// an `OfflineMemoryAllocation` that is malformed.
    pub fn with_options(
        model: &Model<'a>,
        ops: &'a [Op],
        arena: &'a mut [u8],
        options: Options,
    ) -> Result<Self, Error> {
        let planner = &mut Standard { effort: options.effort };
        Self::build(model, ops, Arena::new(arena), (options, planner))
    }

    /// As [`Interpreter::with_options`], with another planner in place of the built-in one: for hosts, which can afford more.
    ///
    /// A plan that the model carries comes first, as the options have it.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::with_options`]; [`Error::Plan`] with what the planner says, [`Error::InvalidPlan`] if what it gives is not a plan.
    pub fn with_planner(
        model: &Model<'a>,
        ops: &'a [Op],
        arena: &'a mut [u8],
        options: Options,
        planner: &mut dyn Planner,
    ) -> Result<Self, Error> {
        Self::build(model, ops, Arena::new(arena), (options, planner))
    }

    /// As [`Interpreter::with_options`], with two memories: `overlay` for activations and scratch, `arena` for all that is kept. So either may
    /// be the small fast one.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::with_options`]; [`Error::OverlayTooSmall`] with the bytes that are enough for the overlay.
    pub fn with_overlay(
        model: &Model<'a>,
        ops: &'a [Op],
        arena: &'a mut [u8],
        overlay: &'a mut [u8],
        options: Options,
    ) -> Result<Self, Error> {
        let planner = &mut Standard { effort: options.effort };
        Self::build(model, ops, Arena::with_overlay(arena, overlay), (options, planner))
    }

    fn build(
        model: &Model<'a>,
        ops: &'a [Op],
        arena: Arena<'a>,
        how: (Options, &mut dyn Planner),
    ) -> Result<Self, Error> {
        let subgraph = model.subgraph(0).ok_or(Error::TooLarge)?;
        let (Layout { graph, usage }, parts) = build(model, ops, arena, how)?;
        let records = parts.records;
        let mut interpreter = Self {
            model: *model,
            subgraph,
            ops,
            overlay: parts.overlay,
            variables: parts.variables,
            records,
            nodes: records.slice(graph.nodes).map_err(|_| Error::TooLarge)?,
            inputs: records.slice(graph.inputs).map_err(|_| Error::TooLarge)?,
            outputs: records.slice(graph.outputs).map_err(|_| Error::TooLarge)?,
            usage,
        };
        interpreter.reset().map_err(|_| Error::TooLarge)?;
        Ok(interpreter)
    }

    /// The model.
    pub fn model(&self) -> Model<'a> {
        self.model
    }

    /// Bytes of a 16-byte-aligned arena that this model needs with these operators: the same on every target. An arena of
    /// exactly so many bytes is enough, one byte less is not. Where the overlay has a memory of its own, this is without it.
    pub fn arena_used_bytes(&self) -> usize {
        self.usage.required() as usize
    }

    /// Bytes of activations and scratch.
    pub fn overlay_bytes(&self) -> usize {
        self.overlay.len()
    }

    /// Where the bytes of the arena went.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// Number of graph inputs.
    pub fn input_len(&self) -> usize {
        self.inputs.len()
    }

    /// Number of graph outputs.
    pub fn output_len(&self) -> usize {
        self.outputs.len()
    }

    /// Graph input `index` as the model has it: name, shape, type, quantization.
    pub fn input_tensor(&self, index: usize) -> Option<Tensor<'a>> {
        self.subgraph.tensor(self.inputs.get(index)?.tensor)
    }

    /// Graph output `index` as the model has it.
    pub fn output_tensor(&self, index: usize) -> Option<Tensor<'a>> {
        self.subgraph.tensor(self.outputs.get(index)?.tensor)
    }

    /// Graph input `index`, to be filled before an invoke. Its memory is reused: fill it before every invoke.
    ///
    /// # Errors
    ///
    /// [`PortError::Index`], [`PortError::Type`] if the tensor is not of type `T`, [`PortError::Constant`].
    pub fn input<T: Element>(&mut self, index: usize) -> Result<&mut [T], PortError> {
        let tensor_type =
            self.input_tensor(index).ok_or(self.no_port(index, self.inputs))?.tensor_type();
        T::check(tensor_type)?;
        bytemuck::try_cast_slice_mut(self.input_bytes(index)?)
            .map_err(|_| PortError::Type(tensor_type))
    }

    /// Graph input `index` as bytes, whatever its type.
    ///
    /// # Errors
    ///
    /// [`PortError::Index`], [`PortError::Constant`].
    pub fn input_bytes(&mut self, index: usize) -> Result<&mut [u8], PortError> {
        let port = *self.inputs.get(index).ok_or(self.no_port(index, self.inputs))?;
        let (memory, at) = match port.operand.place() {
            Place::Overlay(at) => (&mut *self.overlay, at),
            Place::Variable(at) => (&mut *self.variables, at),
            _ => return Err(PortError::Constant),
        };
        range_mut(memory, at, port.operand.bytes).ok_or(PortError::Constant)
    }

    /// Graph output `index`, valid after an invoke until the next one or until an input is written.
    ///
    /// # Errors
    ///
    /// [`PortError::Index`], [`PortError::Type`] if the tensor is not of type `T`, [`PortError::Constant`] if it is a constant of
    /// the model that is not aligned for `T`.
    pub fn output<T: Element>(&self, index: usize) -> Result<&[T], PortError> {
        let tensor_type =
            self.output_tensor(index).ok_or(self.no_port(index, self.outputs))?.tensor_type();
        T::check(tensor_type)?;
        bytemuck::try_cast_slice(self.output_bytes(index)?).map_err(|_| PortError::Constant)
    }

    /// Graph output `index` as bytes, whatever its type.
    ///
    /// # Errors
    ///
    /// [`PortError::Index`].
    pub fn output_bytes(&self, index: usize) -> Result<&[u8], PortError> {
        let port = *self.outputs.get(index).ok_or(self.no_port(index, self.outputs))?;
        let (memory, at) = match port.operand.place() {
            Place::Overlay(at) => (&*self.overlay, at),
            Place::Variable(at) => (&*self.variables, at),
            Place::Model(at) => (self.model.bytes(), at),
            _ => return Err(PortError::Constant),
        };
        let end = (at as usize).checked_add(port.operand.bytes as usize);
        end.and_then(|end| memory.get(at as usize..end)).ok_or(PortError::Constant)
    }

    fn no_port(&self, index: usize, ports: &[PortRecord]) -> PortError {
        PortError::Index { index, len: ports.len() }
    }

    /// Number of nodes.
    pub fn node_len(&self) -> usize {
        self.nodes.len()
    }

    /// The operator of node `index`.
    pub fn node_operator(&self, index: usize) -> Option<OperatorName> {
        Some(name_of(&self.subgraph.operator(u32::try_from(index).ok()?)?))
    }

    /// Runs all nodes once.
    ///
    /// # Errors
    ///
    /// [`InvokeError`] with the node that failed. Outputs are then unspecified; the interpreter remains usable.
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
        for (index, record) in (0_u32..).zip(self.nodes) {
            let node = if O::ACTIVE {
                self.node_operator(index as usize).map(|operator| Node { index, operator })
            } else {
                None
            };
            if let Some(node) = node {
                observer.before(node);
            }
            let stopped = self
                .run(*record, |op| op.eval)
                .map_err(|cause| InvokeError { node: index, cause })?;
            if let Some(node) = node {
                observer.after(node);
            }
            if stopped {
                return Ok(Outcome::NeedMoreInput);
            }
        }
        Ok(Outcome::Done)
    }

    fn run(&mut self, record: NodeRecord, select: impl Fn(&Op) -> Run) -> Result<bool, EvalError> {
        let op = self.ops.get(usize::from(record.op)).ok_or(EvalError::Memory)?;
        let model = self.model.bytes();
        let (operands, data) =
            record.read(self.records, model, op.data_bytes).ok_or(EvalError::Memory)?;
        let mut io = Io {
            model,
            overlay: self.overlay,
            variables: self.variables,
            records: self.records,
            operands,
            inputs: record.inputs.into(),
            outputs: record.outputs.into(),
            stopped: false,
        };
        select(op)(data, &mut io)?;
        Ok(io.stopped)
    }

    /// Brings all state back to where it was after [`Interpreter::new`]: variable tensors to
    /// zero (`INT8` ones to their zero point, as TFLM does), operators' states to
    /// their beginnings.
    ///
    /// # Errors
    ///
    /// [`InvokeError`] if an operator's state cannot be reset.
    pub fn reset(&mut self) -> Result<(), InvokeError> {
        self.variables.fill(0);
        for index in 0..self.subgraph.tensor_len() {
            self.reset_variable(index);
        }
        for (index, record) in (0_u32..).zip(self.nodes) {
            self.run(*record, |op| op.reset).map_err(|cause| InvokeError { node: index, cause })?;
        }
        Ok(())
    }

    /// Fills a variable tensor with its zero point. The memory was found good when the model was prepared.
    fn reset_variable(&mut self, index: u32) -> Option<()> {
        let info = TensorInfo::new(&self.subgraph, index).ok()?;
        if !info.tensor().is_variable() {
            return None;
        }
        let at = variables_before(&self.subgraph, index).ok()?;
        let memory = range_mut(self.variables, at, info.bytes().ok()?)?;
        if info.tensor_type() == TensorType::INT8 {
            let (_, zero_point) = info.optional_affine().ok()??;
            memory.fill(zero_point as u8);
        }
        Some(())
    }
}

fn range_mut(memory: &mut [u8], at: u32, bytes: u32) -> Option<&mut [u8]> {
    memory.get_mut(at as usize..(at as usize).checked_add(bytes as usize)?)
}
