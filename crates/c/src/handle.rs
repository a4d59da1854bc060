//! Interpreters in memory of the caller's.

use crate::error::bantam_status;
use crate::memory::check;
use bantam_interp::Interpreter;
use core::mem::MaybeUninit;

/// Words of a bantam_interpreter: enough on every target.
pub const BANTAM_INTERPRETER_WORDS: usize = 48;

/// A model that is ready to run. C sees [`BANTAM_INTERPRETER_WORDS`] words.
#[derive(Debug)]
#[repr(C)]
pub struct bantam_interpreter {
    magic: usize,
    interpreter: MaybeUninit<Interpreter<'static>>,
    _rest:
        [usize; BANTAM_INTERPRETER_WORDS - 1 - size_of::<Interpreter<'_>>() / size_of::<usize>()],
}

/// Tells interpreters from memory that is none.
const MAGIC: usize = 0x4254_494e;

const _: () =
    assert!(size_of::<bantam_interpreter>() == BANTAM_INTERPRETER_WORDS * size_of::<usize>());
const _: () = assert!(align_of::<bantam_interpreter>() == align_of::<usize>());

/// The magic word of an interpreter at this address: a copy elsewhere is none, since it would share
/// the arena.
fn magic_at(handle: *const bantam_interpreter) -> usize {
    MAGIC ^ handle.addr()
}

/// Puts an interpreter into the handle; the other one is not used any more.
///
/// # Safety
///
/// `handle` has been [checked](check) and leads to memory for a `bantam_interpreter`. Nobody uses
/// `interpreter` afterwards.
pub(crate) unsafe fn put(handle: *mut bantam_interpreter, interpreter: &Interpreter<'static>) {
    const WORDS: usize = size_of::<Interpreter<'_>>() / size_of::<usize>();
    const { assert!(size_of::<Interpreter<'_>>().is_multiple_of(size_of::<usize>())) };
    const { assert!(!core::mem::needs_drop::<Interpreter<'_>>()) };
    // SAFETY: it is not null and aligned, and the caller promises the memory. Both have so many
    // words, any of which may be padding.
    unsafe {
        // size: word by word, and volatile, as anything else becomes a call of a routine that
        // copies bytes, which links 900 of them.
        let from = core::ptr::from_ref(interpreter).cast::<MaybeUninit<usize>>();
        let to = (&raw mut (*handle).interpreter).cast::<MaybeUninit<usize>>();
        for word in 0..WORDS {
            to.add(word).write_volatile(from.add(word).read());
        }
        (&raw mut (*handle).magic).write(magic_at(handle));
    }
}

/// Takes the interpreter away that is in the handle.
///
/// # Safety
///
/// As for [`put`].
pub(crate) unsafe fn clear(handle: *mut bantam_interpreter) {
    // SAFETY: as in `put`.
    unsafe { (&raw mut (*handle).magic).write(0) };
}

/// Returns the interpreter in the handle.
///
/// # Safety
///
/// `handle` is null or leads to initialized memory for a `bantam_interpreter`, which nobody else
/// uses during `'h`.
#[inline(never)] // size: one copy for all functions
pub(crate) unsafe fn get<'h>(
    handle: *mut bantam_interpreter,
) -> Result<&'h mut Interpreter<'static>, bantam_status> {
    check(handle)?;
    // SAFETY: it is not null and aligned, and the caller promises the memory.
    let magic = unsafe { (&raw const (*handle).magic).read() };
    if magic != magic_at(handle) {
        return Err(bantam_status::BANTAM_NO_INTERPRETER);
    }
    // SAFETY: the magic word of this address says that `put` has put one there.
    Ok(unsafe { (*handle).interpreter.assume_init_mut() })
}
