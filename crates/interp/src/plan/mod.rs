//! The memory of activations and scratch: what there is to place, and who places it.
//!
//! [`Interpreter::new`](crate::Interpreter::new) plans by itself, as well as a microcontroller can
//! afford ([`Effort`]). Two ways to do better on a host: a [`Planner`] of one's own is given the
//! [`Buffers`] of a prepared graph; and what it found can travel in the model's metadata as a
//! [stored plan](stored), which is [checked](Carried) before it is used.

mod carried;
mod entry;
mod join;
mod make;
mod offline;
mod online;
mod planning;
mod share;
mod sharing;
pub mod stored;
mod table;
mod wholes;

pub use bantam_planner::Effort;
pub use carried::{Carried, OfflinePlan};
pub use online::{Greedy, KeepAll, Standard};
pub use planning::{Buffers, OVERLAY_ALIGNMENT, Origin, Planner, Reader, Trust};
pub use sharing::Sharing;

pub(crate) use join::JOINING;
pub(crate) use planning::{Joined, Nodes, Planning};
#[cfg(feature = "host")]
pub(crate) use share::Permitted;
pub(crate) use share::{Shares, SharesOf, count};
pub(crate) use table::{MAX_BUFFERS, planned_len};
#[cfg(feature = "host")]
pub(crate) use wholes::Wholes;
