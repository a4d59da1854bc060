//! The buffers, the regions in which they may lie, and the costs.

use core::cmp::Reverse;
use core::ops::Range;
use std::collections::BTreeMap;
use std::vec;
use std::vec::Vec;

use super::demand::{Demand, Region};
use super::error::RegionError;
use crate::rounded::{Item, Rounded};
use crate::{Error, Problem};

/// The most buffers of a problem: the time grows with pairs of them.
const MAX_BUFFERS: usize = 8_192;

pub(super) struct Model<'a, P: ?Sized> {
    pub(super) problem: Rounded<'a, P>,
    pub(super) regions: &'a [Region],
    pub(super) items: Vec<Item>,
    /// The regions in which each buffer may lie; the one that costs least comes first.
    pub(super) allowed: Vec<Vec<usize>>,
    /// The cost of a buffer's bytes if a byte costs one.
    pub(super) touched: Vec<u128>,
    /// The first steps of buffers divide time into sections; these are the sections in which each
    /// buffer is live.
    pub(super) sections: Vec<Range<usize>>,
    /// The bytes that buffers can share in each section.
    pub(super) shared: Vec<u64>,
}

/// The bytes of a region that are in use, by section.
pub(super) type Load = Vec<u64>;

impl<'a, P: Problem + ?Sized> Model<'a, P> {
    pub(super) fn new(
        problem: &'a P,
        alignment: u32,
        regions: &'a [Region],
        demands: &[Demand],
    ) -> Result<Self, RegionError> {
        let problem = Rounded::new(problem, alignment)?;
        let (len, max) = (problem.len(), u32::BITS as usize);
        if len > MAX_BUFFERS {
            return Err(Error::TooManyBuffers { len, max: MAX_BUFFERS }.into());
        }
        if !(1..=max).contains(&regions.len()) {
            return Err(RegionError::RegionsLen { len: regions.len(), max });
        }
        if demands.len() != len {
            return Err(RegionError::DemandsLen { expected: len, actual: demands.len() });
        }
        let mut allowed = Vec::with_capacity(len);
        for (buffer, demand) in demands.iter().enumerate() {
            let exists = |&region: &usize| demand.regions & (1 << region) != 0;
            let mut those: Vec<usize> = (0..regions.len()).filter(exists).collect();
            if those.is_empty() {
                return Err(RegionError::Mask { buffer, regions: demand.regions });
            }
            those.sort_by_key(|&region| regions[region].cost);
            allowed.push(those);
        }
        let items: Vec<Item> = problem.items().collect();
        let is_limited = |item: &&Item| {
            let (problem, index) = (problem.problem, item.index);
            let gap = problem.gap(index, item.lifetime.first);
            gap.is_some() || problem.alignment(index) > alignment
        };
        if let Some(&Item { index: buffer, .. }) = items.iter().find(is_limited) {
            return Err(RegionError::Limited { buffer });
        }
        let touched = demands.iter().enumerate().map(|(index, demand)| {
            u128::from(demand.weight) * u128::from(problem.buffer(index).bytes)
        });
        let mut model = Self {
            problem,
            regions,
            allowed,
            touched: touched.collect(),
            sections: Vec::new(),
            shared: Vec::new(),
            items,
        };
        model.divide();
        Ok(model)
    }

    /// Finds the sections, and the bytes that buffers can share in them.
    fn divide(&mut self) {
        let mut firsts: Vec<u32> = self.items.iter().map(|item| item.lifetime.first).collect();
        firsts.sort_unstable();
        firsts.dedup();
        let span = |item: &Item| {
            let start = firsts.partition_point(|&first| first < item.lifetime.first);
            start..firsts.partition_point(|&first| first <= item.lifetime.last)
        };
        self.sections = self.items.iter().map(span).collect();
        self.shared = vec![0; firsts.len()];
        let mut dying: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for item in &self.items {
            dying.entry(item.lifetime.last).or_default().push(item.index);
        }
        for (output, sections) in self.items.iter().zip(&self.sections) {
            for &input in dying.get(&output.lifetime.first).into_iter().flatten() {
                let input = &self.items[input];
                let dies = input.lifetime.dies_for(output.lifetime);
                let shared = if dies { self.problem.shared(output, input) } else { 0 };
                self.shared[sections.start] += u64::from(shared);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn cost(&self, buffer: usize, region: usize) -> u128 {
        self.touched[buffer] * u128::from(self.regions[region].cost)
    }

    /// Returns the least cost of a buffer.
    pub(super) fn least_cost(&self, buffer: usize) -> u128 {
        self.allowed[buffer].first().map_or(0, |&region| self.cost(buffer, region))
    }

    pub(super) fn no_load(&self) -> Load {
        vec![0; self.shared.len()]
    }

    pub(super) fn add(&self, load: &mut Load, buffer: usize) {
        let bytes = u64::from(self.items[buffer].bytes);
        load[self.sections[buffer].clone()].iter_mut().for_each(|sum| *sum += bytes);
    }

    pub(super) fn subtract(&self, load: &mut Load, buffer: usize) {
        let bytes = u64::from(self.items[buffer].bytes);
        load[self.sections[buffer].clone()].iter_mut().for_each(|sum| *sum -= bytes);
    }

    /// Returns whether a region may have room for one more buffer: if not, no plan of it has.
    pub(super) fn may_fit(&self, load: &Load, buffer: usize, region: usize) -> bool {
        let most = u64::from(self.regions[region].capacity_bytes);
        let bytes = u64::from(self.items[buffer].bytes);
        let sections = self.sections[buffer].clone();
        let mut loads = load[sections.clone()].iter().zip(&self.shared[sections]);
        loads.all(|(load, shared)| load + bytes <= most + shared)
    }

    /// Sequences of buffers in which to hand out the regions.
    ///
    /// In each sequence, buffers without a choice come first. The first sequence then has those
    /// first that save most for the time that they occupy a region that is too small for all
    /// candidates.
    pub(super) fn orders(&self) -> Vec<Vec<usize>> {
        let mut wanted = vec![self.no_load(); self.regions.len()];
        for (buffer, allowed) in self.allowed.iter().enumerate() {
            allowed.first().iter().for_each(|&&region| self.add(&mut wanted[region], buffer));
        }
        let crowded = |buffer: usize| {
            let region = self.allowed[buffer].first().copied().unwrap_or(0);
            let most = u64::from(self.regions[region].capacity_bytes);
            let sections = &wanted[region][self.sections[buffer].clone()];
            sections.iter().filter(|&&load| load > most).count() as u128
        };
        let saved = |buffer: usize| match self.allowed[buffer][..] {
            [best, next, ..] => self.cost(buffer, next) - self.cost(buffer, best),
            _ => 0,
        };
        let has_choice = |buffer: usize| self.allowed[buffer].len() > 1;
        let bytes = |buffer: usize| u128::from(self.items[buffer].bytes);
        // Counts thousandths, so that rounding hardly matters.
        let density = |buffer: usize| {
            let area = bytes(buffer).max(1) * crowded(buffer);
            (saved(buffer) * 1_000).checked_div(area).unwrap_or(u128::MAX)
        };
        let sorted = |value: &dyn Fn(usize) -> u128| {
            let mut order: Vec<usize> = (0..self.len()).collect();
            order.sort_by_cached_key(|&buffer| {
                (has_choice(buffer), Reverse(value(buffer)), Reverse(bytes(buffer)), buffer)
            });
            order
        };
        vec![sorted(&density), sorted(&saved), sorted(&bytes)]
    }
}
