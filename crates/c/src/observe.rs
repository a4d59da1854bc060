//! Runs that C watches: for profiles, progress, and a look at what nodes compute.

use crate::error::{bantam_error, bantam_status};
use crate::handle::{self, bantam_interpreter};
use crate::run::{outcome, report};
use bantam_interp::{Node, Observer, Outputs};
use core::ffi::c_void;

/// A node that begins or has run.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct bantam_event {
    /// Its index in the graph.
    pub node: u32,
    /// Its operator as the schema of TensorFlow Lite numbers it; 32 for custom ones.
    pub builtin_operator: i32,
    /// Whether it has run.
    pub finished: bool,
    /// Its first output, where the node wrote it, if it has run: the next node may write over it.
    pub output: *const c_void,
    /// The bytes of the output.
    pub output_bytes: usize,
}

/// Is called before and after every node.
pub type bantam_observer =
    Option<unsafe extern "C" fn(context: *mut c_void, event: *const bantam_event)>;

/// What calls C.
struct Calls {
    observer: unsafe extern "C" fn(*mut c_void, *const bantam_event),
    context: *mut c_void,
}

impl Calls {
    fn tell(&self, node: Node, output: Option<&[u8]>, finished: bool) {
        let event = bantam_event {
            node: node.index,
            builtin_operator: node.operator.builtin().0,
            finished,
            output: output.map_or(core::ptr::null(), |output| output.as_ptr().cast()),
            output_bytes: output.map_or(0, <[u8]>::len),
        };
        // SAFETY: the caller of `bantam_invoke_observed` promises that it may be called so.
        unsafe { (self.observer)(self.context, &raw const event) };
    }
}

impl Observer for Calls {
    fn before(&mut self, node: Node) {
        self.tell(node, None, false);
    }

    fn after(&mut self, node: Node, outputs: &Outputs<'_>) {
        self.tell(node, outputs.bytes(0), true);
    }
}

/// As bantam_invoke, and calls `observer` with `context` before and after every node. It must not
/// use the interpreter.
///
/// # Safety
///
/// As for bantam_invoke; observer is null or a function that may be called with context.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_invoke_observed(
    interpreter: *mut bantam_interpreter,
    observer: bantam_observer,
    context: *mut c_void,
    error: *mut bantam_error,
) -> bantam_status {
    // SAFETY: the caller promises it.
    let result = unsafe { handle::get(interpreter) };
    let result = result.map_err(bantam_error::from).and_then(|interpreter| {
        let observer = observer.ok_or(bantam_status::BANTAM_NULL)?;
        Ok(outcome(interpreter.invoke_observed(&mut Calls { observer, context })?))
    });
    // SAFETY: as before.
    unsafe { report(error, &result) }
}
