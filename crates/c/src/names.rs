//! Texts, which are linked only where a program asks for them.

use crate::error::{bantam_cause, bantam_status};
use crate::memory;
use bantam_schema::BuiltinOperator;
use core::ffi::{CStr, c_char};

/// Returns a bantam_status in words.
#[unsafe(no_mangle)]
pub extern "C" fn bantam_status_text(status: i32) -> *const c_char {
    text(status, STATUSES)
}

const STATUSES: &[(i32, &CStr)] = {
    use bantam_status as s;
    &[
        (s::BANTAM_OK as i32, c"done"),
        (s::BANTAM_NEED_MORE_INPUT as i32, c"more input is needed"),
        (s::BANTAM_MORE as i32, c"nodes are left to run"),
        (s::BANTAM_NULL as i32, c"a pointer is null"),
        (s::BANTAM_MISALIGNED as i32, c"a pointer is not aligned"),
        (s::BANTAM_LENGTH as i32, c"a length is larger than any memory"),
        (s::BANTAM_OVERLAP as i32, c"model, image, arena or interpreter overlap"),
        (s::BANTAM_NO_INTERPRETER as i32, c"the interpreter was not made, or was copied"),
        (s::BANTAM_NO_OPERATOR as i32, c"an entry of the operator list is not an operator"),
        (s::BANTAM_INDEX as i32, c"there is no tensor with this index"),
        (s::BANTAM_INVALID_MODEL as i32, c"the bytes are not a valid model"),
        (s::BANTAM_MISSING_OPERATOR as i32, c"the operator list lacks an operator of the model"),
        (s::BANTAM_PREPARE as i32, c"an operator refuses its node"),
        (s::BANTAM_PORT as i32, c"an input or output cannot be used"),
        (s::BANTAM_OUT_OF_MEMORY as i32, c"the arena is too small"),
        (
            s::BANTAM_INVALID_IMAGE as i32,
            c"the prepared image does not fit to the model or the operators",
        ),
        (s::BANTAM_PLAN as i32, c"the memory cannot be planned"),
        (s::BANTAM_TOO_LARGE as i32, c"the model is too large"),
        (s::BANTAM_SUBGRAPH as i32, c"a subgraph is missing, calls itself, or is called too deep"),
        (s::BANTAM_INVOKE as i32, c"a node failed"),
        (s::BANTAM_RECORDS as i32, c"the prepared data contradict each other"),
    ]
};

/// Returns a bantam_cause in words.
#[unsafe(no_mangle)]
pub extern "C" fn bantam_cause_text(cause: i32) -> *const c_char {
    text(cause, CAUSES)
}

const CAUSES: &[(i32, &CStr)] = {
    use bantam_cause as c;
    &[
        (c::BANTAM_CAUSE_NONE as i32, c"no cause is known"),
        (c::BANTAM_CAUSE_INPUT_COUNT as i32, c"too many or too few inputs"),
        (c::BANTAM_CAUSE_OUTPUT_COUNT as i32, c"too many or too few outputs"),
        (c::BANTAM_CAUSE_MISSING_INPUT as i32, c"an input is absent"),
        (c::BANTAM_CAUSE_TYPE as i32, c"the type is not supported here"),
        (c::BANTAM_CAUSE_SHAPE as i32, c"shapes do not fit each other"),
        (c::BANTAM_CAUSE_DYNAMIC_SHAPE as i32, c"a shape is not known before the model runs"),
        (c::BANTAM_CAUSE_NOT_CONSTANT as i32, c"must be a constant"),
        (c::BANTAM_CAUSE_CONSTANT as i32, c"is a constant that is written, or too short"),
        (c::BANTAM_CAUSE_QUANTIZATION as i32, c"quantization is missing or incomplete"),
        (c::BANTAM_CAUSE_OPTIONS as i32, c"options are missing or not supported"),
        (c::BANTAM_CAUSE_PARAMETER as i32, c"a parameter is out of range"),
        (c::BANTAM_CAUSE_UNSUPPORTED as i32, c"not supported"),
        (c::BANTAM_CAUSE_ONLY_PREPARED as i32, c"the operator is one for prepared images"),
        (c::BANTAM_CAUSE_REASON as i32, c"the operator says why"),
        (c::BANTAM_CAUSE_MODEL as i32, c"the model is not consistent"),
        (c::BANTAM_CAUSE_VALUE as i32, c"an operand or a value is out of range"),
        (c::BANTAM_CAUSE_CALLS as i32, c"subgraphs are called too often or too deep"),
        (c::BANTAM_CAUSE_RECORD as i32, c"the prepared data of the node is damaged"),
    ]
};

fn text(number: i32, texts: &[(i32, &'static CStr)]) -> *const c_char {
    let found = texts.iter().find(|(known, _)| *known == number);
    found.map_or(c"unknown", |(_, text)| text).as_ptr()
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
