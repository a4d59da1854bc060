//! An interpreter that owns its model and its memory.

use super::memory::Memory;
use crate::element::Element;
use crate::error::{InvokeError, PackedSite, PortError};
use crate::machine::Progress;
use crate::op::{Fixed, Io, Op};
use crate::plan::Planner;
use crate::ports::port;
use crate::record::{Graph, Place, PortRecord};
use crate::{Error, Interpreter, Options, Outcome, Share, Sharing};
use bantam_arena::{Records, Usage};
use bantam_schema::Model;
use core::ops::Range;
use std::vec::Vec;

/// Makes an interpreter of a model and its memory.
type Make<'f> =
    &'f mut dyn for<'a> FnMut(&Model<'a>, &'a mut [u8]) -> Result<Interpreter<'a>, Error>;

/// Returns the bytes of a 16-byte-aligned arena that `model` needs with these operators and
/// options: what [`Interpreter::arena_used_bytes`] says, and what `bantam size` prints.
///
/// # Errors
///
/// Any [`Error`] of an interpreter but those of a small arena.
pub fn arena_bytes(model: &Model<'_>, ops: &[Op], options: Options) -> Result<usize, Error> {
    let mut memory = Memory::enough(model, ops, options)?;
    Ok(Interpreter::with_options(model, ops, memory.bytes(), options)?.arena_used_bytes())
}

