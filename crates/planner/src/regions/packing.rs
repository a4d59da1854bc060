//! Packs some buffers into one region.

use std::collections::HashMap;
use std::vec::Vec;

use super::model::Model;
use crate::exact::{self, Fit, NoPlan, fit, solve};
use crate::{Buffer, Overlap, Problem};

/// The number of buffers that a search for one packing may place.
pub(super) const FIT_NODES: u64 = 20_000;
/// The nodes that one placement by a heuristic counts for.
const HEURISTICS: u64 = 8;

/// Some of the buffers of a problem.
pub(super) struct Part<'a, P: ?Sized> {
    pub(super) problem: &'a P,
    pub(super) members: &'a [usize],
}

impl<P: Problem + ?Sized> Problem for Part<'_, P> {
    fn len(&self) -> usize {
        self.members.len()
    }

    fn buffer(&self, index: usize) -> Buffer {
        self.members.get(index).map_or(Buffer::default(), |&member| self.problem.buffer(member))
    }

    fn overlap(&self, output: usize, input: usize) -> Overlap {
        match (self.members.get(output), self.members.get(input)) {
            (Some(&output), Some(&input)) => self.problem.overlap(output, input),
            _ => Overlap::NONE,
        }
    }
}

/// The result of packing some buffers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// At these offsets.
    Fits(Vec<u32>),
    /// There is no plan.
    Fails,
    /// None was found.
    Unknown,
}

/// Makes packings and remembers them.
pub(super) struct Packer<'m, 'a, P: ?Sized> {
    pub(super) model: &'m Model<'a, P>,
    known: HashMap<(usize, Vec<usize>), Packing>,
    /// The nodes that are left.
    pub(super) left: u64,
}

impl<'m, 'a, P: Problem + ?Sized> Packer<'m, 'a, P> {
    pub(super) fn new(model: &'m Model<'a, P>, nodes: u64) -> Self {
        Self { model, known: HashMap::new(), left: nodes }
    }

    /// Uses some of the nodes; returns whether there were any left.
    pub(super) fn spend(&mut self, nodes: u64) -> bool {
        let was_left = self.left > 0;
        self.left = self.left.saturating_sub(nodes);
        was_left
    }

    /// Returns whether these buffers, in ascending order, fit into a region.
    pub(super) fn pack(&mut self, region: usize, members: Vec<usize>) -> Packing {
        if let Some(offsets) = self.apart(region, &members) {
            return Packing::Fits(offsets);
        }
        if let Some(known) = self.known.get(&(region, members.clone())) {
            return known.clone();
        }
        if !self.spend(HEURISTICS * (members.len() as u64 + 1)) {
            return Packing::Unknown;
        }
        let packing = self.search(region, &members);
        self.known.insert((region, members), packing.clone());
        packing
    }

    /// Places one after the other, if there is so much room and none is fixed.
    fn apart(&self, region: usize, members: &[usize]) -> Option<Vec<u32>> {
        let mut end = 0_u32;
        let offset = |&member: &usize| {
            let offset = end;
            end = end.checked_add(self.model.items[member].bytes)?;
            self.model.problem.buffer(member).fixed.is_none().then_some(offset)
        };
        let offsets = members.iter().map(offset).collect();
        if end <= self.model.regions[region].capacity_bytes { offsets } else { None }
    }

    fn search(&mut self, region: usize, members: &[usize]) -> Packing {
        let part = Part { problem: self.model.problem.problem, members };
        let capacity = self.model.regions[region].capacity_bytes;
        let alignment = self.model.problem.alignment;
        let heuristics = exact::Options { nodes: 0, threads: 1 };
        // An error means that the plan does not fit 32 bits.
        let planned = solve(&part, alignment, &heuristics, &mut |_| {});
        match planned {
            Ok(solution) if solution.bytes <= capacity => return Packing::Fits(solution.offsets),
            Ok(solution) if solution.lower_bound > capacity => return Packing::Fails,
            _ => {}
        }
        let options = exact::Options { nodes: FIT_NODES, threads: 1 };
        let Ok(Fit { answer, nodes }) = fit(&part, alignment, capacity, &options) else {
            return Packing::Unknown; // too many
        };
        self.spend(nodes);
        match answer {
            Some(Ok(offsets)) => Packing::Fits(offsets),
            Some(Err(NoPlan)) => Packing::Fails,
            None => Packing::Unknown,
        }
    }
}
