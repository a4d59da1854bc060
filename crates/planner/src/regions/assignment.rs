//! The whole search: it assigns regions, improves and proves that, and plans each region.

use std::vec;
use std::vec::Vec;

use super::demand::{Demand, Region};
use super::error::RegionError;
use super::layout::Layout;
use super::model::Model;
use super::packing::{Packer, Part};
use super::tree;
use crate::exact::{self, solve};
use crate::{Error, Problem};

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
