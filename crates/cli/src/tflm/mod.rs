//! Memory plans for TensorFlow Lite Micro, which Bantam makes and TFLM follows.
//!
//! TFLM reads the offsets of tensors from a metadata entry of the model, `OfflineMemoryAllocation`,
//! and does not check them. A plan may therefore let an output lie over the input that it is
//! computed from, wherever the loops of TFLM's kernel read every byte before they write to it
//! ([`loops`]). Scratch memory cannot be given a place; TFLM fits it around the tensors
//! ([`placement`]), which a plan has to leave room for ([`scratch`]).
//!
//! The order of the nodes is that of the file. To plan for another, reorder the model first.

mod graph;
mod lifetimes;
mod loops;
mod metadata;
mod placement;
mod problem;
mod refusal;
mod scratch;
mod solve;

pub(crate) use metadata::rewrite;
pub(crate) use solve::{Effort, Plan, Shared, plan};
