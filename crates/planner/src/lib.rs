//! Static memory planning: sizes and lifetimes go in, offsets come out.
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]
#![deny(clippy::indexing_slicing)]

mod bounds;
mod error;
mod greedy;
mod problem;
mod validate;

pub use bounds::{linear, lower_bound};
pub use error::{Error, Violation};
pub use greedy::{greedy, greedy_workspace_len};
pub use problem::{Buffer, Lifetime, Problem};
pub use validate::validate;
