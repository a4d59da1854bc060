//! Branch and bound: is there a plan within a capacity?
//!
//! It places buffers in the order of their offsets, each at its *floor*, the lowest offset above
//! all earlier ones that are in its way. That finds every plan that cannot be pushed down any
//! further, in exactly one order if buffers with equal offsets go by rank.

use core::ops::Range;
use core::sync::atomic::{AtomicBool, Ordering};
use std::vec;
use std::vec::Vec;

use super::model::Model;

/// The reason why a search ended without answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stopped;

/// Marks a section without waiting buffers.
const EMPTY: u32 = u32::MAX;

pub(super) struct Search<'a> {
    model: &'a Model,
    /// Of equal floors, the buffer with the lower rank is placed first.
    rank: &'a [u32],
    capacity: u32,
    /// The number of buffers that may still be placed.
    nodes: u64,
    cancelled: &'a AtomicBool,
    /// The offsets of placed buffers.
    pub(super) floors: Vec<u32>,
    is_placed: Vec<bool>,
    /// For each section, the highest floor from which all that waits there could still fit.
    room: Vec<u32>,
    /// For each section, how many waiting buffers are live in it and in the one before.
    crossing: Vec<u32>,
    /// Placed buffers, to be taken off again.
    trail: Vec<u32>,
    /// Floors before they were raised.
    raised: Vec<(u32, u32)>,
    /// Lists of buffers, one after the other.
    lists: Vec<u32>,
    /// For each section, the lowest offset that a waiting buffer can get.
    lowest: Vec<u32>,
    /// The lowest offset that a waiting buffer can get, and the buffer.
    offsets: Vec<(u32, u32)>,
    /// For each section, how often it was too full.
    pub(super) blame: Vec<u32>,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        model: &'a Model,
        rank: &'a [u32],
        capacity: u32,
        nodes: u64,
        cancelled: &'a AtomicBool,
    ) -> Self {
        let mut crossing = vec![0; model.section_len + 1];
        for &(first, end) in &model.spans {
            for count in &mut crossing[first as usize + 1..end as usize] {
                *count += 1;
            }
        }
        Self {
            model,
            rank,
            capacity,
            nodes,
            cancelled,
            floors: model.fixed.iter().map(|fixed| fixed.unwrap_or(0)).collect(),
            is_placed: vec![false; model.len()],
            room: Vec::new(),
            crossing,
            trail: Vec::new(),
            raised: Vec::new(),
            lists: Vec::new(),
            lowest: vec![EMPTY; model.section_len],
            offsets: Vec::new(),
            blame: vec![0; model.section_len],
        }
    }

    /// Returns whether there is a plan; if so, `floors` are its offsets.
    pub(super) fn run(&mut self) -> Result<bool, Stopped> {
        let model = self.model;
        let too_large = model.bytes.iter().any(|&bytes| bytes > self.capacity);
        if too_large || model.fixed_end > self.capacity {
            return Ok(false);
        }
        for load in model.loads() {
            match u64::from(self.capacity).checked_sub(load) {
                Some(room) => self.room.push(room as u32),
                None => return Ok(false),
            }
        }
        self.lists = (0..self.model.len() as u32).collect();
        self.split(0..self.model.len(), 0..self.model.section_len, None)
    }

    pub(super) const fn nodes_left(&self) -> u64 {
        self.nodes
    }

    /// Solves the parts of `sections` that no waiting buffer connects, one after the other.
    ///
    /// `members` of `lists` are the waiting buffers in `sections`, `last` is what was placed there
    /// before.
    fn split(
        &mut self,
        members: Range<usize>,
        sections: Range<usize>,
        last: Option<u32>,
    ) -> Result<bool, Stopped> {
        let mut start = sections.start;
        let mut parts: Vec<(usize, Range<usize>)> = Vec::new();
        for section in sections.start + 1..=sections.end {
            if section == sections.end || self.crossing[section] == 0 {
                parts.push((0, start..section));
                start = section;
            }
        }
        let part_of = |search: &Self, parts: &[(usize, Range<usize>)], at: usize| {
            let first = search.model.spans[search.lists[at] as usize].0 as usize;
            parts.partition_point(|(_, part)| part.end <= first)
        };
        for at in members.clone() {
            let part = part_of(self, &parts, at);
            parts[part].0 += 1;
        }
        let mut order: Vec<usize> = (0..parts.len()).filter(|&part| parts[part].0 != 0).collect();
        // The small ones first: they fail soonest.
        order.sort_by_key(|&part| parts[part].0);
        for part in order {
            let start = self.lists.len();
            for at in members.clone() {
                if part_of(self, &parts, at) == part {
                    self.lists.push(self.lists[at]);
                }
            }
            let solved = self.solve(start..self.lists.len(), parts[part].1.clone(), last);
            self.lists.truncate(start);
            if !solved? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Places all `members`; if there is no way, nothing has changed.
    fn solve(
        &mut self,
        members: Range<usize>,
        sections: Range<usize>,
        last: Option<u32>,
    ) -> Result<bool, Stopped> {
        if members.is_empty() {
            return Ok(true);
        }
        let Some(lowest_end) = self.infer(members.clone(), sections.clone(), last) else {
            return Ok(false);
        };
        let candidates = self.lists.len();
        for at in members.clone() {
            let buffer = self.lists[at];
            let floor = self.floors[buffer as usize];
            let twin_waits = self.model.twins[buffer as usize]
                .is_some_and(|twin| !self.is_placed[twin as usize]);
            // A buffer that ends below another's floor comes before it.
            if floor < lowest_end && !twin_waits && !self.is_late(buffer, last) {
                self.lists.push(buffer);
            }
        }
        let (floors, rank) = (&self.floors, self.rank);
        self.lists[candidates..]
            .sort_unstable_by_key(|&buffer| (floors[buffer as usize], rank[buffer as usize]));
        let children = self.lists.len();
        for at in candidates..children {
            let buffer = self.lists[at];
            self.spend()?;
            let (placed, raised) = (self.trail.len(), self.raised.len());
            let must_split = self.place(buffer);
            for at in members.clone() {
                if self.lists[at] != buffer {
                    self.lists.push(self.lists[at]);
                }
            }
            let rest = children..self.lists.len();
            let solved = if must_split {
                self.split(rest, sections.clone(), Some(buffer))
            } else {
                self.solve(rest, sections.clone(), Some(buffer))
            };
            self.lists.truncate(children);
            if solved? {
                return Ok(true);
            }
            self.take_back(placed, raised);
        }
        self.lists.truncate(candidates);
        Ok(false)
    }

    fn spend(&mut self) -> Result<(), Stopped> {
        self.nodes = self.nodes.checked_sub(1).ok_or(Stopped)?;
        if self.nodes.is_multiple_of(1024) && self.cancelled.load(Ordering::Relaxed) {
            return Err(Stopped);
        }
        Ok(())
    }

    /// Returns whether the buffer, at its floor, would have had to be placed before `last`.
    fn is_late(&self, buffer: u32, last: Option<u32>) -> bool {
        let Some(last) = last else { return false };
        let key = |buffer: u32| (self.floors[buffer as usize], self.rank[buffer as usize]);
        // Of two that may overlap, it can matter which is "below" in the same place.
        key(buffer) < key(last)
            && !(self.floors[buffer as usize] == self.floors[last as usize]
                && self.model.may_overlap(last, buffer))
    }

    /// Draws conclusions: `None` if there is no way, else the lowest end of a waiting buffer at its
    /// floor.
    fn infer(
        &mut self,
        members: Range<usize>,
        sections: Range<usize>,
        last: Option<u32>,
    ) -> Option<u32> {
        let current = last.map_or(0, |last| self.floors[last as usize]);
        self.lowest[sections.clone()].fill(EMPTY);
        self.offsets.clear();
        let mut lowest_end = u32::MAX;
        for at in members {
            let buffer = self.lists[at];
            let i = buffer as usize;
            let (floor, bytes) = (self.floors[i], self.model.bytes[i]);
            lowest_end = lowest_end.min(floor.saturating_add(bytes));
            let offset =
                if self.is_late(buffer, last) { self.lifted(buffer, current)? } else { floor };
            if self.model.fixed[i].is_some_and(|fixed| fixed != offset) {
                return None;
            }
            if offset > self.capacity - bytes {
                return None;
            }
            self.offsets.push((offset, buffer));
            for piece in self.model.pieces(i) {
                for lowest in &mut self.lowest[piece.sections()] {
                    *lowest = offset.min(*lowest);
                }
            }
        }
        let is_full = |(&lowest, &room): (&u32, &u32)| (lowest > room) & (lowest != EMPTY);
        let levels = || self.lowest[sections.clone()].iter().zip(&self.room[sections.clone()]);
        if levels().fold(false, |full, level| full | is_full(level)) {
            let full: Vec<bool> = levels().map(is_full).collect();
            for (blame, full) in self.blame[sections].iter_mut().zip(full) {
                *blame += u32::from(full);
            }
            return None;
        }
        self.all_fit_above_each(sections).then_some(lowest_end)
    }

    /// Whether, for each waiting buffer, it and all that can only lie as high or higher fit above
    /// the offset that it can get.
    fn all_fit_above_each(&mut self, sections: Range<usize>) -> bool {
        self.offsets.sort_unstable_by(|a, b| b.cmp(a));
        let sums = &mut self.lowest;
        sums[sections].fill(0);
        for &(offset, buffer) in &self.offsets {
            let i = buffer as usize;
            let (first, end) = (self.model.spans[i].0 as usize, self.model.spans[i].1 as usize);
            let room = self.capacity - offset;
            // The discounted sum of a section is at most the capacity, and it is so from the first
            // on.
            let (off_first, off_last) = self.model.discounts[i];
            sums[first] = sums[first].wrapping_sub(off_first);
            sums[end - 1] = sums[end - 1].wrapping_sub(off_last);
            for piece in self.model.pieces(i) {
                let mut highest = 0;
                for sum in &mut sums[piece.sections()] {
                    *sum = sum.wrapping_add(piece.bytes);
                    highest = highest.max(*sum);
                }
                if highest > room {
                    let full = sums[piece.sections()].iter().position(|&sum| sum == highest);
                    self.blame[piece.first as usize + full.unwrap_or(0)] += 1;
                    return false;
                }
            }
        }
        true
    }

    /// Returns the lowest offset that a buffer can still get which can no longer be placed at its
    /// floor.
    ///
    /// Something that is yet to be placed must take the place that it would have had.
    fn lifted(&self, buffer: u32, current: u32) -> Option<u32> {
        let floor = self.floors[buffer as usize];
        let above = self.model.neighbours(buffer).iter().filter_map(|pair| {
            let other = pair.other as usize;
            let offset = self.floors[other].max(current);
            // A floor that leaves the buffer no room below the capacity is only noticed later.
            let in_the_way = !self.is_placed[other] && offset < floor.saturating_add(pair.below);
            in_the_way.then_some(offset.saturating_add(pair.above))
        });
        above.min().map(|offset| self.model.aligned(buffer as usize, offset.max(current)))
    }

    /// Puts a buffer at its floor; whether that leaves sections which no waiting buffer connects.
    fn place(&mut self, buffer: u32) -> bool {
        let i = buffer as usize;
        let offset = self.floors[i];
        self.is_placed[i] = true;
        self.trail.push(buffer);
        for pair in self.model.neighbours(buffer) {
            let other = pair.other as usize;
            let floor = self.model.aligned(other, offset + pair.below);
            if !self.is_placed[other] && self.floors[other] < floor {
                self.raised.push((pair.other, self.floors[other]));
                self.floors[other] = floor;
            }
        }
        let (first, end) = self.model.spans[i];
        // Only the result lies between 0 and the capacity.
        for piece in self.model.pieces(i) {
            for room in &mut self.room[piece.sections()] {
                *room = room.wrapping_add(piece.bytes);
            }
        }
        let (off_first, off_last) = self.model.discounts[i];
        let [first_room, last_room] = [first as usize, end as usize - 1];
        self.room[first_room] = self.room[first_room].wrapping_sub(off_first);
        self.room[last_room] = self.room[last_room].wrapping_sub(off_last);
        let mut must_split = false;
        for count in &mut self.crossing[first as usize + 1..end as usize] {
            *count -= 1;
            must_split |= *count == 0;
        }
        must_split
    }

    /// Takes buffers off until `placed` are left, and lowers the floors they raised.
    fn take_back(&mut self, placed: usize, raised: usize) {
        for (buffer, floor) in self.raised.drain(raised..).rev() {
            self.floors[buffer as usize] = floor;
        }
        for buffer in self.trail.drain(placed..) {
            let i = buffer as usize;
            self.is_placed[i] = false;
            let (first, end) = self.model.spans[i];
            let (off_first, off_last) = self.model.discounts[i];
            let [first_room, last_room] = [first as usize, end as usize - 1];
            self.room[first_room] = self.room[first_room].wrapping_add(off_first);
            self.room[last_room] = self.room[last_room].wrapping_add(off_last);
            for piece in self.model.pieces(i) {
                for room in &mut self.room[piece.sections()] {
                    *room = room.wrapping_sub(piece.bytes);
                }
            }
            for count in &mut self.crossing[first as usize + 1..end as usize] {
                *count += 1;
            }
        }
    }
}
