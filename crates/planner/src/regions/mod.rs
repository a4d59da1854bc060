//! Several memories, each with its capacity: for hosts.
//!
//! A microcontroller often has more than one memory: a small one next to the core, a larger one, a
//! large and slow one outside the chip. The assignment of buffers to memories decides how fast a
//! model is, and whether it runs at all.
//!
//! ```
//! use bantam_planner::Buffer;
//! use bantam_planner::regions::{Demand, Options, Region, assign};
//!
//! let buffers = [
//!     Buffer::new(96, 0, 1), // an image, read once
//!     Buffer::new(64, 1, 2), // read by each of 20 filters
//!     Buffer::new(32, 2, 3), // read by each of 10
//!     // a state that a peripheral writes, and it reaches only the large memory
//!     Buffer::new(16, 0, 3),
//! ];
//! let demands = [
//!     Demand::weighing(1),
//!     Demand::weighing(20),
//!     Demand::weighing(10),
//!     Demand { regions: 0b10, weight: 1 },
//! ];
//! // 128 bytes near the core; access to the others takes four times as long.
//! let regions = [Region::new(128, 1), Region::unlimited(4)];
//!
//! let assignment = assign(&buffers, 16, &regions, &demands, &Options::default())?;
//! let chosen: Vec<usize> = assignment.places.iter().map(|place| place.region).collect();
//! assert_eq!(chosen, [1, 0, 0, 1]);
//! assert_eq!(assignment.peak_bytes, [96, 112]);
//! assert_eq!(assignment.cost, 4 * (96 + 16) + 64 * 20 + 32 * 10);
//! assert!(assignment.is_optimal());
//! # Ok::<(), bantam_planner::regions::RegionError>(())
//! ```
//!
//! Buffers in different regions are never in each other's way, and a permission to
//! [overlap](crate::Problem::overlap) holds if both are in the same. All regions begin at a
//! multiple of the alignment.
//!
//! # How it works
//!
//! The cost is to be small: for each buffer its bytes, times its weight, times the cost of its
//! region.
//!
//! * The heuristics assign regions buffer by buffer, in several orders. The best order is by
//!   density: the saving of a buffer in its best region, for each byte and step that it occupies
//!   there while more buffers compete for the region than it has room for. A buffer goes into a
//!   gap; if there is none, the region is packed anew, if need be by
//!   [`exact::fit`](crate::exact::fit).
//! * Moves improve the best result: single buffers move to a better region, pairs change places.
//! * A bound is below the cost of every assignment: in each step, the excess bytes must leave the
//!   best regions.
//! * Branch and bound then tries all other assignments, as long as the nodes last. For up to some
//!   dozen buffers this proves that nothing costs less, or that no assignment fits.
//! * In the end [`exact::solve`](crate::exact::solve) makes the plan of each region as small as it
//!   can.
#![allow(clippy::indexing_slicing, reason = "the indices are made here, none comes from a problem")]

mod assignment;
mod bound;
mod demand;
mod error;
mod layout;
mod model;
mod packing;
mod tree;

pub use assignment::{Assignment, Options, Place, assign};
pub use demand::{Demand, Region};
pub use error::RegionError;
