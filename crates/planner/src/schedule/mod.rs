//! The order of the steps that needs the least memory: for hosts.
//!
//! A network that branches can run in many orders. While one branch runs, the inputs and the
//! results of the others must be kept. Here two branches widen a small image and shrink it again:
//!
//! ```
//! use bantam_planner::exact::{self, solve};
//! use bantam_planner::schedule::{Description, Graph, Options, Step};
//!
//! // image 0; wide 1 and 2; narrow 3 and 4; their sum 5
//! let graph = Graph::new(&Description {
//!     bytes: &[16, 96, 96, 16, 16, 16],
//!     steps: &[
//!         Step::new(&[0], &[1]),
//!         Step::new(&[0], &[2]),
//!         Step::new(&[1], &[3]),
//!         Step::new(&[2], &[4]),
//!         Step::new(&[3, 4], &[5]),
//!     ],
//!     inputs: &[0],
//!     outputs: &[5],
//!     permissions: &[],
//!     alignment: 16,
//! })?;
//! assert_eq!(graph.peak_bytes(&[0, 1, 2, 3, 4])?, 16 + 96 + 96); // both wide ones at once
//!
//! let schedule = graph.schedule(&Options::default());
//! assert_eq!(schedule.order, [0, 2, 1, 3, 4]); // one branch, then the other
//! assert_eq!(schedule.peak_bytes, 16 + 16 + 96);
//! assert!(schedule.is_optimal());
//!
//! // Then the buffers are placed.
//! let timeline = graph.timeline(&schedule.order)?;
//! let solution = solve(&timeline, 16, &exact::Options::default(), &mut |_| {})?;
//! assert_eq!(u64::from(solution.bytes), schedule.peak_bytes);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The peak is the bytes in use during the fullest step, which is the
//! [`lower_bound`](crate::lower_bound) of the [`Timeline`]: most often a plan reaches it, but not
//! always.
//!
//! # How it works
//!
//! * The order is cut at the steps which all others must precede or follow, and only those parts
//!   are looked at that decide the peak.
//! * For each step, some buffers are live whatever the order: if no order can be below the given
//!   one, the search is over.
//! * A beam search advances step by step and keeps the best few sets of steps that have run.
//! * A best-first search then proves the best or finds a better one: sets of steps that have run
//!   are states, and the state with the lowest peak so far goes on. What reduces memory without
//!   raising the peak runs at once.
//!
//! The future depends on the set of steps alone, not on their order. Liberis and Lane used this
//! before (*Neural networks on microcontrollers: saving memory at inference via operator
//! reordering*, 2019).
#![allow(clippy::indexing_slicing, reason = "a graph has been checked: the indices are made here")]

mod beam;
mod best_first;
mod error;
mod graph;
mod segment;
mod set;
mod timeline;

use core::cmp::Reverse;
use core::ops::Range;
use std::vec::Vec;

use best_first::Outcome;
pub use error::{GraphError, OrderError};
pub use graph::{Description, Graph, Step};
use segment::Segment;
use timeline::Profile;
pub use timeline::Timeline;

/// The budget of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The number of sets of steps that the exact search may reach. A million takes some seconds
    /// and some hundred megabytes. With more than 64 steps that can change places, a set counts as
    /// several.
    pub states: u64,
    /// The number of sets that the beam search keeps; at least one.
    pub beam_width: usize,
}

impl Default for Options {
    /// Returns a budget of one million states, and a beam of 256.
    fn default() -> Self {
        Self { states: 1_000_000, beam_width: 256 }
    }
}

/// The best order that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The numbers of the steps, in the order in which to run them: the given one if none is
    /// better.
    pub order: Vec<u32>,
    /// The most bytes that are in use during one step.
    pub peak_bytes: u64,
    /// The same for the given order.
    pub given_bytes: u64,
    /// No order needs less.
    pub lower_bound_bytes: u64,
    /// The number of sets of steps that the searches reached.
    pub states: u64,
}

