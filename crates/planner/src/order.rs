//! The orders in which buffers are placed.

use crate::Problem;
use crate::overlap::Item;

/// Which buffer comes first: the one with the largest key; of equal ones that with the largest [`tie`](Self::tie), then the
/// one with the highest index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// The largest; TFLM's order.
    Size,
    /// The largest, and of these the one that is live longest.
    SizeThenWidth,
    /// Bytes times steps.
    Area,
    /// The first to be written.
    First,
    /// The last to be read.
    Last,
    /// The one with the most bytes live together with it.
    Conflicts,
}

impl Order {
    /// Lines up all buffers: those that are fixed in the order of their index, then the others in this order.
    ///
    /// `keys` and `queue` have an element for each buffer, whatever they contain.
    // By insertion: no more work than to find places afterwards, and the least code.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn sort<P: Problem + ?Sized>(
        self,
        problem: &P,
        alignment: u32,
        keys: &mut [u32],
        queue: &mut [u16],
    ) {
        let mut fixed_len = 0;
        for index in 0..queue.len() {
            let item = Item::new(problem, alignment, index);
            let is_fixed = problem.buffer(index).fixed.is_some();
            let (key, tie) = (self.key(problem, &item), self.tie(&item));
            if let Some(slot) = keys.get_mut(index) {
                *slot = key;
            }
            let is_behind = |other: u16| {
                let other = usize::from(other);
                let other_key = keys.get(other).copied().unwrap_or(0);
                is_fixed
                    || other_key < key
                    || other_key == key && self.tie_of(problem, alignment, other) <= tie
            };
            let mut at = index;
            while let Some([.., before, slot]) = queue.get_mut(fixed_len..=at)
                && is_behind(*before)
            {
                *slot = *before;
                at -= 1;
            }
            if let Some(slot) = queue.get_mut(at) {
                *slot = index as u16; // as many as can be numbered
            }
            fixed_len += usize::from(is_fixed);
        }
    }

    /// What the order goes by, descending.
    fn key<P: Problem + ?Sized>(self, problem: &P, item: &Item) -> u32 {
        match self {
            Self::Size | Self::SizeThenWidth => item.bytes,
            Self::Area => item.bytes.saturating_mul(width(item).saturating_add(1)),
            Self::First => !item.lifetime.first,
            Self::Last => item.lifetime.last,
            Self::Conflicts => (0..problem.len())
                .map(|other| problem.buffer(other))
                .filter(|other| other.lifetime.overlaps(item.lifetime))
                .fold(0, |sum, other| sum.saturating_add(other.bytes)),
        }
    }

    /// What decides between equal keys, descending.
    fn tie(self, item: &Item) -> u32 {
        match self {
            Self::Size => 0,
            Self::SizeThenWidth => width(item),
            _ => item.bytes,
        }
    }

    fn tie_of<P: Problem + ?Sized>(self, problem: &P, alignment: u32, index: usize) -> u32 {
        self.tie(&Item::new(problem, alignment, index))
    }
}

/// One less than the number of steps.
const fn width(item: &Item) -> u32 {
    item.lifetime.last.saturating_sub(item.lifetime.first)
}
