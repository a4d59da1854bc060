//! Finds the first of the intervals that lie within another.

use core::ops::Range;
use std::vec;
use std::vec::Vec;

/// Half-open intervals in a tree for searches in two dimensions, their starts and their ends; each
/// has a rank.
///
/// It is a k-d tree: it splits by starts and by ends in turn. A search visits only nodes that may
/// have something better.
#[derive(Debug)]
pub(super) struct Nested {
    /// Start and end, leaf by leaf.
    intervals: Vec<(u32, u32)>,
    /// The number of the interval in each place.
    items: Vec<u32>,
    /// The rank of the interval in each place; [`GONE`] once it is taken out.
    ranks: Vec<u32>,
    /// The node `i` has the children `2i` and `2i + 1`; the leaves are the second half.
    nodes: Vec<Summary>,
}

/// A summary of all intervals below a node that are not taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Summary {
    latest_start: u32,
    earliest_end: u32,
    lowest_rank: u32,
}

const GONE: u32 = u32::MAX;
/// The most intervals that a search compares one by one.
const LEAF: usize = 8;

impl Summary {
    const NOTHING: Self = Self { latest_start: 0, earliest_end: u32::MAX, lowest_rank: GONE };

    fn and(self, other: Self) -> Self {
        Self {
            latest_start: self.latest_start.max(other.latest_start),
            earliest_end: self.earliest_end.min(other.earliest_end),
            lowest_rank: self.lowest_rank.min(other.lowest_rank),
        }
    }
}

impl Nested {
    /// Returns a tree of these intervals, of which none is in yet.
    pub(super) fn new(spans: &[(u32, u32)]) -> Self {
        let leaves = spans.len().div_ceil(LEAF).max(1).next_power_of_two();
        let items = arranged(spans, leaves);
        Self {
            intervals: items.iter().map(|&item| spans[item as usize]).collect(),
            ranks: vec![GONE; items.len()],
            items,
            nodes: vec![Summary::NOTHING; 2 * leaves],
        }
    }

    /// Puts all intervals in. Ranks are different numbers below [`u32::MAX`].
    pub(super) fn fill(&mut self, ranks: &[u32]) {
        for (rank, &item) in self.ranks.iter_mut().zip(&self.items) {
            *rank = ranks[item as usize];
        }
        let leaves = self.nodes.len() / 2;
        for leaf in 0..leaves {
            self.nodes[leaves + leaf] = self.summary(leaf);
        }
        for node in (1..leaves).rev() {
            self.nodes[node] = self.nodes[2 * node].and(self.nodes[2 * node + 1]);
        }
    }

    /// Takes out the interval of the lowest rank among those within `start..end`.
    pub(super) fn take(&mut self, start: u32, end: u32) -> Option<u32> {
        let (rank, place) = self.search(1, (start, end), (GONE, 0));
        if rank == GONE {
            return None;
        }
        self.ranks[place] = GONE;
        let leaves = self.nodes.len() / 2;
        // The leaf of a place, by the inverse of `places`.
        let leaf = ((place + 1) * leaves - 1) / self.ranks.len();
        let mut node = leaves + leaf;
        self.nodes[node] = self.summary(leaf);
        while node > 1 {
            node /= 2;
            let summary = self.nodes[2 * node].and(self.nodes[2 * node + 1]);
            if self.nodes[node] == summary {
                break;
            }
            self.nodes[node] = summary;
        }
        Some(self.items[place])
    }

    /// Returns the rank and place of the best interval below a node, or `best` if none is better.
    fn search(&self, node: usize, span: (u32, u32), mut best: (u32, usize)) -> (u32, usize) {
        let (start, end) = span;
        let leaves = self.nodes.len() / 2;
        if node >= leaves {
            for place in self.places(node - leaves) {
                let (first, last) = self.intervals[place];
                if self.ranks[place] < best.0 && start <= first && last <= end {
                    best = (self.ranks[place], place);
                }
            }
            return best;
        }
        // A low rank early spares the rest.
        let (low, high) = (2 * node, 2 * node + 1);
        let low_first = self.nodes[low].lowest_rank <= self.nodes[high].lowest_rank;
        for child in if low_first { [low, high] } else { [high, low] } {
            let Summary { latest_start, earliest_end, lowest_rank } = self.nodes[child];
            if lowest_rank < best.0 && start <= latest_start && earliest_end <= end {
                best = self.search(child, span, best);
            }
        }
        best
    }

    fn places(&self, leaf: usize) -> Range<usize> {
        let (len, leaves) = (self.ranks.len(), self.nodes.len() / 2);
        len * leaf / leaves..len * (leaf + 1) / leaves
    }

    fn summary(&self, leaf: usize) -> Summary {
        let left = self.places(leaf).filter(|&place| self.ranks[place] != GONE);
        left.fold(Summary::NOTHING, |all, place| {
            let (start, end) = self.intervals[place];
            let lowest_rank = self.ranks[place];
            all.and(Summary { latest_start: start, earliest_end: end, lowest_rank })
        })
    }
}

/// Returns the items in the order of the leaves: each level halves the leaves of the one above.
fn arranged(spans: &[(u32, u32)], leaves: usize) -> Vec<u32> {
    let mut items: Vec<u32> = (0..spans.len() as u32).collect();
    let place = |leaf: usize| spans.len() * leaf / leaves;
    let (mut width, mut by_start) = (leaves, true);
    while width > 1 {
        for leaf in (0..leaves).step_by(width) {
            let part = &mut items[place(leaf)..place(leaf + width)];
            let middle = place(leaf + width / 2) - place(leaf);
            if middle < part.len() {
                part.select_nth_unstable_by_key(middle, |&item| {
                    let (start, end) = spans[item as usize];
                    if by_start { (start, end, item) } else { (end, start, item) }
                });
            }
        }
        (width, by_start) = (width / 2, !by_start);
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn prop_equals_a_list(
            spans in proptest::collection::vec((0..30_u32, 1..30_u32), 0..200),
            queries in proptest::collection::vec((0..30_u32, 0..40_u32), 0..300),
            rotation in 0..200_usize,
        ) {
            let spans: Vec<(u32, u32)> = spans.iter().map(|&(at, len)| (at, at + len)).collect();
            let mut ranks: Vec<u32> = (0..spans.len() as u32).collect();
            if !ranks.is_empty() {
                let middle = rotation % ranks.len();
                ranks.rotate_left(middle);
            }
            let mut tree = Nested::new(&spans);
            prop_assert_eq!(tree.take(0, u32::MAX), None);
            tree.fill(&ranks);
            let mut left: Vec<usize> = (0..spans.len()).collect();
            left.sort_by_key(|&item| ranks[item]);
            for (start, len) in queries.into_iter().chain([(0, 100); 200]) {
                let within = |&item: &usize| start <= spans[item].0 && spans[item].1 <= start + len;
                let at = left.iter().position(within);
                let expected = at.map(|at| left.remove(at) as u32);
                prop_assert_eq!(tree.take(start, start + len), expected);
            }
            prop_assert!(left.is_empty());
        }
    }
}
