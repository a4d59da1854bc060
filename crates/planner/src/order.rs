//! The orders in which planners place buffers.

use crate::rounded::Rounded;
use crate::{Lifetime, Problem};

/// An order: the buffer with the least key comes first; of equal ones the one with the least key
/// `then`, then the one with the highest index.
// size: keys are pointers, so that unused ones are not linked.
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
    // size: one copy on devices. Insertion takes little code, and no more time than finding places.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn sort(&self, problem: &Rounded<'_, P>, keys: &mut [u32], queue: &mut [u16]) {
        // 16 bits can number all buffers.
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

/// Sorts fixed buffers first, in the order of their index.
fn fixed<P: Problem + ?Sized>(problem: &Rounded<'_, P>, index: usize) -> u32 {
    problem.buffer(index).fixed.map_or(u32::MAX, |_| index as u32)
}

/// Sorts larger buffers first.
fn size<P: Problem + ?Sized>(problem: &Rounded<'_, P>, index: usize) -> u32 {
    !problem.item(index).bytes
}

/// Sorts buffers with more steps first.
fn width<P: Problem + ?Sized>(problem: &Rounded<'_, P>, index: usize) -> u32 {
    let Lifetime { first, last } = problem.item(index).lifetime;
    !last.saturating_sub(first)
}

/// Sorts buffers with a larger product of bytes and steps first.
fn area<P: Problem + ?Sized>(problem: &Rounded<'_, P>, index: usize) -> u32 {
    let steps = (!width(problem, index)).saturating_add(1);
    !problem.item(index).bytes.saturating_mul(steps)
}

/// Sorts buffers first that are written earlier.
fn first<P: Problem + ?Sized>(problem: &Rounded<'_, P>, index: usize) -> u32 {
    problem.item(index).lifetime.first
}

/// Sorts buffers first that are read later.
fn last<P: Problem + ?Sized>(problem: &Rounded<'_, P>, index: usize) -> u32 {
    !problem.item(index).lifetime.last
}

/// Sorts buffers first that have more bytes live together with them.
fn conflicts<P: Problem + ?Sized>(problem: &Rounded<'_, P>, index: usize) -> u32 {
    let lifetime = problem.item(index).lifetime;
    !(0..problem.len())
        .map(|other| problem.buffer(other))
        .filter(|other| other.lifetime.overlaps(lifetime))
        .fold(0, |sum, other| sum.saturating_add(other.bytes))
}

/// Moves the buffer at `at` of the queue in front of those before it that have larger `numbers`;
/// they are in ascending order.
// size: one copy on devices; hosts (`std`) inline it.
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
