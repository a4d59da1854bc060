//! The functions that make and run interpreters.

use crate::error::{bantam_error, bantam_status};
use crate::handle::{self, bantam_interpreter};
use crate::memory::{self, Range};
use crate::op::{self, bantam_op};
use crate::tensor::{bantam_port, bantam_tensor_info};
use bantam_interp::{Error, Interpreter, Op, Options, Outcome, Progress};
use bantam_schema::Model;
use core::ffi::c_void;

/// Makes an interpreter: checks and prepares the model, and plans its memory, all out of the arena.
///
/// model: a .tflite file, at any address (a multiple of 16 is fastest).
/// ops: addresses of the operators that the model uses; what no list names is not linked.
/// arena: memory at any address; of one at a multiple of 16, `bantam size` prints how much.
/// error: null, or where to write what went wrong.
///
/// Model, list and arena must stay as long as the interpreter is used, which must stay at its
/// address. Nothing is allocated, and nothing has to be freed.
///
/// # Safety
///
/// Pointers are null or lead to as much initialized memory as the lengths say; nobody uses the
/// arena, but by bantam_input and bantam_output, until the interpreter is used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_init(
    interpreter: *mut bantam_interpreter,
    model: *const c_void,
    model_len: usize,
    ops: *const *const bantam_op,
    op_len: usize,
    arena: *mut c_void,
    arena_len: usize,
    error: *mut bantam_error,
) -> bantam_status {
    let parts = Parts {
        interpreter,
        model: (model, model_len),
        image: (core::ptr::null(), 0),
        ops: (ops, op_len),
        arena: (arena, arena_len),
    };
    let parse = |bytes| Model::parse(bytes).ok();
    let make = |model: &Model<'static>, Checked { ops, arena, .. }| {
        Interpreter::with_references(model, ops, arena, Options::default())
    };
    // SAFETY: the caller promises it.
    unsafe { parts.init(parse, make, error) }
}

/// Makes an interpreter of a model that was prepared before, by `bantam prepare` or
/// `bantam codegen --prepared`: less RAM, less flash, and nothing is computed.
///
/// image: what was prepared, at a multiple of 4.
/// ops: the operators in the order of the image; those whose names end with _PREPARED will do.
/// arena: memory for activations and variables.
///
/// All else as for bantam_init.
///
/// # Safety
///
/// As for bantam_init.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_init_prepared(
    interpreter: *mut bantam_interpreter,
    model: *const c_void,
    model_len: usize,
    image: *const c_void,
    image_len: usize,
    ops: *const *const bantam_op,
    op_len: usize,
    arena: *mut c_void,
    arena_len: usize,
    error: *mut bantam_error,
) -> bantam_status {
    let parts = Parts {
        interpreter,
        model: (model, model_len),
        image: (image, image_len),
        ops: (ops, op_len),
        arena: (arena, arena_len),
    };
    // The image knows the hash of the model, which was checked when it was made; a file that was
    // not is no danger.
    let parse = |bytes| Model::unchecked(bytes);
    let make = |model: &Model<'static>, Checked { image, ops, arena, .. }| {
        Interpreter::from_prepared_with_references(model, image, ops, arena)
    };
    // SAFETY: the caller promises it.
    unsafe { parts.init(parse, make, error) }
}

/// What C hands over to make an interpreter.
struct Parts {
    interpreter: *mut bantam_interpreter,
    model: (*const c_void, usize),
    image: (*const c_void, usize),
    ops: (*const *const bantam_op, usize),
    arena: (*mut c_void, usize),
}

/// The same as what it is.
struct Checked {
    model: &'static [u8],
    image: &'static [u8],
    ops: &'static [&'static Op],
    arena: &'static mut [u8],
}

