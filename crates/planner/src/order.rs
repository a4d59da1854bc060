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
    /// What the order goes by, descending.
    pub(crate) fn key<P: Problem + ?Sized>(self, problem: &P, item: &Item) -> u32 {
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
    pub(crate) fn tie(self, item: &Item) -> u32 {
        match self {
            Self::Size => 0,
            Self::SizeThenWidth => width(item),
            _ => item.bytes,
        }
    }
}

/// One less than the number of steps.
const fn width(item: &Item) -> u32 {
    item.lifetime.last.saturating_sub(item.lifetime.first)
}
