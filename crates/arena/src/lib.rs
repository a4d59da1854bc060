//! Allocates from both ends of one byte slice, with exact figures.
//!
//! An [`Arena`] divides memory that the caller owns, without a heap and without `unsafe`:
//!
//! ```text
//!  low                                                                     high
//! | overlay | temporary scopes → |          free          | ← persistent, newest first |
//! ```
//!
//! - **Persistent** values and slices come from the high end and stay. [`Slice`] and [`Value`] name
//!   them: these are *offsets*, not pointers, so a record in the arena can hold them, and is the
//!   same on every target.
//! - The **overlay** takes the low end, once its length is known: a plan divides this memory.
//! - **Temporary** slices come from a [`Scope`] in between; the end of their borrow gives them
//!   back.
//!
//! ```
//! use bantam_arena::{Align, Arena, ArenaBytes, Category};
//!
//! let mut memory = ArenaBytes::<64>::new();
//! let mut arena = Arena::new(&mut memory.0);
//!
//! let shifts = arena.alloc_persistent::<i8>(3, Category::OperatorData)?;
//! let multipliers = arena.alloc_persistent::<i32>(3, Category::OperatorData)?;
//! arena.slice_mut(multipliers)?.copy_from_slice(&[7, 8, 9]);
//! let variables = arena.alloc_aligned::<u8>(8, Align::Four, Category::Variables)?;
//!
//! let mut scope = arena.scope();
//! let order = scope.alloc::<u16>(16)?; // 32 bytes, while the planner runs
//! order[0] = 1;
//! drop(scope);
//!
//! arena.reserve_overlay(30)?;
//! println!("{}", arena.usage());
//! assert_eq!(arena.usage().used(), 30 + 24);
//! assert_eq!(arena.usage().peak(), 32 + 24); // there was more in use before
//! assert_eq!(arena.usage().required(), 64);
//!
//! let parts = arena.into_parts(variables)?;
//! parts.overlay.fill(1);
//! parts.variables.fill(2);
//! assert_eq!(parts.records.slice(multipliers)?, [7, 8, 9]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The memory at the end:
//!
//! ```text
//!  address   0                 30      40          48            60  61       64
//!            | overlay         | free  | variables | multipliers | . | shifts |
//!  offset                              24          16            4   3        0
//! ```
//!
//! Offsets count from the high end down, so they do not depend on the length of the arena. The byte
//! before the shifts is padding; it shows as [`Category::Alignment`].
//!
//! # Exact figures
//!
//! [`Usage::required`] is the need of the allocations so far, temporary ones at their peak
//! included: the same calls succeed in that many bytes, and fail in one less. [`OutOfMemory`]
//! carries the same figure for the allocation that failed. To get the figure for the whole, go on
//! with a [`Counter`], which has the same arithmetic and no memory; or begin anew with an arena
//! that [only counts](Arena::count_only).
//!
//! Figures and offsets follow from the sequence of calls alone. They do not depend on `align_of`
//! (see [`Align::of`]), so the figures of a host hold on the device.
//!
//! # Two memories, and several users
//!
//! [`Arena::with_overlay`] puts the overlay into a memory of its own. Several users who take turns
//! share one arena: they allocate one after the other, each with its own records and variables, and
//! reserve the overlay, which becomes as long as the longest. [`Arena::parts`] then lends each of
//! them its part.
//!
//! # Handles are not trusted
//!
//! Handles are numbers, and numbers may come from a file. A handle that names nothing gives a
//! [`HandleError`]. A wrong handle that names something reads that: memory is safe, but only the
//! owner of the records knows their meaning.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]
#![deny(clippy::indexing_slicing)]

/// The code of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod align;
mod arena;
mod bytes;
mod counter;
mod error;
mod handle;
mod ledger;
mod mark;
mod records;
mod scope;
mod usage;

pub use align::Align;
pub use arena::{Arena, Given, Parts};
pub use bytes::{ArenaBytes, clear};
pub use counter::{Counter, CounterScope};
pub use error::{HandleError, OutOfMemory, Region};
pub use handle::{Slice, Value};
pub use records::Records;
pub use scope::Scope;
pub use usage::{Category, Usage};
