//! Operators that are written in C.

use crate::error::bantam_status;
use crate::memory::check;
use crate::node::bantam_node;
use crate::op::bantam_op;
use bantam_interp::{
    Cause, EvalError, Extra, FOREIGN_WORDS, Failed, Foreign, Io, MAX_SLOTS, Op, Prepare, Slot,
};
use core::ffi::{CStr, c_char, c_void};

/// Inputs that a custom operator can have.
const MAX_INPUTS: usize = 16;

/// Bytes that nobody writes now.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct bantam_bytes {
    /// The first; null if the operand is absent.
    pub data: *const c_void,
    /// How many there are.
    pub bytes: usize,
}

/// Bytes to be written.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct bantam_bytes_mut {
    /// The first.
    pub data: *mut c_void,
    /// How many there are.
    pub bytes: usize,
}

/// The operands of a node that runs. Outputs and extras overlap nothing.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct bantam_io {
    /// The inputs.
    pub inputs: *const bantam_bytes,
    /// How many there are, absent ones included.
    pub input_count: usize,
    /// The outputs.
    pub outputs: *const bantam_bytes_mut,
    /// How many there are.
    pub output_count: usize,
    /// Scratch and state, in the order in which prepare asked for it.
    pub extras: *const bantam_bytes_mut,
    /// How many there are.
    pub extra_count: usize,
}

/// An operator of the program's own. It must stay as long as interpreters use it.
///
/// Each function returns null if all went well, else a text that stays: the error has it as reason.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct bantam_custom_op {
    /// What models call it.
    pub name: *const c_char,
    /// Checks a node, and writes what running it needs to `data`: data_bytes at a multiple of 4.
    pub prepare: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            node: *mut bantam_node,
            data: *mut c_void,
        ) -> *const c_char,
    >,
    /// Runs a node.
    pub eval: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            data: *const c_void,
            io: *const bantam_io,
        ) -> *const c_char,
    >,
    /// Brings state to its beginning after all of it was set to zero; null if that is all.
    pub reset: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            data: *const c_void,
            io: *const bantam_io,
        ) -> *const c_char,
    >,
    /// Handed to the functions.
    pub context: *mut c_void,
    /// Bytes that a node keeps: at most 60. No pointers, so that the arena is the same everywhere.
    pub data_bytes: usize,
}

// SAFETY: C calls the functions from wherever it invokes; what context leads to is its affair.
unsafe impl Sync for bantam_custom_op {}

/// Makes an operator for operator lists, in memory of the caller's.
///
/// # Safety
///
/// op leads to memory for one, custom to one that stays, with functions that may be called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_custom(
    op: *mut bantam_op,
    custom: *const bantam_custom_op,
) -> bantam_status {
    if let Err(status) = check(op).and(check(custom)) {
        return status;
    }
    // SAFETY: both are not null and aligned; the caller promises the rest.
    let known: &'static bantam_custom_op = unsafe { &*custom };
    if known.name.is_null() || known.prepare.is_none() || known.eval.is_none() {
        return bantam_status::BANTAM_NULL;
    }
    if known.data_bytes > MAX_DATA_BYTES {
        return bantam_status::BANTAM_LENGTH;
    }
    let Some(name) = text(known.name) else { return bantam_status::BANTAM_NO_OPERATOR };
    // SAFETY: as before.
    unsafe { op.write(bantam_op::new(Op::foreign(name, known))) };
    bantam_status::BANTAM_OK
}

/// The first word of a node's data is the number of its extras.
const MAX_DATA_BYTES: usize = (FOREIGN_WORDS - 1) * 4;

impl Foreign for bantam_custom_op {
    fn prepare(
        &self,
        node: &mut Prepare<'_, '_>,
        data: &mut [u32; FOREIGN_WORDS],
    ) -> Result<(), Failed> {
        let [extras, data @ ..] = data;
        if node.input_len() > MAX_INPUTS {
            return Err(node.error(Cause::InputCount(node.input_len() as u32)));
        }
        let Some(prepare) = self.prepare else { return Err(node.error(Cause::Options)) };
        let mut seen = bantam_node::new(node);
        // SAFETY: whoever made the operator promises that the function may be called; the node and
        // its data live until it returns.
        let reason = unsafe { prepare(self.context, &raw mut seen, data.as_mut_ptr().cast()) };
        let bantam_node { extras: asked, failed, .. } = seen;
        *extras = asked;
        match failed {
            Some(failed) => return Err(failed),
            None if reason.is_null() => {}
            None => return Err(node.error(Cause::Custom(text(reason).unwrap_or("?")))),
        }
        if node.output_len() + asked as usize > MAX_SLOTS {
            return Err(node.error(Cause::TooManyExtras));
        }
        Ok(())
    }

