//! Assigns regions buffer by buffer, and improves the result.

use core::cmp::Reverse;
use std::vec;
use std::vec::Vec;

use super::error::RegionError;
use super::model::{Load, Model};
use super::packing::{FIT_NODES, Packer, Packing, Part};
use crate::Problem;
use crate::exact::{self, solve};

/// The places of some of the buffers: never two in each other's way, and none beyond the capacity
/// of its region.
#[derive(Clone)]
pub(super) struct Layout {
    /// The region of each buffer that has one.
    pub(super) regions: Vec<Option<usize>>,
    pub(super) offsets: Vec<u32>,
    loads: Vec<Load>,
}

/// The quality of a layout: less is better; the bytes without a place count first.
pub(super) type Score = (usize, u128);

impl Layout {
    fn new<P: Problem + ?Sized>(model: &Model<'_, P>) -> Self {
        Self {
            regions: vec![None; model.len()],
            offsets: vec![0; model.len()],
            loads: vec![model.no_load(); model.regions.len()],
        }
    }

    /// Assigns regions in this order: each buffer gets the cheapest in which there is room.
    pub(super) fn in_order<P: Problem + ?Sized>(
        packer: &mut Packer<'_, '_, P>,
        order: &[usize],
    ) -> Self {
        let model = packer.model;
        let mut layout = Self::new(model);
        for &buffer in order {
            // `any` ends at the first.
            model.allowed[buffer].iter().any(|&region| layout.place(packer, buffer, region));
        }
        layout
    }

    /// Assigns to each buffer the region that was chosen for it.
    pub(super) fn of<P: Problem + ?Sized>(
        packer: &mut Packer<'_, '_, P>,
        chosen: &[usize],
    ) -> Self {
        let mut layout = Self::new(packer.model);
        layout.regions = chosen.iter().copied().map(Some).collect();
        for region in 0..packer.model.regions.len() {
            let members = layout.members(region);
            match packer.pack(region, members.clone()) {
                Packing::Fits(offsets) => layout.move_to(region, &members, &offsets),
                // The regions were packed when they were chosen; only buffers that are known not to
                // fit are left over.
                _ => members.iter().for_each(|&member| layout.regions[member] = None),
            }
        }
        layout
    }

    fn move_to(&mut self, region: usize, members: &[usize], offsets: &[u32]) {
        for (&member, &offset) in members.iter().zip(offsets) {
            self.regions[member] = Some(region);
            self.offsets[member] = offset;
        }
    }

    /// Returns whether every buffer has a place.
    pub(super) fn is_full(&self) -> bool {
        self.regions.iter().all(Option::is_some)
    }

