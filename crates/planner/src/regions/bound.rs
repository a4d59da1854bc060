//! A bound below the cost of every assignment.

use core::cmp::Ordering;
use std::vec;
use std::vec::Vec;

use super::model::Model;
use crate::Problem;

/// A buffer that may leave its best region: its bytes, and the least extra cost of that.
#[derive(Clone, Copy)]
struct Leaver {
    bytes: u64,
    more: u128,
}

impl Leaver {
    /// Compares the extra cost of a byte. The products fit: costs are below 2^96, bytes below 2^32.
    fn compare(&self, other: &Self) -> Ordering {
        (self.more * u128::from(other.bytes)).cmp(&(other.more * u128::from(self.bytes)))
    }
}

impl<P: Problem + ?Sized> Model<'_, P> {
    /// Returns a bound below the cost of every assignment: the cost of all buffers in their best
    /// regions, and the extra cost because these do not have room for all.
    ///
    /// Of the buffers that are live in one section, the excess bytes must go to a region that is at
    /// best the second: if need be parts of buffers, the cheapest first. Sections with no buffer in
    /// common add up.
    pub(super) fn bound(&self) -> u128 {
        let mut live: Vec<Vec<usize>> = vec![Vec::new(); self.shared.len()];
        for (buffer, sections) in self.sections.iter().enumerate() {
            sections.clone().for_each(|section| live[section].push(buffer));
        }
        // The most that the sections before each one add.
        let mut most = vec![0; live.len() + 1];
        for (section, live) in live.iter().enumerate() {
            let firsts = live.iter().map(|&buffer| self.sections[buffer].start);
            let earliest = firsts.min().unwrap_or(section);
            let with = self.crowding(section, live) + most[earliest];
            most[section + 1] = with.max(most[section]);
        }
        let least: u128 = (0..self.len()).map(|buffer| self.least_cost(buffer)).sum();
        least.saturating_add(most.last().copied().unwrap_or(0))
    }

    /// Returns the extra cost that too many live buffers in a section cause.
    fn crowding(&self, section: usize, live: &[usize]) -> u128 {
        let crowded = |region: usize| {
            let here = live.iter().filter(|&&buffer| self.allowed[buffer].first() == Some(&region));
            let total: u64 = here.clone().map(|&buffer| u64::from(self.items[buffer].bytes)).sum();
            let room = u64::from(self.regions[region].capacity_bytes) + self.shared[section];
            let leavers = here.filter_map(|&buffer| self.leaver(buffer)).collect();
            cheapest(leavers, total.saturating_sub(room))
        };
        (0..self.regions.len()).map(crowded).sum()
    }

    fn leaver(&self, buffer: usize) -> Option<Leaver> {
        let bytes = self.items[buffer].bytes.into();
        match self.allowed[buffer][..] {
            [best, second, ..] if bytes != 0 => {
                let more = self.cost(buffer, second) - self.cost(buffer, best);
                Some(Leaver { bytes, more })
            }
            _ => None,
        }
    }
}

/// Returns the least cost of moving so many bytes to other regions.
fn cheapest(mut leavers: Vec<Leaver>, mut bytes: u64) -> u128 {
    leavers.sort_by(Leaver::compare);
    let mut sum = 0;
    for leaver in leavers {
        if bytes < leaver.bytes {
            return sum + leaver.more * u128::from(bytes) / u128::from(leaver.bytes);
        }
        bytes -= leaver.bytes;
        sum += leaver.more;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regions::{Demand, Region};
    use crate::{Buffer, Overlap, Permission, WithOverlaps};

    fn bound(buffers: &[Buffer], permissions: &[Permission], capacity: u32) -> u128 {
        let problem = WithOverlaps::new(buffers, permissions).unwrap();
        let regions = [Region::new(capacity, 1), Region::unlimited(3)];
        let demands = vec![Demand::default(); buffers.len()];
        Model::new(&problem, 1, &regions, &demands).unwrap().bound()
    }

    #[test]
    fn what_is_too_much_costs_more() {
        let pair = [Buffer::new(96, 0, 1), Buffer::new(64, 1, 2)];
        assert_eq!(bound(&pair, &[], 160), 160);
        assert_eq!(bound(&pair, &[], 150), 160 + 2 * 10);
        // Another pair later, and one buffer that is live with both: only one pair counts.
        let later = [pair[0], pair[1], Buffer::new(96, 3, 4), Buffer::new(64, 4, 5)];
        assert_eq!(bound(&later, &[], 150), 2 * (160 + 2 * 10));
        let bridged = [&later[..], &[Buffer::new(1, 0, 5)]].concat();
        assert_eq!(bound(&bridged, &[], 150), 2 * 160 + 1 + 2 * 11);
    }

    #[test]
    fn what_can_be_shared_is_not_too_much() {
        let pair = [Buffer::new(96, 0, 1), Buffer::new(64, 1, 2)];
        let overlap = Overlap { below: Some(16), above: None };
        let permission = Permission { output: 1, input: 0, overlap };
        assert_eq!(bound(&pair, &[permission], 112), 160);
        assert_eq!(bound(&pair, &[permission], 111), 160 + 2);
    }
}
