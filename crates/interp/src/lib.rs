//! The interpreter: prepares a model with a list of operators, plans its memory, and runs it, all out of one arena.
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

#[cfg(target_endian = "big")]
compile_error!("records and tensors are little-endian");

#[cfg(test)]
extern crate std;

mod build;
mod element;
mod error;
mod interpreter;
mod io;
mod observer;
mod operator;
pub mod ops;
mod plan;
mod prepare;
mod record;
mod store;
mod tensor;

pub use bantam_arena::{Category, Slice, Usage};
pub use element::Element;
pub use error::{Cause, Error, EvalError, InvokeError, OperatorName, PortError, PrepareError};
pub use interpreter::{Interpreter, Options, Outcome};
pub use io::{Extra, Io, MAX_SLOTS, Reader, Slot, cast_mut};
pub use observer::{Node, Observer};
pub use operator::{Code, Op, Operator};
pub use plan::OfflinePlan;
pub use prepare::Prepare;
pub use tensor::TensorInfo;