    fn data_bytes(&self) -> usize {
        4 + self.data_bytes
    }

    fn eval(&self, data: &[u8], io: &mut Io<'_>) -> Result<(), EvalError> {
        self.call(self.eval, data, io)
    }

    fn reset(&self, data: &[u8], io: &mut Io<'_>) -> Result<(), EvalError> {
        if self.reset.is_none() { Ok(()) } else { self.call(self.reset, data, io) }
    }
}

type Call = unsafe extern "C" fn(*mut c_void, *const c_void, *const bantam_io) -> *const c_char;

impl bantam_custom_op {
    /// Calls C with the operands of a node.
    fn call(&self, call: Option<Call>, data: &[u8], io: &mut Io<'_>) -> Result<(), EvalError> {
        let call = call.ok_or(EvalError::Record)?;
        let (extras, data) = data.split_first_chunk().ok_or(EvalError::Record)?;
        let extras = u32::from_le_bytes(*extras) as usize;
        let gather = match io.output_len().saturating_add(extras) {
            0 => gather::<0>,
            1 => gather::<1>,
            2 => gather::<2>,
            3 => gather::<3>,
            4 => gather::<4>,
            5 => gather::<5>,
            6 => gather::<6>,
            7 => gather::<7>,
            8 => gather::<8>,
            _ => return Err(EvalError::Memory),
        };
        let mut inputs = [bantam_bytes { data: core::ptr::null(), bytes: 0 }; MAX_INPUTS];
        let mut written = [bantam_bytes_mut { data: core::ptr::null_mut(), bytes: 0 }; MAX_SLOTS];
        gather(io, &mut inputs, &mut written)?;
        let (outputs, others) =
            written.split_at_checked(io.output_len()).ok_or(EvalError::Memory)?;
        let operands = bantam_io {
            inputs: inputs.as_ptr(),
            input_count: io.input_len(),
            outputs: outputs.as_ptr(),
            output_count: outputs.len(),
            extras: others.as_ptr(),
            extra_count: extras,
        };
        // SAFETY: whoever made the operator promises that the function may be called; the operands
        // lie in memory that nobody else uses until it returns.
        let reason = unsafe { call(self.context, data.as_ptr().cast(), &raw const operands) };
        if reason.is_null() { Ok(()) } else { Err(EvalError::Custom(text(reason).unwrap_or("?"))) }
    }
}

/// Finds the operands of a node that writes `M` of them: its outputs, then its extras.
fn gather<const M: usize>(
    io: &mut Io<'_>,
    inputs: &mut [bantam_bytes; MAX_INPUTS],
    written: &mut [bantam_bytes_mut; MAX_SLOTS],
) -> Result<(), EvalError> {
    let (input_len, output_len) = (io.input_len(), io.output_len());
    if input_len > MAX_INPUTS {
        return Err(EvalError::MissingOperand);
    }
    let slots = core::array::from_fn(|at| match at.checked_sub(output_len) {
        None => Slot::Output(at),
        Some(extra) => Slot::Extra(bytemuck::cast::<u32, Extra>(extra as u32)),
    });
    let (pieces, reader) = io.split::<M>(slots)?;
    for (slot, piece) in written.iter_mut().zip(pieces) {
        *slot = bantam_bytes_mut { data: piece.as_mut_ptr().cast(), bytes: piece.len() };
    }
    for (at, slot) in inputs.iter_mut().enumerate().take(input_len) {
        if let Some(bytes) = reader.optional_bytes(at)? {
            *slot = bantam_bytes { data: bytes.as_ptr().cast(), bytes: bytes.len() };
        }
    }
    Ok(())
}

/// A text of C's; `None` if it is not UTF-8.
fn text(text: *const c_char) -> Option<&'static str> {
    // SAFETY: whoever made the operator promises texts that end and stay.
    unsafe { CStr::from_ptr(text) }.to_str().ok()
}
