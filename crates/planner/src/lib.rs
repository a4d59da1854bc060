//! Plans memory statically: sizes and lifetimes go in, offsets come out.
//!
//! Steps in a known order, such as the operators of a neural network, use memory. Two buffers that
//! are never live during the same step may share bytes. A *planner* chooses the offsets so that all
//! buffers fit into little memory.
//!
//! ```
//! use bantam_planner::{Buffer, greedy, greedy_workspace_len, lower_bound, validate};
//!
//! // Bytes, first and last step.
//! let buffers = [
//!     Buffer::new(64, 0, 1), // i: the input, consumed by step 1
//!     Buffer::new(96, 1, 2), // c: a convolution's output
//!     Buffer::new(16, 1, 1), // s: its scratch memory
//!     Buffer::new(32, 2, 3), // d: another layer's output
//!     Buffer::new(10, 3, 3), // o: the output
//! ];
//! let mut offsets = [0; 5];
//! let mut workspace = [0; greedy_workspace_len(5)];
//!
//! let total = greedy(&buffers, 16, &mut offsets, &mut workspace)?;
//! assert_eq!((total, offsets), (176, [96, 0, 160, 96, 0]));
//! assert_eq!(validate(&buffers, 16, &offsets, total), Ok(()));
//! assert_eq!(lower_bound(&buffers, 16)?, 176); // so no plan is better
//! # Ok::<(), bantam_planner::Error>(())
//! ```
//!
//! That plan, 8 bytes a letter:
//!
//! ```text
//!  offset   0           96      160
//!           |           |       |
//!  step 0   ............iiiiiiii..
//!  step 1   cccccccccccciiiiiiiiss    176 bytes, all of them live
//!  step 2   ccccccccccccdddd......
//!  step 3   oo..........dddd......
//! ```
//!
//! # What there is
//!
//! | function        | gives                                                      | workspace       | time     |
//! |-----------------|------------------------------------------------------------|-----------------|----------|
//! | [`plan`]        | a plan that is never larger, often optimal, within limits  | four `u16` each | O(len²) a try |
//! | [`greedy`]      | the plan that TensorFlow Lite Micro makes, byte for byte   | a `u16` each    | O(len²)  |
//! | [`linear`]      | the plan that shares nothing                               | none            | O(len)   |
//! | [`lower_bound`] | the total that no plan can be below                        | none            | O(len²)  |
//! | [`validate`]    | whether offsets from anywhere are a plan                   | none            | O(len²)  |
//!
//! With the feature `std`, for hosts:
//!
//! | module     | gives                                                                                      |
//! |------------|--------------------------------------------------------------------------------------------|
//! | `exact`    | the smallest plan, with the proof that it is, or the best and its bound when a budget ends |
//! | `large`    | plans, bounds and a second judge for up to millions of buffers                             |
//! | `regions`  | places in several memories with capacities, the buffers used most in the fastest           |
//! | `schedule` | the order of steps that needs the least memory                                             |
//! | `csv`      | problems from files                                                                        |
//!
//! All of them read the buffers from a [`Problem`]: a slice of [`Buffer`], or any type of yours.
//! They write to memory that the caller provides. Without `std` there is no heap, no recursion, no
//! unchecked arithmetic, and no dependency. The same problem gives the same plan everywhere,
//! whatever the workspace contained.
//!
//! Numbers from files may go straight in: nonsense is an [`Error`] or a [`Violation`].
//!
//! # Overlap
//!
//! Most memory is not lost between badly packed buffers. It is lost because an operator's output
//! may not lie over the input that it is the last to read. If the operator knows [the
//! distances](Overlap) that the two must keep, they are a [permission](Problem::overlap), and all
//! functions here use it, except [`linear`].
//!
//! # Parts
//!
//! A buffer that lies in another at a known offset, such as an operand of a concatenation that is
//! made in place, is a [`View`]. [`WithViews`] makes a problem out of another and its views: for
//! all functions here, and without memory.
//!
//! # Gaps and alignments
//!
//! With the feature `gaps`, which `std` includes, a buffer may have an alignment of its own, and
//! steps between its first and its last in which its contents do not matter: `WithLimits` adds both
//! to a problem. Programs without the feature are not larger for it.
//!
//! # Plans made elsewhere
//!
//! A buffer whose offset is already decided is [fixed](Buffer::fixed); the planners leave it there
//! and use the rest. If all are fixed, [`validate`] suffices.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(feature = "std"), deny(clippy::std_instead_of_core))]
#![cfg_attr(
    not(feature = "std"),
    deny(clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)
)]
#![deny(clippy::indexing_slicing)]

/// The code of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(feature = "std")]
extern crate std;

mod bounds;
#[cfg(feature = "std")]
pub mod csv;
mod error;
#[cfg(feature = "std")]
pub mod exact;
mod first_fit;
mod gaps;
mod greedy;
#[cfg(feature = "std")]
pub mod large;
mod order;
mod overlap;
mod plan;
mod problem;
#[cfg(feature = "std")]
pub mod regions;
mod rounded;
#[cfg(feature = "std")]
pub mod schedule;
mod search;
mod skyline;
mod validate;
mod views;
#[cfg(feature = "gaps")]
mod with_limits;
mod with_overlaps;

pub use bounds::{linear, lower_bound};
pub use error::{Error, ViewFault, Violation};
pub use greedy::{greedy, greedy_workspace_len};
pub use overlap::Overlap;
pub use plan::{Effort, Plan, plan, plan_workspace_len};
#[cfg(feature = "gaps")]
pub use problem::Gap;
pub use problem::{Buffer, Lifetime, Problem};
pub use validate::validate;
pub use views::{View, WithViews};
#[cfg(feature = "gaps")]
pub use with_limits::WithLimits;
pub use with_overlaps::{Permission, WithOverlaps};