/// Returns the bytes of a 16-byte-aligned [`SharedArena`](crate::SharedArena) to which these models
/// are added in this order, with these options.
///
/// # Errors
///
/// Any [`Error`] of an interpreter but those of a small arena.
pub fn shared_arena_bytes(models: &[(Model<'_>, &[Op])], options: Options) -> Result<usize, Error> {
    let shares = models.iter().map(|(model, ops)| {
        let mut memory = Memory::enough(model, ops, options)?;
        Ok(Interpreter::with_options(model, ops, memory.bytes(), options)?.share())
    });
    Ok(Share::sum(&shares.collect::<Result<Vec<_>, Error>>()?))
}

/// An [`Interpreter`] without lifetimes, for hosts: it owns a copy of the model and an arena of
/// exactly the bytes that the model needs, so it can be returned, stored, and sent to other
/// threads.
///
/// ```
/// use bantam_interp::host::OwnedInterpreter;
/// use bantam_interp::{Options, ops};
/// # use bantam_schema::write::{ModelBuilder, TensorSpec};
/// # use bantam_schema::{BuiltinOperator, Model, Options as Fields, TensorType};
/// # let mut builder = ModelBuilder::new();
/// # let mut graph = builder.subgraph("main");
/// # let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[1, 2]));
/// # let y = graph.tensor(TensorSpec::new("y", TensorType::FLOAT32, &[1, 2]));
/// # graph.operator(BuiltinOperator::RELU, &[x], &[y], Fields::None);
/// # graph.inputs(&[x]).outputs(&[y]);
/// # let file = builder.finish();
///
/// let mut owned = OwnedInterpreter::new(&Model::parse(&file)?, ops::ALL, Options::default())?;
/// drop(file);
/// std::thread::spawn(move || {
///     owned.input::<f32>(0).unwrap().copy_from_slice(&[-1.0, 2.0]);
///     owned.invoke().unwrap();
///     assert_eq!(owned.output::<f32>(0).unwrap(), [0.0, 2.0]);
/// })
/// .join()
/// .unwrap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
// The parts of an interpreter by their places: each call puts them together again, which takes a
// few instructions.
#[derive(Debug)]
pub struct OwnedInterpreter {
    model: Memory,
    model_len: usize,
    arena: Memory,
    ops: &'static [Op],
    overlay_len: usize,
    variables: Range<usize>,
    records: Range<usize>,
    graph: Graph,
    callee: u32,
    usage: Usage,
    next: Option<PackedSite>,
    max_calls: u32,
}

impl OwnedInterpreter {
    /// Prepares and plans a copy of `model`.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of an interpreter but those of a small arena.
    pub fn new(model: &Model<'_>, ops: &'static [Op], options: Options) -> Result<Self, Error> {
        let needed = arena_bytes(model, ops, options)?;
        Self::build(model, ops, needed, &mut |model, arena| {
            Interpreter::with_options(model, ops, arena, options)
        })
    }

    /// As [`OwnedInterpreter::new`], with another planner: [`Interpreter::with_planner`]. With
    /// [`KeepAll`](crate::plan::KeepAll) and [`Sharing::Apart`], [`Interpreter::tensor`] has all
    /// tensors of a run.
    ///
    /// The planner plans twice: once to learn how large the arena is.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::with_planner`], but those of a small arena.
    pub fn with_planner(
        model: &Model<'_>,
        ops: &'static [Op],
        sharing: Sharing,
        planner: &mut dyn Planner,
    ) -> Result<Self, Error> {
        let (_, needed) = Memory::enough_for(&mut |arena| {
            let made = Interpreter::with_planner(model, ops, arena, sharing, planner)?;
            Ok(made.arena_used_bytes())
        })?;
        Self::build(model, ops, needed, &mut |model, arena| {
            Interpreter::with_planner(model, ops, arena, sharing, planner)
        })
    }

    /// Has an interpreter made of a copy of the model and `needed` bytes, and keeps its parts.
    fn build(
        model: &Model<'_>,
        ops: &'static [Op],
        needed: usize,
        make: Make<'_>,
    ) -> Result<Self, Error> {
        let file = model.bytes();
        let mut copy = Memory::new(file.len());
        copy.bytes()[..file.len()].copy_from_slice(file);
        let mut arena = Memory::new(needed);
        let begin = arena.bytes().as_ptr().addr();
        let model = model_of(&copy.as_bytes()[..file.len()]);
        let made = make(&model, &mut arena.bytes()[..needed])?;
        // Overlay, variables and records lie in this order; what is empty lies anywhere.
        let start = |bytes: &[u8], end: usize| {
            let at = bytes.as_ptr().addr().wrapping_sub(begin);
            if bytes.is_empty() { end } else { at }
        };
        let Interpreter { io, graph, usage } = made;
        let overlay_len = io.overlay.len();
        let records = start(io.fixed.records.as_bytes(), needed);
        let variables = start(io.variables, records);
        let variables = variables..variables + io.variables.len();
        let (callee, max_calls) = (io.fixed.callee, io.fixed.max_calls);
        Ok(Self {
            model: copy,
            model_len: file.len(),
            arena,
            ops,
            overlay_len,
            variables,
            records: records..needed,
            graph,
            callee,
            usage,
            next: None,
            max_calls,
        })
    }

    /// Lends the interpreter, for all that it can do.
    pub fn with<R>(&mut self, task: impl FnOnce(&mut Interpreter<'_>) -> R) -> R {
        let mut interpreter = self.lend();
        let result = task(&mut interpreter);
        let io = interpreter.io;
        (self.next, self.max_calls) = (io.running.failed, io.fixed.max_calls);
        result
    }

    /// Runs all nodes once: [`Interpreter::invoke`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn invoke(&mut self) -> Result<Outcome, InvokeError> {
        self.with(|interpreter| interpreter.invoke())
    }

    /// Runs the next node: [`Interpreter::step`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn step(&mut self) -> Result<Progress, InvokeError> {
        self.with(|interpreter| interpreter.step())
    }

    /// Brings all state back to its beginning: [`Interpreter::reset`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn reset(&mut self) -> Result<(), InvokeError> {
        self.with(|interpreter| interpreter.reset())
    }

    /// Graph input `index`: [`Interpreter::input`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn input<T: Element>(&mut self, index: usize) -> Result<&mut [T], PortError> {
        let tensor_type =
            self.with(|it| port(it.inputs(), index).map(|port| port.tensor_type()))?;
        T::check(tensor_type)?;
        let bytes = self.input_bytes(index)?;
        bytemuck::try_cast_slice_mut(bytes).map_err(|_| PortError::Type(tensor_type))
    }

    /// Graph input `index` as bytes: [`Interpreter::input_bytes`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn input_bytes(&mut self, index: usize) -> Result<&mut [u8], PortError> {
        self.next = None;
        self.lend().into_input(index)
    }

    /// Graph output `index`: [`Interpreter::output`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn output<T: Element>(&self, index: usize) -> Result<&[T], PortError> {
        T::check(port(self.outputs(), index)?.tensor_type())?;
        bytemuck::try_cast_slice(self.output_bytes(index)?).map_err(|_| PortError::Constant)
    }

    /// Graph output `index` as bytes: [`Interpreter::output_bytes`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn output_bytes(&self, index: usize) -> Result<&[u8], PortError> {
        let operand = port(self.outputs(), index)?.operand;
        let arena = self.arena.as_bytes();
        let (memory, at) = match operand.place() {
            Place::Overlay(at) => (&arena[..self.overlay_len], at),
            Place::Variable(at) => (&arena[self.variables.clone()], at),
            Place::Model(at) => (self.file(), at),
            _ => return Err(PortError::Constant),
        };
        let end = (at as usize).checked_add(operand.bytes as usize);
        end.and_then(|end| memory.get(at as usize..end)).ok_or(PortError::Constant)
    }

    /// The model.
    pub fn model(&self) -> Model<'_> {
        model_of(self.file())
    }

    /// Bytes of the arena: exactly what the model needs.
    pub fn arena_bytes(&self) -> usize {
        self.usage.required() as usize
    }

    /// The parts, put together.
    fn lend(&mut self) -> Interpreter<'_> {
        let model = model_of(&self.model.as_bytes()[..self.model_len]);
        let (low, high) = self.arena.bytes().split_at_mut(self.records.start);
        let (low, variables) = low.split_at_mut(self.variables.start);
        let records = Records::new(&high[..self.records.len()]);
        let mut fixed = Fixed::new(records, self.ops, self.callee);
        fixed.max_calls = self.max_calls;
        let overlay = &mut low[..self.overlay_len];
        let variables = &mut variables[..self.variables.len()];
        let mut io = Io::new(overlay, variables, model, fixed);
        io.running.failed = self.next;
        Interpreter { io, graph: self.graph, usage: self.usage }
    }

    fn file(&self) -> &[u8] {
        &self.model.as_bytes()[..self.model_len]
    }

    fn records(&self) -> Records<'_> {
        Records::new(&self.arena.as_bytes()[self.records.clone()])
    }

    fn outputs(&self) -> &[PortRecord] {
        self.records().slice(self.graph.outputs).unwrap_or_default()
    }
}

/// The model in a file that was parsed before.
fn model_of(file: &[u8]) -> Model<'_> {
    Model::unchecked(file).unwrap_or(Model::NONE)
}
