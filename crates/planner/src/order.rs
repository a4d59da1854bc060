//! The orders in which buffers are placed.

use crate::Problem;
use crate::rounded::Rounded;

/// Which buffer comes first: the one with the least key; of equal ones that with the least key `then`, then the one with the
/// highest index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    key: Key,
    then: Key,
}

#[derive(Clone, Copy, Debug)]
enum Key {
    /// The fixed ones come first, in the order of their index.
    Fixed,
    /// Those with the most bytes.
    Size,
    /// With the most steps.
    Width,
    /// With the largest product of the two.
    Area,
    /// The first to be written.
    First,
    /// The last to be read.
    Last,
    /// With the most bytes live together with them.
    Conflicts,
}

impl Order {
    /// The largest; TFLM's order.
    pub(crate) const SIZE: Self = Self { key: Key::Size, then: Key::Size };
    /// The largest, and of these the one that is live longest.
    pub(crate) const SIZE_THEN_WIDTH: Self = Self { key: Key::Size, then: Key::Width };
    /// Bytes times steps.
    pub(crate) const AREA: Self = Self { key: Key::Area, then: Key::Size };
    /// The first to be written.
    pub(crate) const FIRST: Self = Self { key: Key::First, then: Key::Size };
    /// The last to be read.
    pub(crate) const LAST: Self = Self { key: Key::Last, then: Key::Size };
    /// The one with the most bytes live together with it.
    pub(crate) const CONFLICTS: Self = Self { key: Key::Conflicts, then: Key::Size };

    /// Lines up all buffers: those that are fixed in the order of their index, then the others in this order.
    ///
    /// `keys` and `queue` have an element for each buffer, whatever they contain.
    // By insertion: no more work than to find places afterwards, and little code.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn sort<P: Problem + ?Sized>(
        self,
        problem: &Rounded<'_, P>,
        keys: &mut [u32],
        queue: &mut [u16],
    ) {
        // There are no more than 16 bits can number.
        (0..).zip(queue.iter_mut().rev()).for_each(|(index, slot)| *slot = index);
        for key in [self.then, self.key, Key::Fixed] {
            for (index, slot) in keys.iter_mut().enumerate() {
                *slot = key.of(problem, index);
            }
            for at in 0..queue.len() {
                insert(queue, at, keys);
            }
        }
    }
}

impl Key {
    fn of<P: Problem + ?Sized>(self, problem: &Rounded<'_, P>, index: usize) -> u32 {
        let item = problem.item(index);
        let width = item.lifetime.last.saturating_sub(item.lifetime.first);
        match self {
            Self::Fixed => match problem.buffer(index).fixed {
                Some(_) => index as u32,
                None => u32::MAX,
            },
            Self::Size => !item.bytes,
            Self::Width => !width,
            Self::Area => !item.bytes.saturating_mul(width.saturating_add(1)),
            Self::First => item.lifetime.first,
            Self::Last => !item.lifetime.last,
            Self::Conflicts => !(0..problem.len())
                .map(|other| problem.buffer(other))
                .filter(|other| other.lifetime.overlaps(item.lifetime))
                .fold(0, |sum, other| sum.saturating_add(other.bytes)),
        }
    }
}

/// Brings the buffer at `at` of the queue in front of those before it, which are in ascending order of their `numbers`, as
/// far as its own is less.
#[cfg_attr(not(feature = "std"), inline(never))]
pub(crate) fn insert(queue: &mut [u16], mut at: usize, numbers: &[u32]) {
    let number = |index: u16| numbers.get(usize::from(index));
    while let Some([.., before, this]) = queue.get_mut(..=at)
        && number(*before) > number(*this)
    {
        core::mem::swap(before, this);
        at -= 1;
    }
}