impl Schedule {
    /// Returns whether no order is better.
    #[must_use]
    pub const fn is_optimal(&self) -> bool {
        self.peak_bytes <= self.lower_bound_bytes
    }
}

/// A part of the order that may decide the peak.
struct Part {
    range: Range<usize>,
    segment: Segment,
    /// The peak in the given order.
    given: u64,
    /// No order of it has a lower peak.
    bound: u64,
}

impl Graph {
    /// Looks for the order with the lowest peak.
    ///
    /// The result depends on nothing but the graph and the options, and is never worse than the
    /// given order.
    #[must_use]
    pub fn schedule(&self, options: &Options) -> Schedule {
        let mut positions: Vec<usize> = (0..self.len()).collect();
        let given = self.profile(&positions);
        let given_bytes = given.peak();
        let (mut floor, mut parts) = self.parts(&given);
        let mut bound = floor;
        let mut tally = Tally { left: options.states, states: 0 };
        // The fullest part first: where that cannot be improved, the others do not matter.
        parts.sort_by_key(|part| (Reverse(part.given), part.range.start));
        for part in &parts {
            if part.given <= floor {
                continue;
            }
            let (order, least) = part.search(floor, options.beam_width, &mut tally);
            bound = bound.max(least);
            for (at, step) in part.range.clone().zip(order.into_iter().flatten()) {
                positions[at] = part.range.start + step;
            }
            floor = floor.max(self.profile(&positions).peak_of(&part.range));
        }
        let peak_bytes = self.profile(&positions).peak();
        let order = if peak_bytes < given_bytes {
            positions.iter().map(|&position| self.given[position]).collect()
        } else {
            self.given.clone()
        };
        Schedule { order, peak_bytes, given_bytes, lower_bound_bytes: bound, states: tally.states }
    }

    /// Returns the parts whose order matters, and a bound below the peak of every order.
    fn parts(&self, given: &Profile) -> (u64, Vec<Part>) {
        let mut floor = given.start;
        let mut parts = Vec::new();
        for range in segment::parts(self) {
            let peak = given.peak_of(&range);
            if range.len() < 2 {
                floor = floor.max(peak);
                continue;
            }
            let segment = Segment::new(self, &range, given.before[range.start]);
            let bound = segment.bound();
            floor = floor.max(bound);
            parts.push(Part { range, segment, given: peak, bound });
        }
        (floor, parts)
    }
}

/// The budget that is left.
struct Tally {
    /// States that the exact search may still reach.
    left: u64,
    /// States that all searches reached.
    states: u64,
}

impl Profile {
    fn peak_of(&self, part: &Range<usize>) -> u64 {
        self.during[part.clone()].iter().copied().max().unwrap_or(0)
    }
}

impl Part {
    /// Returns a better order, if there is one, and a bound below the peak of every order. At most
    /// `floor` is as good as anything below.
    fn search(&self, floor: u64, width: usize, tally: &mut Tally) -> (Option<Vec<usize>>, u64) {
        let beam = beam::search(&self.segment, floor, self.given, width, &mut tally.states);
        let best = beam.as_ref().map_or(self.given, |order| self.segment.peak(order));
        if best <= floor {
            return (beam, self.bound);
        }
        // The memory of a state grows with the number of steps.
        let words = self.segment.len().div_ceil(64).max(1) as u64;
        let limit = tally.left / words;
        let mut left = limit;
        let outcome = best_first::search(&self.segment, floor, best, &mut left);
        tally.states += limit - left;
        tally.left -= (limit - left) * words;
        let (order, peak) = match outcome {
            Outcome::Found(order) => {
                let peak = self.segment.peak(&order);
                (Some(order), peak)
            }
            Outcome::None => (beam, best),
            Outcome::Unknown(peak) => (beam, peak),
        };
        // Peaks of at most the floor were not searched more closely.
        (order, if peak > floor { peak.max(self.bound) } else { self.bound })
    }
}
