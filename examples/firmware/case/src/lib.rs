//! The work of a firmware on any board: a model chosen at build time (see `build.rs`), its inputs,
//! and the expected outputs. It has no board, no console, no `core::fmt`.
#![no_std]

pub mod arena;
#[cfg(nothing)]
mod nothing;

#[cfg(not(nothing))]
use bantam::{Interpreter, Model, Op};
#[cfg(unchecked)]
use bantam::{Sharing, interp::plan::Greedy};

pub use generated::*;

/// The interpreter, or its stand-in.
#[cfg(not(nothing))]
pub type Subject<'a> = Interpreter<'a>;
/// The interpreter, or its stand-in.
#[cfg(nothing)]
pub type Subject<'a> = nothing::Nothing<'a>;

/// The output of `build.rs`. Model and test data have a section of their own, which a board's
/// `memory.x` can put elsewhere.
#[allow(unsafe_code, reason = "names a section: of constants, as the one that they come from")]
mod generated {
    use crate::Aligned;
    use bantam::Op;
    #[allow(unused_imports, reason = "the list may be empty")]
    use bantam::{ops, signal};

    include!(concat!(env!("OUT_DIR"), "/case.rs"));
}

/// Bytes at an address that suits every element, so that every core runs the same code.
#[derive(Debug)]
#[repr(C, align(16))]
pub struct Aligned<Bytes>(Bytes);

/// Counts the instructions of a piece of work.
pub trait Meter {
    /// Runs `work` and returns the instructions that it took.
    fn measure(&mut self, work: &mut dyn FnMut()) -> u64;
}

/// The figures that must be equal everywhere, and the cost.
// Packed: to clear what is aligned to 8 bytes links a routine of its own, which is not Bantam's.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, packed(4))]
pub struct Figures {
    /// Bytes of the arena that the interpreter needs.
    pub arena_bytes: usize,
    /// The part of them that activations and scratch share.
    pub overlay_bytes: usize,
    /// Sets of inputs.
    pub sets: u32,
    /// Sets whose outputs are those to expect.
    pub equal: u32,
    /// FNV-1a of all outputs, one after the other.
    pub output_hash: u64,
    /// Instructions of the longest inference.
    pub instructions: u64,
}

/// The step that failed.
#[derive(Clone, Copy, Debug)]
pub enum Failure {
    /// The model is not one.
    Model,
    /// The interpreter could not be made.
    Prepare,
    /// An inference failed.
    Invoke,
    /// An input or output is not there.
    Port,
    /// The inputs are not whole sets, or there is not a set of outputs for each.
    Data,
}

impl Failure {
    /// Returns the step that failed.
    #[must_use]
    pub const fn step(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Prepare => "prepare",
            Self::Invoke => "invoke",
            Self::Port => "port",
            Self::Data => "data",
        }
    }
}

/// The model; nothing where there is no interpreter.
///
/// # Errors
///
/// [`Failure::Model`].
#[cfg(interpreted)]
pub fn model() -> Result<Model<'static>, Failure> {
    Model::parse(&MODEL.0).map_err(|_| Failure::Model)
}

/// The model; nothing where there is no interpreter.
///
/// # Errors
///
/// [`Failure::Model`].
#[cfg(any(unchecked, prepared))]
pub fn model() -> Result<Model<'static>, Failure> {
    // The build script has checked the file, and a prepared image knows its hash. Without that this
    // is safe for any file, but does not report faults.
    Model::unchecked(&MODEL.0).ok_or(Failure::Model)
}

/// The model; nothing where there is no interpreter.
///
/// # Errors
///
/// None.
#[cfg(nothing)]
#[allow(clippy::unnecessary_wraps, reason = "as the others")]
pub fn model() -> Result<(), Failure> {
    core::hint::black_box(&MODEL);
    Ok(())
}

/// Makes the interpreter, or its stand-in. It comes as the library gives it: what is made of it
/// would be a second one on the stack.
///
/// # Errors
///
/// Those of the interpreter.
// Never inlined: the stack of preparing is free again before an inference.
#[cfg(prepared)]
#[inline(never)]
pub fn interpreter<'a>(
    model: &Model<'a>,
    arena: &'a mut [u8],
) -> Result<Subject<'a>, bantam::interp::Error> {
    Interpreter::from_prepared(model, IMAGE, ops(), arena)
}