    /// Tries once more to place the buffers that are left over, the largest first. `proven` says
    /// that it is in vain.
    pub(super) fn settle<P: Problem + ?Sized>(
        &mut self,
        model: &Model<'_, P>,
        proven: bool,
    ) -> Result<(), RegionError> {
        let size = |&buffer: &usize| (Reverse(model.items[buffer].bytes), buffer);
        let without = |layout: &Self| {
            let without = (0..model.len()).filter(|&buffer| layout.regions[buffer].is_none());
            without.min_by_key(size)
        };
        while let Some(buffer) = without(self) {
            let mut least: Option<(u32, usize)> = None;
            for &region in &model.allowed[buffer] {
                let short = self.short(model, buffer, region);
                least = Some(least.map_or((short, region), |least| least.min((short, region))));
            }
            match least {
                Some((short_bytes, region)) if short_bytes > 0 => {
                    return Err(RegionError::DoesNotFit { buffer, region, short_bytes, proven });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Returns the bytes that a region lacks for a buffer that is left over; if none, the buffer
    /// gets its place.
    fn short<P: Problem + ?Sized>(
        &mut self,
        model: &Model<'_, P>,
        buffer: usize,
        region: usize,
    ) -> u32 {
        if self.regions[buffer].is_some() {
            return 0;
        }
        let capacity = model.regions[region].capacity_bytes;
        let alone = model.items[buffer].bytes.saturating_sub(capacity);
        if alone > 0 {
            return alone;
        }
        let members = self.with(buffer, region);
        let part = Part { problem: model.problem.problem, members: &members };
        let options = exact::Options { nodes: FIT_NODES, threads: 1 };
        match solve(&part, model.problem.alignment, &options, &mut |_| {}) {
            Ok(solution) if solution.bytes <= capacity => {
                self.move_to(region, &members, &solution.offsets);
                0
            }
            Ok(solution) => solution.bytes - capacity,
            Err(_) => u32::MAX, // more than 32 bits can address
        }
    }

    /// Returns the buffers of a region and one more, in ascending order.
    fn with(&self, buffer: usize, region: usize) -> Vec<usize> {
        let mut members = self.members(region);
        members.insert(members.partition_point(|&member| member < buffer), buffer);
        members
    }

    pub(super) fn score<P: Problem + ?Sized>(&self, model: &Model<'_, P>) -> Score {
        let costs = self.regions.iter().enumerate().map(|(buffer, &region)| match region {
            Some(region) => (0, model.cost(buffer, region)),
            None => (1, 0),
        });
        costs.fold((0, 0), |sum, cost| (sum.0 + cost.0, sum.1.saturating_add(cost.1)))
    }

    /// Returns the buffers of a region, in ascending order.
    pub(super) fn members(&self, region: usize) -> Vec<usize> {
        let here = |buffer: &usize| self.regions[*buffer] == Some(region);
        (0..self.regions.len()).filter(here).collect()
    }

    /// Places a buffer that has no place; returns whether there was room.
    fn place<P: Problem + ?Sized>(
        &mut self,
        packer: &mut Packer<'_, '_, P>,
        buffer: usize,
        region: usize,
    ) -> bool {
        let model = packer.model;
        if !model.may_fit(&self.loads[region], buffer, region) {
            return false;
        }
        if let Some(offset) = self.gap(model, buffer, region) {
            self.offsets[buffer] = offset;
        } else {
            // Packs the whole region anew.
            let members = self.with(buffer, region);
            let Packing::Fits(offsets) = packer.pack(region, members.clone()) else {
                return false;
            };
            self.move_to(region, &members, &offsets);
        }
        self.regions[buffer] = Some(region);
        model.add(&mut self.loads[region], buffer);
        true
    }

    fn remove<P: Problem + ?Sized>(&mut self, model: &Model<'_, P>, buffer: usize) {
        if let Some(region) = self.regions[buffer].take() {
            model.subtract(&mut self.loads[region], buffer);
        }
    }

    /// Returns the lowest free offset among the buffers of the region.
    fn gap<P: Problem + ?Sized>(
        &self,
        model: &Model<'_, P>,
        buffer: usize,
        region: usize,
    ) -> Option<u32> {
        let item = &model.items[buffer];
        // Offsets strictly between these are in the way of another buffer.
        let mut taken: Vec<(i64, i64)> = Vec::new();
        for (other, offset) in model.items.iter().zip(&self.offsets) {
            if self.regions[other.index] != Some(region) {
                continue;
            }
            if let Some(apart) = model.problem.apart(item, other) {
                let offset = i64::from(*offset);
                taken.push((offset - i64::from(apart.below), offset + i64::from(apart.above)));
            }
        }
        taken.sort_unstable();
        let fixed = model.problem.buffer(buffer).fixed;
        let mut lowest = fixed.map_or(0, i64::from);
        for (start, end) in taken {
            if start < lowest && lowest < end {
                if fixed.is_some() {
                    return None;
                }
                lowest = end;
            }
        }
        let offset = u32::try_from(lowest).ok()?;
        let end = offset.checked_add(item.bytes)?;
        (end <= model.regions[region].capacity_bytes).then_some(offset)
    }

    /// Moves buffers to other regions, if there is room for all of them.
    fn attempt<P: Problem + ?Sized>(
        &mut self,
        packer: &mut Packer<'_, '_, P>,
        moves: &[(usize, usize)],
    ) -> bool {
        if !packer.spend(1) {
            return false;
        }
        let before = self.clone();
        moves.iter().for_each(|&(buffer, _)| self.remove(packer.model, buffer));
        let done = moves.iter().all(|&(buffer, region)| self.place(packer, buffer, region));
        if !done {
            *self = before;
        }
        done
    }

    /// Moves single buffers, then exchanges pairs, as long as that is worth it and there are nodes
    /// left.
    pub(super) fn improve<P: Problem + ?Sized>(&mut self, packer: &mut Packer<'_, '_, P>) {
        let mut order: Vec<usize> = (0..packer.model.len()).collect();
        order.sort_by_key(|&buffer| (Reverse(packer.model.touched[buffer]), buffer));
        loop {
            let moved = order.iter().any(|&buffer| self.move_up(packer, buffer));
            let changed =
                moved || order.iter().any(|&buffer| self.exchange(packer, buffer, &order));
            if !changed {
                return;
            }
        }
    }

    /// Returns the regions that are better for a buffer than where it is.
    fn better<'m, P: Problem + ?Sized>(
        &self,
        model: &'m Model<'_, P>,
        buffer: usize,
    ) -> &'m [usize] {
        let allowed = &model.allowed[buffer];
        let Some(now) = self.regions[buffer] else { return allowed };
        let is_better = |&region: &usize| model.cost(buffer, region) < model.cost(buffer, now);
        &allowed[..allowed.partition_point(is_better)]
    }

    fn move_up<P: Problem + ?Sized>(
        &mut self,
        packer: &mut Packer<'_, '_, P>,
        buffer: usize,
    ) -> bool {
        let better = self.better(packer.model, buffer);
        better.iter().any(|&region| self.attempt(packer, &[(buffer, region)]))
    }

    /// Moves a buffer to a better region, and another away from there.
    fn exchange<P: Problem + ?Sized>(
        &mut self,
        packer: &mut Packer<'_, '_, P>,
        buffer: usize,
        order: &[usize],
    ) -> bool {
        let model = packer.model;
        let cost = |buffer: usize, region: Option<usize>| -> Score {
            region.map_or((1, 0), |region| (0, model.cost(buffer, region)))
        };
        let sum = |a: Score, b: Score| (a.0 + b.0, a.1.saturating_add(b.1));
        for &region in self.better(model, buffer) {
            for &other in order.iter().rev() {
                if self.regions[other] != Some(region) || other == buffer {
                    continue;
                }
                let now = sum(cost(buffer, self.regions[buffer]), cost(other, Some(region)));
                let with = |to: usize| sum(cost(buffer, Some(region)), cost(other, Some(to)));
                let targets = model.allowed[other].iter();
                let mut targets = targets.filter(|&&to| to != region && with(to) < now);
                if targets.any(|&to| self.attempt(packer, &[(buffer, region), (other, to)])) {
                    return true;
                }
            }
        }
        false
    }
}