impl Parts {
    /// Makes an interpreter of them, where C has its memory, and tells C how that ended.
    ///
    /// # Safety
    ///
    /// As for [`bantam_init`].
    unsafe fn init(
        self,
        parse: impl FnOnce(&'static [u8]) -> Option<Model<'static>>,
        make: impl FnOnce(&Model<'static>, Checked) -> Result<Interpreter<'static>, Error>,
        error: *mut bantam_error,
    ) -> bantam_status {
        // SAFETY: the caller promises it.
        let checked = unsafe { self.check() }.and_then(|checked| {
            let model = parse(checked.model).ok_or(bantam_status::BANTAM_INVALID_MODEL)?;
            Ok((model, checked))
        });
        let result = match checked {
            // size: it is not moved on its way.
            Ok((model, checked)) => match &make(&model, checked) {
                Ok(made) => {
                    // SAFETY: as before.
                    unsafe { handle::put(self.interpreter, made) };
                    Ok(bantam_status::BANTAM_OK)
                }
                Err(error) => Err(bantam_error::from(*error)),
            },
            Err(status) => Err(bantam_error::from(status)),
        };
        // SAFETY: as before.
        unsafe { report(error, &result) }
    }

    /// Checks all of them, and takes away the interpreter that was there.
    ///
    /// # Safety
    ///
    /// As for [`bantam_init`].
    unsafe fn check(&self) -> Result<Checked, bantam_status> {
        memory::check(self.interpreter)?;
        // SAFETY: it has been checked, and the caller promises the memory.
        unsafe { handle::clear(self.interpreter) };
        let model = Range::new(self.model.0, self.model.1)?;
        let image = Range::new(self.image.0, self.image.1)?;
        let arena = Range::new(self.arena.0, self.arena.1)?;
        for other in [model, image, Range::of(self.interpreter)] {
            arena.apart_from(other)?;
        }
        // SAFETY: the caller promises memory that stays, which nobody writes, or uses, else.
        unsafe {
            let ops = op::list(self.ops.0, self.ops.1)?;
            let (model, image) = (model.bytes(), image.bytes());
            Ok(Checked { model, image, ops, arena: arena.bytes_mut() })
        }
    }
}

/// Tells C how a call ended.
///
/// # Safety
///
/// `error` is null or leads to memory for a `bantam_error`.
#[inline(never)] // size: one copy for all functions
pub(crate) unsafe fn report(
    error: *mut bantam_error,
    result: &Result<bantam_status, bantam_error>,
) -> bantam_status {
    let told = match result {
        Ok(status) => bantam_error::from(*status),
        Err(error) => *error,
    };
    // SAFETY: the caller promises it.
    match unsafe { memory::put(error, told) } {
        Ok(()) => told.status,
        Err(status) => status,
    }
}

/// Runs the model once: on what is in the inputs, into the outputs.
///
/// Returns BANTAM_OK, BANTAM_NEED_MORE_INPUT, or what failed; the interpreter remains usable.
///
/// # Safety
///
/// interpreter leads to initialized memory, error is null or leads to memory for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_invoke(
    interpreter: *mut bantam_interpreter,
    error: *mut bantam_error,
) -> bantam_status {
    // SAFETY: the caller promises it.
    let result = unsafe { handle::get(interpreter) };
    let result = match result {
        Ok(interpreter) => match &interpreter.invoke() {
            Ok(done) => Ok(outcome(*done)),
            Err(error) => Err(bantam_error::from(error)),
        },
        Err(status) => Err(bantam_error::from(status)),
    };
    // SAFETY: as before.
    unsafe { report(error, &result) }
}

pub(crate) fn outcome(outcome: Outcome) -> bantam_status {
    match outcome {
        Outcome::Done => bantam_status::BANTAM_OK,
        Outcome::NeedMoreInput => bantam_status::BANTAM_NEED_MORE_INPUT,
    }
}

/// Runs the next node, the first if no run is under way: an invoke in pieces, for tasks that must
/// not keep others waiting.
///
/// Returns BANTAM_MORE while nodes are left, then as bantam_invoke. bantam_invoke, bantam_reset and
/// bantam_input end a run that is under way.
///
/// # Safety
///
/// As for bantam_invoke.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_step(
    interpreter: *mut bantam_interpreter,
    error: *mut bantam_error,
) -> bantam_status {
    // SAFETY: the caller promises it.
    let result = unsafe { handle::get(interpreter) };
    let result = result.map_err(bantam_error::from).and_then(|interpreter| {
        Ok(match interpreter.step()? {
            Progress::More => bantam_status::BANTAM_MORE,
            Progress::Done(done) => outcome(done),
        })
    });
    // SAFETY: as before.
    unsafe { report(error, &result) }
}