/// Makes the interpreter, or its stand-in. It comes as the library gives it: what is made of it
/// would be a second one on the stack.
///
/// # Errors
///
/// Those of the interpreter.
// Never inlined: the stack of preparing is free again before an inference.
#[cfg(interpreted)]
#[inline(never)]
pub fn interpreter<'a>(
    model: &Model<'a>,
    arena: &'a mut [u8],
) -> Result<Subject<'a>, bantam::interp::Error> {
    Interpreter::new(model, ops(), arena)
}

/// Makes the interpreter, or its stand-in. It comes as the library gives it: what is made of it
/// would be a second one on the stack.
///
/// # Errors
///
/// Those of the interpreter.
// Never inlined: the stack of preparing is free again before an inference.
#[cfg(unchecked)]
#[inline(never)]
pub fn interpreter<'a>(
    model: &Model<'a>,
    arena: &'a mut [u8],
) -> Result<Subject<'a>, bantam::interp::Error> {
    Interpreter::with_planner(model, ops(), arena, Sharing::default(), &mut Greedy)
}

/// Makes the interpreter, or its stand-in.
///
/// # Errors
///
/// None.
#[cfg(nothing)]
#[allow(clippy::unnecessary_wraps, reason = "as the others")]
pub fn interpreter<'a>(_: &(), arena: &'a mut [u8]) -> Result<Subject<'a>, Failure> {
    Ok(nothing::Nothing(arena))
}

/// Returns the operators, through a black box: if the compiler knew that there may be none, it
/// would leave out most of the framework.
#[cfg(not(nothing))]
fn ops() -> &'static [Op] {
    core::hint::black_box(OPS)
}

/// Runs the model on every set of inputs, and fills in the figures.
///
/// # Errors
///
/// The other [`Failure`]s. Outputs that differ are no failure: they are counted.
// Never inlined: its stack and that of preparing do not add up.
#[inline(never)]
pub fn run(
    interpreter: &mut Subject<'_>,
    meter: &mut impl Meter,
    figures: &mut Figures,
) -> Result<(), Failure> {
    figures.arena_bytes = interpreter.arena_used_bytes();
    figures.overlay_bytes = interpreter.overlay_bytes();
    figures.output_hash = FNV_OFFSET;
    let (mut inputs, mut expected): (&[u8], &[u8]) = (&INPUTS.0, &EXPECTED.0);
    while !inputs.is_empty() {
        for index in 0..interpreter.input_len() {
            let input = interpreter.input_bytes(index).map_err(|_| Failure::Port)?;
            let values = take(&mut inputs, input.len())?;
            // `copy_from_slice` would do, too, but links a panic for the case that the lengths
            // differ.
            input.iter_mut().zip(values).for_each(|(input, value)| *input = *value);
        }
        let mut invoked = false;
        let instructions = meter.measure(&mut || invoked = interpreter.invoke().is_ok());
        if !invoked {
            return Err(Failure::Invoke);
        }
        figures.instructions = figures.instructions.max(instructions);

        let mut equal = true;
        for index in 0..interpreter.output_len() {
            let output = interpreter.output_bytes(index).map_err(|_| Failure::Port)?;
            equal &= take(&mut expected, output.len())? == output;
            figures.output_hash = fnv1a(figures.output_hash, output);
        }
        figures.sets += 1;
        figures.equal += u32::from(equal);
    }
    if figures.sets > 0 && expected.is_empty() { Ok(()) } else { Err(Failure::Data) }
}

/// Cuts off the first `len` bytes.
fn take<'d>(data: &mut &'d [u8], len: usize) -> Result<&'d [u8], Failure> {
    let (first, rest) = data.split_at_checked(len).ok_or(Failure::Data)?;
    *data = rest;
    // A model without inputs would never come to the end.
    if len == 0 { Err(Failure::Data) } else { Ok(first) }
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// Returns the FNV-1a hash of 64 bits.
#[must_use]
pub fn hash(bytes: &[u8]) -> u64 {
    fnv1a(FNV_OFFSET, bytes)
}

fn fnv1a(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}
