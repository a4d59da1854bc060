//! Two-ended allocation out of one byte slice, with exact figures.
//!
//! ```text
//!  low                                                                     high
//! | overlay | temporary scopes → |          free          | ← persistent, newest first |
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]
#![deny(clippy::indexing_slicing)]

mod align;
mod arena;
mod bytes;
mod counter;
mod error;
mod handle;
mod ledger;
mod records;
mod scope;
mod usage;

pub use align::Align;
pub use arena::{Arena, Parts};
pub use bytes::ArenaBytes;
pub use counter::{Counter, CounterScope};
pub use error::{HandleError, OutOfMemory, Region};
pub use handle::{Slice, Value};
pub use records::Records;
pub use scope::Scope;
pub use usage::{Category, Usage};
