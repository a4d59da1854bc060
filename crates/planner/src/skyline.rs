//! Skyline placement: always the buffer that can go lowest, above everything placed before it.

use crate::Problem;
use crate::first_fit::{END, FREE};
use crate::order::Order;
use crate::overlap::{Apart, Item};

/// Some buffers placed, the others waiting.
///
/// Every plan, pushed down as far as it goes, comes of placing the buffers in the order of their offsets, each at its
/// floor. None of them may be fixed.
pub(crate) struct Skyline<'a, P: ?Sized> {
    pub(crate) problem: &'a P,
    pub(crate) alignment: u32,
    /// Of two buffers with the same floor, the one that comes first in this order is placed first.
    pub(crate) order: Order,
    /// Of placed buffers the offset, of others the floor: the lowest offset above all placed ones that are in the way.
    pub(crate) offsets: &'a mut [u32],
    /// [`FREE`] for those that wait.
    pub(crate) state: &'a mut [u16],
}

/// A buffer that waits, sorted by when it is to be placed.
///
/// From the highest bits down: its floor, then, complemented, the order's key, its tie, and the index. One number, since that is
/// compared with less code than a tuple.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate(u128);

impl Candidate {
    fn new(floor: u32, key: u32, tie: u32, index: usize) -> Self {
        // There are fewer buffers than 2^16.
        let words = [floor, !key, !tie, !(index as u32)];
        Self(words.into_iter().fold(0, |bits, word| bits << 32 | u128::from(word)))
    }

    pub(crate) const fn floor(self) -> u32 {
        (self.0 >> 96) as u32
    }

    pub(crate) const fn index(self) -> usize {
        !(self.0 as u32) as usize
    }
}

impl<P: Problem + ?Sized> Skyline<'_, P> {
    /// Takes all buffers off, but for those without bytes: they are in nobody's way at 0.
    pub(crate) fn clear(&mut self) {
        self.offsets.fill(0);
        for index in 0..self.problem.len() {
            let is_empty = self.item(index).bytes == 0;
            self.set(index, if is_empty { END } else { FREE });
        }
    }

    /// Places everything and returns the total; `None` if it does not fit below `limit`.
    pub(crate) fn fill(&mut self, limit: u32) -> Option<u32> {
        let mut total = 0;
        // Each round places one.
        for _ in 0..self.problem.len() {
            let Some(next) = self.next(&|_| true) else { break };
            let end = self.place(next.index()).filter(|&end| end < limit)?;
            total = end.max(total);
        }
        Some(total)
    }

    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn item(&self, index: usize) -> Item {
        Item::new(self.problem, self.alignment, index)
    }

    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn candidate(&self, index: usize) -> Candidate {
        let item = self.item(index);
        let key = self.order.key(self.problem, &item);
        let floor = self.offsets.get(index).copied().unwrap_or(u32::MAX);
        Candidate::new(floor, key, self.order.tie(&item), index)
    }

    fn set(&mut self, index: usize, state: u16) {
        if let Some(slot) = self.state.get_mut(index) {
            *slot = state;
        }
    }

    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn is_waiting(&self, index: usize) -> bool {
        self.state.get(index) == Some(&FREE)
    }

    pub(crate) fn waiting(&self) -> impl Iterator<Item = Candidate> {
        (0..self.state.len()).filter(|&i| self.is_waiting(i)).map(|i| self.candidate(i))
    }

    /// The first of those waiting that are `acceptable`.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn next(&self, acceptable: &dyn Fn(Candidate) -> bool) -> Option<Candidate> {
        let mut first: Option<Candidate> = None;
        for candidate in self.waiting() {
            if first.is_none_or(|first| candidate < first) && acceptable(candidate) {
                first = Some(candidate);
            }
        }
        first
    }

    /// Puts a buffer at its floor, raises the floors of those that are in its way, and returns its end.
    ///
    /// `None` if the end is beyond 32 bits.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn place(&mut self, index: usize) -> Option<u32> {
        let item = self.item(index);
        let offset = *self.offsets.get(index)?;
        let end = offset.checked_add(item.bytes)?;
        *self.state.get_mut(index)? = END;
        for other in 0..self.problem.len() {
            if !self.is_waiting(other) {
                continue;
            }
            if let Some(apart) = self.apart(&item, other)
                && let Some(floor) = self.offsets.get_mut(other)
            {
                // No overflow: the distance is at most the size.
                *floor = offset.saturating_add(apart.below).max(*floor);
            }
        }
        Some(end)
    }

    /// Takes a buffer off again; the floors are then as if it had never been placed.
    pub(crate) fn remove(&mut self, index: usize) {
        let item = self.item(index);
        self.set(index, FREE);
        for other in 0..self.problem.len() {
            if other == index || !self.is_waiting(other) || self.apart(&item, other).is_none() {
                continue;
            }
            let above = self.item(other);
            let mut floor = 0;
            for low in 0..self.problem.len() {
                if !self.is_waiting(low)
                    && let Some(apart) = self.apart(&above, low)
                    && let Some(offset) = self.offsets.get(low)
                {
                    floor = offset.saturating_add(apart.above).max(floor);
                }
            }
            if let Some(slot) = self.offsets.get_mut(other) {
                *slot = floor;
            }
        }
    }

    /// How far `item` must be from another buffer; `None` if that one is not in its way.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn apart(&self, item: &Item, other: usize) -> Option<Apart> {
        let other = self.item(other);
        Apart::new(self.problem, self.alignment, item, &other)
            .filter(|_| item.bytes != 0 && other.bytes != 0)
    }
}
