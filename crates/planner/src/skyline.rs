//! Skyline placement: always the buffer that can go lowest, above everything placed before it.

use crate::Problem;
use crate::order::Order;
use crate::rounded::{Apart, Item, Rounded};

/// Some buffers placed, the others waiting.
///
/// Every plan, pushed down as far as it goes, comes of placing the buffers in the order of their
/// offsets, each at its floor. None of them may be fixed.
///
/// A buffer goes by its rank here: its place in the queue.
pub(crate) struct Skyline<'a, P: ?Sized> {
    pub(crate) problem: &'a Rounded<'a, P>,
    /// Of placed buffers the offset, of others the floor: the lowest offset above all placed ones
    /// that are in the way.
    pub(crate) offsets: &'a mut [u32],
    /// The buffers in some order: of two with the same floor, the one that comes first is placed
    /// first.
    pub(crate) queue: &'a mut [u16],
    /// The ranks of those placed, in the order in which they were, then of those that wait, in any
    /// order.
    pub(crate) stack: &'a mut [u16],
    /// The number of those placed.
    pub(crate) depth: usize,
}

/// A buffer that waits, sorted by when it is to be placed: its floor, and below 32 bits its rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate(u64);

impl Candidate {
    pub(crate) const fn floor(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(crate) const fn rank(self) -> u16 {
        self.0 as u16
    }
}

impl<P: Problem + ?Sized> Skyline<'_, P> {
    /// Takes all buffers off and lines them up, but for those without bytes: they are in nobody's
    /// way at 0.
    pub(crate) fn begin(&mut self, order: &Order<P>) {
        order.sort(self.problem, self.offsets, self.queue);
        self.clear();
    }

    /// The same in the order at hand.
    pub(crate) fn clear(&mut self) {
        self.offsets.fill(0);
        self.depth = 0;
        for at in 0..self.stack.len() {
            let rank = at as u16;
            if let Some(slot) = self.stack.get_mut(at) {
                *slot = rank;
            }
            if self.item(rank).bytes == 0 {
                self.push(at);
            }
        }
    }

    /// Places everything and returns the total; `None` if it does not fit below `limit`.
    pub(crate) fn fill(&mut self, limit: u32) -> Option<u32> {
        let mut total = 0;
        while let Some(at) = self.next(&|_| true) {
            let end = self.place(at).filter(|&end| end < limit)?;
            total = end.max(total);
        }
        Some(total)
    }

    /// The index of a buffer.
    pub(crate) fn index(&self, rank: u16) -> usize {
        self.queue.get(usize::from(rank)).copied().unwrap_or(0).into()
    }

    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn item(&self, rank: u16) -> Item {
        self.problem.item(self.index(rank))
    }

    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn candidate(&self, rank: u16) -> Candidate {
        let floor = self.offsets.get(self.index(rank)).copied().unwrap_or(u32::MAX);
        Candidate(u64::from(floor) << 32 | u64::from(rank))
    }

    /// Where a buffer would end, or does.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn end(&self, rank: u16) -> u32 {
        self.candidate(rank).floor().saturating_add(self.item(rank).bytes)
    }

    /// The ranks of those placed.
    pub(crate) fn placed(&self) -> &[u16] {
        self.stack.get(..self.depth).unwrap_or_default()
    }

    /// The ranks of those that wait.
    pub(crate) fn waiting(&self) -> &[u16] {
        self.stack.get(self.depth..).unwrap_or_default()
    }

    /// Where in the stack the first is of those waiting that are `acceptable`.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn next(&self, acceptable: &dyn Fn(Candidate) -> bool) -> Option<usize> {
        let mut first: Option<(usize, Candidate)> = None;
        for (at, &rank) in (self.depth..).zip(self.waiting()) {
            let candidate = self.candidate(rank);
            if first.is_none_or(|(_, first)| candidate < first) && acceptable(candidate) {
                first = Some((at, candidate));
            }
        }
        first.map(|(at, _)| at)
    }

    /// Makes the one at `at` of the stack, which waits, one that is placed.
    fn push(&mut self, at: usize) {
        if let Some([first, .., last]) = self.stack.get_mut(self.depth..=at) {
            core::mem::swap(first, last);
        }
        self.depth += 1;
    }

    /// Puts the one at `at` of the stack at its floor, raises the floors of those that are in its
    /// way, and returns its end.
    ///
    /// `None` if the end is beyond 32 bits.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn place(&mut self, at: usize) -> Option<u32> {
        self.push(at);
        let item = self.item(*self.placed().last()?);
        let offset = *self.offsets.get(item.index)?;
        let end = offset.checked_add(item.bytes)?;
        for at in self.depth..self.stack.len() {
            let other = self.item(*self.stack.get(at)?);
            self.raise(&other, &item);
        }
        Some(end)
    }

    /// Takes the one placed last off again, and returns it; the floors are then as if it had never
    /// been placed.
    pub(crate) fn remove(&mut self) -> Option<Candidate> {
        let &rank = self.placed().last()?;
        self.depth -= 1;
        let item = self.item(rank);
        for at in self.depth + 1..self.stack.len() {
            let other = self.item(*self.stack.get(at)?);
            if self.apart(&other, &item).is_none() {
                continue;
            }
            *self.offsets.get_mut(other.index)? = 0;
            for below in 0..self.depth {
                let below = self.item(*self.stack.get(below)?);
                self.raise(&other, &below);
            }
        }
        Some(self.candidate(rank))
    }

    /// Raises the floor of one that waits above one that is placed, if that is in the way.
    #[cfg_attr(not(feature = "std"), inline(never))]
    fn raise(&mut self, item: &Item, placed: &Item) {
        if let Some(apart) = self.apart(item, placed)
            && let Some(&offset) = self.offsets.get(placed.index)
            && let Some(floor) = self.offsets.get_mut(item.index)
        {
            // No overflow: the distance is at most the size.
            *floor = offset.saturating_add(apart.above).max(*floor);
        }
    }

    /// How far two buffers must be from each other; `None` if they are not in each other's way.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn apart(&self, item: &Item, other: &Item) -> Option<Apart> {
        if item.bytes == 0 || other.bytes == 0 {
            return None;
        }
        self.problem.apart(item, other)
    }
}