/// Brings all state (variables, what streaming operators keep) back to where it was after
/// bantam_init.
///
/// # Safety
///
/// As for bantam_invoke.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_reset(
    interpreter: *mut bantam_interpreter,
    error: *mut bantam_error,
) -> bantam_status {
    // SAFETY: the caller promises it.
    let result = unsafe { handle::get(interpreter) };
    let result = result.map_err(bantam_error::from).and_then(|interpreter| {
        interpreter.reset()?;
        Ok(bantam_status::BANTAM_OK)
    });
    // SAFETY: as before.
    unsafe { report(error, &result) }
}

/// Returns where to write input `index`, and its length to `bytes` (unless that is null); null if
/// there is no such input, it is a constant, or the interpreter is none.
///
/// Later layers use the memory of inputs again: write all of it before every invoke.
///
/// # Safety
///
/// interpreter leads to initialized memory, bytes is null or leads to memory for a size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_input(
    interpreter: *mut bantam_interpreter,
    index: usize,
    bytes: *mut usize,
) -> *mut c_void {
    // SAFETY: the caller promises it.
    let input = unsafe { handle::get(interpreter) };
    let input = input.ok().and_then(|interpreter| interpreter.input_bytes(index).ok());
    // SAFETY: as before.
    unsafe { memory::give(input.map(|input| (input.as_mut_ptr(), input.len())), bytes) }
}

/// Returns where to read output `index`, and its length to `bytes` (unless that is null); null as
/// for bantam_input. It is valid until the next invoke, and until an input is written.
///
/// # Safety
///
/// As for bantam_input.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_output(
    interpreter: *const bantam_interpreter,
    index: usize,
    bytes: *mut usize,
) -> *const c_void {
    // SAFETY: the caller promises it; nothing is written.
    let output = unsafe { handle::get(interpreter.cast_mut()) };
    let output = output.ok().and_then(|interpreter| interpreter.output_bytes(index).ok());
    // SAFETY: as before.
    unsafe { memory::show(output, bytes) }
}

/// Returns the number of inputs; 0 if the interpreter is none.
///
/// # Safety
///
/// interpreter leads to initialized memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_input_count(interpreter: *const bantam_interpreter) -> usize {
    // SAFETY: the caller promises it; nothing is written.
    unsafe { handle::get(interpreter.cast_mut()) }.map_or(0, |interpreter| interpreter.input_len())
}

/// Returns the number of outputs; 0 if the interpreter is none.
///
/// # Safety
///
/// interpreter leads to initialized memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_output_count(interpreter: *const bantam_interpreter) -> usize {
    // SAFETY: the caller promises it; nothing is written.
    unsafe { handle::get(interpreter.cast_mut()) }.map_or(0, |interpreter| interpreter.output_len())
}

/// Writes what the model says of an input or output to `info`. The name in it lies in the model.
///
/// port: BANTAM_INPUT or BANTAM_OUTPUT.
///
/// # Safety
///
/// interpreter leads to initialized memory, info is null or leads to memory for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_tensor(
    interpreter: *const bantam_interpreter,
    port: i32,
    index: usize,
    info: *mut bantam_tensor_info,
) -> bantam_status {
    // SAFETY: the caller promises it; nothing is written.
    let interpreter = unsafe { handle::get(interpreter.cast_mut()) };
    let result = interpreter.and_then(|interpreter| {
        let tensor = match bantam_port::of(port) {
            Some(bantam_port::BANTAM_INPUT) => interpreter.input_tensor(index),
            Some(bantam_port::BANTAM_OUTPUT) => interpreter.output_tensor(index),
            None => None,
        };
        // SAFETY: as before.
        unsafe { bantam_tensor_info::tell(&tensor.ok_or(bantam_status::BANTAM_INDEX)?, info) }
    });
    bantam_status::of(result)
}

/// Returns the bytes of an arena at a multiple of 16 that are enough: an arena of exactly so many
/// will do, one byte less will not. 0 if the interpreter is none.
///
/// # Safety
///
/// interpreter leads to initialized memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_arena_used_bytes(interpreter: *const bantam_interpreter) -> usize {
    // SAFETY: the caller promises it; nothing is written.
    unsafe { handle::get(interpreter.cast_mut()) }
        .map_or(0, |interpreter| interpreter.arena_used_bytes())
}
