//! TensorFlow Lite models on microcontrollers, for C and C++.
//!
//! `include/bantam.h` is the interface, and `docs/c.md` tells how to use it. This crate has the
//! functions behind it: they check what C hands over (null, lengths, alignment, overlap, handles
//! that nobody has made), and then call the interpreter, which is safe. The package in `archive`
//! makes a static library of it.
//!
//! Names are those of C, so that they are the same on both sides.
#![no_std]
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]
#![allow(non_camel_case_types, reason = "types have the names of the header")]

mod custom;
mod error;
mod handle;
mod memory;
mod names;
mod node;
mod observe;
mod op;
mod ops;
mod run;
mod tensor;

pub use custom::{bantam_bytes, bantam_bytes_mut, bantam_custom, bantam_custom_op, bantam_io};
pub use error::{bantam_cause, bantam_error, bantam_status};
pub use handle::{BANTAM_INTERPRETER_WORDS, bantam_interpreter};
pub use names::{bantam_cause_text, bantam_operator_name, bantam_status_text};
pub use node::{
    bantam_node, bantam_node_constant, bantam_node_input_count, bantam_node_options,
    bantam_node_output_count, bantam_node_scratch, bantam_node_state, bantam_node_tensor,
};
pub use observe::{bantam_event, bantam_invoke_observed, bantam_observer};
pub use op::{BANTAM_OP_WORDS, bantam_op};
pub use ops::NAMES;
pub use ops::signal::NAMES as SIGNAL_NAMES;
pub use run::{
    bantam_arena_used_bytes, bantam_init, bantam_init_prepared, bantam_input, bantam_input_count,
    bantam_invoke, bantam_output, bantam_output_count, bantam_reset, bantam_step, bantam_tensor,
};
pub use tensor::{BANTAM_MAX_RANK, bantam_port, bantam_tensor_info};
