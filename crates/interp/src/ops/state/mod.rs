//! State that outlasts an inference: resource variables and buffers of past inputs.

pub(super) mod assign_variable;
pub(super) mod circular_buffer;
pub(super) mod read_variable;
pub(super) mod var_handle;
mod variable;
