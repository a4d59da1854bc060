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
//! [overlap](Problem::overlap) holds if both are in the same. All regions begin at a multiple of
//! the alignment.
//!
//! # How it works
//!
//! The cost is to be small: for each buffer its bytes, times its weight, times the cost of its
//! region.
//!
//! * The heuristics assign regions buffer by buffer, in several orders. The best order is by
//!   density: the saving of a buffer in its best region, for each byte and step that it occupies
//!   there while more buffers compete for the region than it has room for. A buffer goes into a
//!   gap; if there is none, the region is packed anew, if need be by [`exact::fit`].
//! * Moves improve the best result: single buffers move to a better region, pairs change places.
//! * A bound is below the cost of every assignment: in each step, the excess bytes must leave the
//!   best regions.
//! * Branch and bound then tries all other assignments, as long as the nodes last. For up to some
//!   dozen buffers this proves that nothing costs less, or that no assignment fits.
//! * In the end [`exact::solve`] makes the plan of each region as small as it can.
#![allow(clippy::indexing_slicing, reason = "the indices are made here, none comes from a problem")]

mod bound;
mod error;
mod layout;
mod model;
mod packing;
mod tree;

use std::vec;
use std::vec::Vec;

use crate::exact::{self, solve};
use crate::{Error, Problem};
pub use error::RegionError;
use layout::Layout;
use model::Model;
use packing::{Packer, Part};

/// A memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The capacity in bytes.
    pub capacity_bytes: u32,
    /// The cost of an access to a byte, in any unit. Of regions with equal costs, the first is
    /// filled first.
    pub cost: u32,
}

impl Region {
    /// Returns a region of so many bytes with this cost.
    #[must_use]
    pub const fn new(capacity_bytes: u32, cost: u32) -> Self {
        Self { capacity_bytes, cost }
    }

    /// Returns a region with room for everything that 32 bits can address.
    #[must_use]
    pub const fn unlimited(cost: u32) -> Self {
        Self::new(u32::MAX, cost)
    }
}

/// The demands of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The regions in which it may lie: bit 0 for the first. Bits of regions that do not exist are
    /// ignored.
    pub regions: u32,
    /// How often each of its bytes is accessed.
    pub weight: u32,
}

impl Demand {
    /// Returns a demand for any region, accessed so often.
    #[must_use]
    pub const fn weighing(weight: u32) -> Self {
        Self { regions: u32::MAX, weight }
    }
}

impl Default for Demand {
    /// Returns a demand for any region, accessed once.
    fn default() -> Self {
        Self::weighing(1)
    }
}

/// The budget of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The number of buffers to place while the regions are chosen, and after that in each region.
    /// A million take some seconds.
    pub nodes: u64,
    /// How many threads may search a plan at once. They change the time, never the result.
    pub threads: usize,
}

impl Default for Options {
    /// Returns a budget of one million nodes, and one thread.
    fn default() -> Self {
        Self { nodes: 1_000_000, threads: 1 }
    }
}

/// The place of a buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The index of the region.
    pub region: usize,
    /// The offset from the start of the region.
    pub offset: u32,
}

/// The places of all buffers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// A place for each buffer.
    pub places: Vec<Place>,
    /// The highest end of a buffer in each region.
    pub peak_bytes: Vec<u32>,
    /// A lower bound for each region: no plan of the same buffers can be below it.
    pub lower_bound_bytes: Vec<u32>,
    /// The sum over the buffers of bytes, weight and the region's cost, multiplied.
    pub cost: u128,
    /// No assignment costs less.
    pub lower_bound_cost: u128,
    /// The number of buffers that the search placed.
    pub nodes: u64,
}

impl Assignment {
    /// Returns whether no assignment costs less.
    #[must_use]
    pub const fn is_optimal(&self) -> bool {
        self.cost <= self.lower_bound_cost
    }
}

/// Chooses a region for each buffer, as cheap as possible, and makes a plan of each region within
/// its capacity.
///
/// # Errors
///
/// [`RegionError::DoesNotFit`] if no assignment was found; there may be one all the same, unless
/// the error says that none is. Another [`RegionError`] for wrong input; for more than 8,192
/// buffers it is [`Error::TooManyBuffers`].
pub fn assign<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    regions: &[Region],
    demands: &[Demand],
    options: &Options,
) -> Result<Assignment, RegionError> {
    let model = Model::new(problem, alignment, regions, demands)?;
    let mut packer = Packer::new(&model, options.nodes);
    let orders = model.orders();
    let layouts = orders.iter().map(|order| Layout::in_order(&mut packer, order));
    // The first of the best.
    let best = layouts.min_by_key(|layout| layout.score(&model));
    let mut layout = best.ok_or(Error::Overflow { index: 0 })?;
    layout.improve(&mut packer);

    let (left_over, mut cost) = layout.score(&model);
    let known = (left_over == 0).then_some(cost);
    let least = model.bound();
    let mut is_complete = known == Some(least);
    if !is_complete {
        let order = orders.get(1).map_or(&[][..], |order| order);
        let outcome = tree::search(&mut packer, order, known, least);
        is_complete = outcome.is_complete;
        if let Some(chosen) = outcome.regions {
            layout = Layout::of(&mut packer, &chosen);
            cost = layout.score(&model).1;
        }
    }
    if !layout.is_full() {
        layout.settle(&model, is_complete)?;
        cost = layout.score(&model).1;
    }
    let mut assignment = Assignment {
        places: vec![Place::default(); model.len()],
        peak_bytes: Vec::with_capacity(regions.len()),
        lower_bound_bytes: Vec::with_capacity(regions.len()),
        cost,
        lower_bound_cost: if is_complete { cost } else { least },
        nodes: options.nodes - packer.left,
    };
    for region in 0..regions.len() {
        assignment.plan(&model, &layout, region, options);
    }
    Ok(assignment)
}

impl Assignment {
    /// Makes the final plan of a region.
    fn plan<P: Problem + ?Sized>(
        &mut self,
        model: &Model<'_, P>,
        layout: &Layout,
        region: usize,
        options: &Options,
    ) {
        let members = layout.members(region);
        let part = Part { problem: model.problem.problem, members: &members };
        let &Options { nodes, threads } = options;
        let options = exact::Options { nodes, threads };
        let planned = solve(&part, model.problem.alignment, &options, &mut |_| {});
        // The packing by which the regions were chosen is a plan as well.
        let mut offsets: Vec<u32> = members.iter().map(|&member| layout.offsets[member]).collect();
        let ends = members.iter().zip(&offsets);
        let ends = ends.map(|(&member, offset)| offset + model.items[member].bytes);
        let mut peak = ends.max().unwrap_or(0);
        let mut lower_bound = 0;
        if let Ok(solution) = planned {
            self.nodes += solution.nodes;
            lower_bound = solution.lower_bound;
            if solution.bytes < peak {
                peak = solution.bytes;
                offsets = solution.offsets;
            }
        }
        for (&member, offset) in members.iter().zip(offsets) {
            self.places[member] = Place { region, offset };
        }
        self.peak_bytes.push(peak);
        self.lower_bound_bytes.push(lower_bound);
    }
}
