//! Skyline placement: always the buffer that can go lowest, above everything placed before it.

use crate::Problem;
use crate::order::Order;
use crate::rounded::{Apart, Item, Rounded};

/// A plan in the making: some buffers are placed, the others wait.
///
/// Push any plan down as far as it goes: placing the buffers in the order of their offsets, each at
/// its floor, makes the same plan. No buffer may be fixed.
///
/// The rank of a buffer, its place in the queue, names it here.
pub(crate) struct Skyline<'a, P: ?Sized> {
    pub(crate) problem: &'a Rounded<'a, P>,
    /// The offset of a placed buffer; the floor of another: the lowest offset above all placed
    /// buffers that are in its way.
    pub(crate) offsets: &'a mut [u32],
    /// The buffers in some order: of two with the same floor, the first is placed first.
    pub(crate) queue: &'a mut [u16],
    /// The ranks of the placed buffers, in the order of placing, then of those that wait, in any
    /// order.
    pub(crate) stack: &'a mut [u16],
    /// The number of placed buffers.
    pub(crate) depth: usize,
}

/// A buffer that waits, as a number to sort by: its floor, and in the low 32 bits its rank.
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
    /// Takes all buffers off and lines them up, except those without bytes: at 0 they are in
    /// nobody's way.
    pub(crate) fn begin(&mut self, order: &Order<P>) {
        order.sort(self.problem, self.offsets, self.queue);
        self.clear();
    }

    /// Takes all buffers off, and keeps their order.
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

    /// Returns the index of a buffer.
    pub(crate) fn index(&self, rank: u16) -> usize {
        self.queue.get(usize::from(rank)).copied().unwrap_or(0).into()
    }

    // size: one copy on devices; hosts (`std`) inline it.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn item(&self, rank: u16) -> Item {
        self.problem.item(self.index(rank))
    }

    // size: one copy on devices; hosts (`std`) inline it.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn candidate(&self, rank: u16) -> Candidate {
        let floor = self.offsets.get(self.index(rank)).copied().unwrap_or(u32::MAX);
        Candidate(u64::from(floor) << 32 | u64::from(rank))
    }

    /// Returns where a buffer ends, or would end.
    // size: one copy on devices; hosts (`std`) inline it.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn end(&self, rank: u16) -> u32 {
        self.candidate(rank).floor().saturating_add(self.item(rank).bytes)
    }

    /// Returns the ranks of the placed buffers.
    pub(crate) fn placed(&self) -> &[u16] {
        self.stack.get(..self.depth).unwrap_or_default()
    }

    /// Returns the ranks of the buffers that wait.
    pub(crate) fn waiting(&self) -> &[u16] {
        self.stack.get(self.depth..).unwrap_or_default()
    }

    /// Returns the place in the stack of the first waiting buffer that is `acceptable`.
    // size: one copy on devices; hosts (`std`) inline it.
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

    /// Counts the waiting buffer at `at` of the stack among the placed ones.
    fn push(&mut self, at: usize) {
        if let Some([first, .., last]) = self.stack.get_mut(self.depth..=at) {
            core::mem::swap(first, last);
        }
        self.depth += 1;
    }

    /// Puts the buffer at `at` of the stack at its floor, raises the floors of those in whose way
    /// it is, and returns its end.
    ///
    /// `None` if the end is beyond 32 bits.
    // size: one copy on devices; hosts (`std`) inline it.
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

    /// Takes the buffer that was placed last off again, and returns it; the floors are then as if
    /// it had never been placed.
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

    /// Raises the floor of a waiting buffer above a placed one that is in its way.
    // size: one copy on devices; hosts (`std`) inline it.
    #[cfg_attr(not(feature = "std"), inline(never))]
    fn raise(&mut self, item: &Item, placed: &Item) {
        if let Some(apart) = self.apart(item, placed)
            && let Some(&offset) = self.offsets.get(placed.index)
            && let Some(floor) = self.offsets.get_mut(item.index)
        {
            // No overflow: the distance is at most the size.
            let above = offset.saturating_add(apart.above);
            *floor = self.problem.aligned(item.index, above).unwrap_or(u32::MAX).max(*floor);
        }
    }

    /// Returns how far two buffers must be from each other; `None` if they are not in each other's
    /// way.
    // size: one copy on devices; hosts (`std`) inline it.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn apart(&self, item: &Item, other: &Item) -> Option<Apart> {
        if item.bytes == 0 || other.bytes == 0 {
            return None;
        }
        self.problem.apart(item, other)
    }
}
