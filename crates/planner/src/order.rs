//! The orders in which buffers are placed.

use crate::rounded::Rounded;
use crate::{Lifetime, Problem};

/// Which buffer comes first: the one with the least key; of equal ones that with the least key
/// `then`, then the one with the highest index.
// Pointers: keys of orders that nobody asks for are not linked.
#[derive(Debug)]
pub(crate) struct Order<P: ?Sized> {
    key: Key<P>,
    then: Key<P>,
}

/// The number of a buffer in an order.
type Key<P> = fn(&Rounded<'_, P>, usize) -> u32;

impl<P: Problem + ?Sized> Order<P> {
    /// The largest; TFLM's order.
    pub(crate) const SIZE: Self = Self { key: size, then: size };
    /// The largest, and of these the one that is live longest.
    pub(crate) const SIZE_THEN_WIDTH: Self = Self { key: size, then: width };
    /// Bytes times steps.
    pub(crate) const AREA: Self = Self { key: area, then: size };
    /// The first to be written.
    pub(crate) const FIRST: Self = Self { key: first, then: size };
    /// The last to be read.
    pub(crate) const LAST: Self = Self { key: last, then: size };
    /// The one with the most bytes live together with it.
    pub(crate) const CONFLICTS: Self = Self { key: conflicts, then: size };

    /// Lines up all buffers: those that are fixed in the order of their index, then the others in
    /// this order.
    ///
    /// `keys` and `queue` have an element for each buffer, whatever they contain.
    // By insertion: no more work than to find places afterwards, and little code.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn sort(&self, problem: &Rounded<'_, P>, keys: &mut [u32], queue: &mut [u16]) {
        // There are no more than 16 bits can number.
        (0..).zip(queue.iter_mut().rev()).for_each(|(index, slot)| *slot = index);
        for key in [self.then, self.key, fixed] {
            for (index, slot) in keys.iter_mut().enumerate() {
                *slot = key(problem, index);
            }
            for at in 0..queue.len() {
                insert(queue, at, keys);
            }
        }
    }
}

/// The fixed ones come first, in the order of their index.
fn fixed<P: Problem + ?Sized>(problem: &Rounded<'_, P>, index: usize) -> u32 {
    problem.buffer(index).fixed.map_or(u32::MAX, |_| index as u32)
}

/// Those with the most bytes.
fn size<P: Problem + ?Sized>(problem: &Rounded<'_, P>, index: usize) -> u32 {
    !problem.item(index).bytes
}

/// With the most steps.
fn width<P: Problem + ?Sized>(problem: &Rounded<'_, P>, index: usize) -> u32 {
    let Lifetime { first, last } = problem.item(index).lifetime;
    !last.saturating_sub(first)
}

/// With the largest product of the two.
fn area<P: Problem + ?Sized>(problem: &Rounded<'_, P>, index: usize) -> u32 {
    let steps = (!width(problem, index)).saturating_add(1);
    !problem.item(index).bytes.saturating_mul(steps)
}

/// The first to be written.
fn first<P: Problem + ?Sized>(problem: &Rounded<'_, P>, index: usize) -> u32 {
    problem.item(index).lifetime.first
}

/// The last to be read.
fn last<P: Problem + ?Sized>(problem: &Rounded<'_, P>, index: usize) -> u32 {
    !problem.item(index).lifetime.last
}

/// With the most bytes live together with them.
fn conflicts<P: Problem + ?Sized>(problem: &Rounded<'_, P>, index: usize) -> u32 {
    let lifetime = problem.item(index).lifetime;
    !(0..problem.len())
        .map(|other| problem.buffer(other))
        .filter(|other| other.lifetime.overlaps(lifetime))
        .fold(0, |sum, other| sum.saturating_add(other.bytes))
}

/// Brings the buffer at `at` of the queue in front of those before it, which are in ascending order
/// of their `numbers`, as far as its own is less.
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
