//! Tries all assignments of regions, except those that cannot be better: exact while nodes last.

use std::vec;
use std::vec::Vec;

use super::model::{Load, Model};
use super::packing::{Packer, Packing};
use crate::Problem;

/// With more buffers that have a choice, there is no search.
const MAX_CHOICES: usize = 256;

/// The result of the search.
pub(super) struct Outcome {
    /// The region of each buffer, if that costs less than the best known assignment.
    pub(super) regions: Option<Vec<usize>>,
    /// Whether nothing costs less.
    pub(super) is_complete: bool,
}

struct Tree<'t, 'm, 'a, P: ?Sized> {
    packer: &'t mut Packer<'m, 'a, P>,
    order: &'t [usize],
    /// The least cost of the buffers from each place in the order on.
    rest: Vec<u128>,
    /// The cost to be below; `None`: any cost is better.
    best: Option<u128>,
    /// No assignment costs less.
    bound: u128,
    regions: Vec<usize>,
    members: Vec<Vec<usize>>,
    loads: Vec<Load>,
    outcome: Outcome,
}

/// Looks for the cheapest assignment that costs less than `best`, if given; none costs less than
/// `bound`.
pub(super) fn search<P: Problem + ?Sized>(
    packer: &mut Packer<'_, '_, P>,
    order: &[usize],
    best: Option<u128>,
    bound: u128,
) -> Outcome {
    let model = packer.model;
    let outcome = Outcome { regions: None, is_complete: false };
    let choices = model.allowed.iter().filter(|allowed| allowed.len() > 1).count();
    if choices > MAX_CHOICES {
        return outcome;
    }
    let mut rest = vec![0; order.len() + 1];
    for (at, &buffer) in order.iter().enumerate().rev() {
        rest[at] = rest[at + 1] + model.least_cost(buffer);
    }
    let mut tree = Tree {
        rest,
        best,
        bound,
        order,
        regions: vec![0; model.len()],
        members: vec![Vec::new(); model.regions.len()],
        loads: vec![model.no_load(); model.regions.len()],
        packer,
        outcome: Outcome { is_complete: true, ..outcome },
    };
    tree.grow(0, 0);
    tree.outcome
}

impl<P: Problem + ?Sized> Tree<'_, '_, '_, P> {
    /// Tries the regions of the next buffer; `cost` is that of the buffers before.
    fn grow(&mut self, at: usize, cost: u128) {
        let model: &Model<'_, P> = self.packer.model;
        let Some(&buffer) = self.order.get(at) else {
            self.best = Some(cost);
            self.outcome.regions = Some(self.regions.clone());
            return;
        };
        for &region in &model.allowed[buffer] {
            let cost = cost + model.cost(buffer, region);
            // All regions after this one cost more.
            let least = self.bound.max(cost + self.rest[at + 1]);
            if self.best.is_some_and(|best| least >= best) {
                return;
            }
            if !self.packer.spend(1) {
                self.outcome.is_complete = false;
                return;
            }
            if !model.may_fit(&self.loads[region], buffer, region) {
                continue;
            }
            let before = self.members[region].clone();
            let place = before.partition_point(|&member| member < buffer);
            self.members[region].insert(place, buffer);
            let packing = self.packer.pack(region, self.members[region].clone());
            self.outcome.is_complete &= packing != Packing::Unknown;
            if matches!(packing, Packing::Fits(_)) {
                self.regions[buffer] = region;
                model.add(&mut self.loads[region], buffer);
                self.grow(at + 1, cost);
                model.subtract(&mut self.loads[region], buffer);
            }
            self.members[region] = before;
        }
    }
}
