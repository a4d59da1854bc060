//! The buffers for the planners: sizes rounded up, and the distances between them.

pub(crate) use crate::problem::Item;
#[cfg(feature = "gaps")]
use crate::problem::alignment as alignment_of;
use crate::problem::{check, round_up};
use crate::{Buffer, Error, Overlap, Problem, gaps};

/// A checked problem; sizes and distances are rounded up to the alignment.
pub(crate) struct Rounded<'a, P: ?Sized> {
    pub(crate) problem: &'a P,
    pub(crate) alignment: u32,
    /// The highest end of a fixed buffer, if any is fixed.
    pub(crate) fixed_end: Option<u32>,
}

impl<P: ?Sized> Clone for Rounded<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: ?Sized> Copy for Rounded<'_, P> {}

/// The distances that two buffers must keep, each way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Apart {
    /// The least distance if the first buffer lies below the second.
    pub(crate) below: u32,
    /// The least distance if it lies above.
    pub(crate) above: u32,
}

impl<'a, P: Problem + ?Sized> Rounded<'a, P> {
    pub(crate) fn new(problem: &'a P, alignment: u32) -> Result<Self, Error> {
        Ok(Self { problem, alignment, fixed_end: check(problem, alignment)? })
    }

    pub(crate) fn len(&self) -> usize {
        self.problem.len()
    }

    /// Returns the buffer, not rounded.
    pub(crate) fn buffer(&self, index: usize) -> Buffer {
        self.problem.buffer(index)
    }

    /// Returns the buffer with this index.
    // size: one copy on devices; hosts (`std`) inline it.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn item(&self, index: usize) -> Item {
        let Buffer { bytes, lifetime, .. } = self.buffer(index);
        Item { index, bytes: round_up(bytes, self.alignment).unwrap_or(u32::MAX), lifetime }
    }

    /// Returns all buffers.
    #[cfg(feature = "std")]
    pub(crate) fn items(&self) -> impl Iterator<Item = Item> {
        (0..self.len()).map(|index| self.item(index))
    }

    /// Returns the distances that two buffers must keep; `None` if they may lie anywhere because
    /// they are never live together.
    // size: one copy on devices; hosts (`std`) inline it.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn apart(&self, a: &Item, b: &Item) -> Option<Apart> {
        if !a.lifetime.overlaps(b.lifetime) {
            return None;
        }
        #[cfg(not(feature = "gaps"))]
        let whole = Apart { below: a.bytes, above: b.bytes };
        #[cfg(feature = "gaps")]
        let whole = self.apart_with_gaps(a, b)?;
        // Not both: each would have to end before the other begins.
        let dies_for_b = a.lifetime.dies_for(b.lifetime);
        if !dies_for_b && !b.lifetime.dies_for(a.lifetime) {
            return Some(whole);
        }
        let (output, input) = if dies_for_b { (b, a) } else { (a, b) };
        let whole = if dies_for_b { whole.reversed() } else { whole };
        let Overlap { below, above } = self.problem.overlap(output.index, input.index);
        let at_most = |bytes: u32, permitted: Option<u32>| {
            let permitted = permitted.and_then(|bytes| round_up(bytes, self.alignment));
            permitted.unwrap_or(bytes).min(bytes)
        };
        let apart =
            Apart { below: at_most(whole.below, below), above: at_most(whole.above, above) };
        Some(if dies_for_b { apart.reversed() } else { apart })
    }

    /// Returns the distances that two buffers must keep because of the bytes that are in use where
    /// both are live; `None` if there are no such steps.
    #[cfg(feature = "gaps")]
    fn apart_with_gaps(&self, a: &Item, b: &Item) -> Option<Apart> {
        let mut apart: Option<Apart> = None;
        gaps::meet(self.problem, (a, b), &mut |(start_a, end_a), (start_b, end_b)| {
            let whole = Apart { below: a.bytes, above: b.bytes };
            let Apart { below, above } = apart.unwrap_or(Apart { below: 0, above: 0 });
            let up = |distance: u32| round_up(distance, self.alignment).unwrap_or(u32::MAX);
            let below = below.max(up(end_a.saturating_sub(start_b)));
            let above = above.max(up(end_b.saturating_sub(start_a)));
            let here = apart.insert(Apart { below, above });
            *here == whole
        });
        apart
    }

    /// Returns the least offset of a buffer from `offset` on that has its alignment, if `offset`
    /// has that of the plan.
    #[cfg(feature = "gaps")]
    pub(crate) fn aligned(&self, index: usize, offset: u32) -> Option<u32> {
        round_up(offset, alignment_of(self.problem, index, self.alignment).unwrap_or(1))
    }

    /// Returns the offset, which has the alignment of the plan.
    #[cfg(not(feature = "gaps"))]
    #[allow(clippy::unused_self, reason = "without gaps, all have the same alignment")]
    pub(crate) const fn aligned(&self, _: usize, offset: u32) -> Option<u32> {
        Some(offset)
    }

    /// Returns how many bytes of a live buffer are in use during `step`.
    pub(crate) fn bytes_in_use(&self, item: &Item, step: u32) -> u32 {
        gaps::bytes_in_use(self.problem, item, step)
    }

    /// Returns the most bytes that two buffers can share.
    pub(crate) fn shared(&self, a: &Item, b: &Item) -> u32 {
        self.apart(a, b).map_or(0, |apart| apart.shared_bytes(a.bytes, b.bytes))
    }
}

impl Apart {
    /// Returns the distances of the same two buffers in the other order.
    const fn reversed(self) -> Self {
        Self { below: self.above, above: self.below }
    }

    /// Returns the most bytes that buffers of `a` and `b` bytes can share.
    pub(crate) const fn shared_bytes(self, a: u32, b: u32) -> u32 {
        // At the least distance, from the upper one's offset to the lower end of the two.
        let below = smaller(a.saturating_sub(self.below), b);
        let above = smaller(b.saturating_sub(self.above), a);
        if below > above { below } else { above }
    }
}

const fn smaller(a: u32, b: u32) -> u32 {
    if a < b { a } else { b }
}
