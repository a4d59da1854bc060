//! Texts, which are linked only where a program asks for them.

use crate::error::{bantam_cause, bantam_status};
use crate::memory;
use bantam_schema::BuiltinOperator;
use core::ffi::{CStr, c_char};

/// Returns a bantam_status in words.
#[unsafe(no_mangle)]
pub extern "C" fn bantam_status_text(status: i32) -> *const c_char {
    find(status, STATUSES)
}

static STATUSES: &[Text] = {
    use bantam_status as s;
    &[
        text(s::BANTAM_OK as i32, c"done"),
        text(s::BANTAM_NEED_MORE_INPUT as i32, c"more input is needed"),
        text(s::BANTAM_MORE as i32, c"nodes are left to run"),
        text(s::BANTAM_NULL as i32, c"a pointer is null"),
        text(s::BANTAM_MISALIGNED as i32, c"a pointer is not aligned"),
        text(s::BANTAM_LENGTH as i32, c"a length is larger than any memory"),
        text(s::BANTAM_OVERLAP as i32, c"model, image, arena or interpreter overlap"),
        text(s::BANTAM_NO_INTERPRETER as i32, c"the interpreter was not made, or was copied"),
        text(s::BANTAM_NO_OPERATOR as i32, c"an entry of the operator list is not an operator"),
        text(s::BANTAM_INDEX as i32, c"there is no tensor with this index"),
        text(s::BANTAM_INVALID_MODEL as i32, c"the bytes are not a valid model"),
        text(
            s::BANTAM_MISSING_OPERATOR as i32,
            c"the operator list lacks an operator of the model",
        ),
        text(s::BANTAM_PREPARE as i32, c"an operator refuses its node"),
        text(s::BANTAM_PORT as i32, c"an input or output cannot be used"),
        text(s::BANTAM_OUT_OF_MEMORY as i32, c"the arena is too small"),
        text(
            s::BANTAM_INVALID_IMAGE as i32,
            c"the prepared image does not fit to the model or the operators",
        ),
        text(s::BANTAM_PLAN as i32, c"the memory cannot be planned"),
        text(s::BANTAM_TOO_LARGE as i32, c"the model is too large"),
        text(
            s::BANTAM_SUBGRAPH as i32,
            c"a subgraph is missing, calls itself, or is called too deep",
        ),
        text(s::BANTAM_INVOKE as i32, c"a node failed"),
        text(s::BANTAM_RECORDS as i32, c"the prepared data contradict each other"),
    ]
};

/// Returns a bantam_cause in words.
#[unsafe(no_mangle)]
pub extern "C" fn bantam_cause_text(cause: i32) -> *const c_char {
    find(cause, CAUSES)
}

static CAUSES: &[Text] = {
    use bantam_cause as c;
    &[
        text(c::BANTAM_CAUSE_NONE as i32, c"no cause is known"),
        text(c::BANTAM_CAUSE_INPUT_COUNT as i32, c"too many or too few inputs"),
        text(c::BANTAM_CAUSE_OUTPUT_COUNT as i32, c"too many or too few outputs"),
        text(c::BANTAM_CAUSE_MISSING_INPUT as i32, c"an input is absent"),
        text(c::BANTAM_CAUSE_TYPE as i32, c"the type is not supported here"),
        text(c::BANTAM_CAUSE_SHAPE as i32, c"shapes do not fit each other"),
        text(c::BANTAM_CAUSE_DYNAMIC_SHAPE as i32, c"a shape is not known before the model runs"),
        text(c::BANTAM_CAUSE_NOT_CONSTANT as i32, c"must be a constant"),
        text(c::BANTAM_CAUSE_CONSTANT as i32, c"is a constant that is written, or too short"),
        text(c::BANTAM_CAUSE_QUANTIZATION as i32, c"quantization is missing or incomplete"),
        text(c::BANTAM_CAUSE_OPTIONS as i32, c"options are missing or not supported"),
        text(c::BANTAM_CAUSE_PARAMETER as i32, c"a parameter is out of range"),
        text(c::BANTAM_CAUSE_UNSUPPORTED as i32, c"not supported"),
        text(c::BANTAM_CAUSE_ONLY_PREPARED as i32, c"the operator is one for prepared images"),
        text(c::BANTAM_CAUSE_REASON as i32, c"the operator says why"),
        text(c::BANTAM_CAUSE_MODEL as i32, c"the model is not consistent"),
        text(c::BANTAM_CAUSE_VALUE as i32, c"an operand or a value is out of range"),
        text(c::BANTAM_CAUSE_CALLS as i32, c"subgraphs are called too often or too deep"),
        text(c::BANTAM_CAUSE_RECORD as i32, c"the prepared data of the node is damaged"),
    ]
};

/// A number and what it means.
// size: not a reference to a text: linkers keep all texts of an object if they keep one.
struct Text {
    number: i32,
    text: [u8; TEXT_BYTES],
}

const TEXT_BYTES: usize = 64;

/// Copies a text, which ends before the last byte.
const fn text(number: i32, from: &CStr) -> Text {
    let mut text = [0; TEXT_BYTES];
    let (to, _) = text.split_at_mut(from.to_bytes().len());
    to.copy_from_slice(from.to_bytes());
    assert!(from.to_bytes().len() < TEXT_BYTES, "too long");
    Text { number, text }
}

static UNKNOWN: Text = text(-1, c"unknown");

fn find(number: i32, texts: &'static [Text]) -> *const c_char {
    let found = texts.iter().find(|known| known.number == number);
    found.unwrap_or(&UNKNOWN).text.as_ptr().cast()
}

/// Returns the name of an operator by its number, and the length of the name to `len` (unless that
/// is null); null if there is none. It is not terminated: print it with "%.*s".
///
/// # Safety
///
/// len is null or leads to memory for a size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bantam_operator_name(
    builtin_operator: i32,
    len: *mut usize,
) -> *const c_char {
    let name = BuiltinOperator(builtin_operator).name();
    // SAFETY: the caller promises it.
    let put = unsafe { memory::put(len, name.map_or(0, str::len)) };
    match (name, put) {
        (Some(name), Ok(())) => name.as_ptr().cast(),
        _ => core::ptr::null(),
    }
}
