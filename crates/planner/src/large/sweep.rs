//! Goes through the steps in their order, as a program uses a heap.

use core::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::vec::Vec;

use crate::rounded::Item;

/// Returns the places of `items`, each in the smallest gap of its first step that is large enough;
/// `None` beyond 32 bits.
pub(super) fn best_fit(items: &[Item]) -> Option<Vec<u32>> {
    let mut births: Vec<usize> = (0..items.len()).collect();
    births.sort_by_key(|&i| (items[i].lifetime.first, Reverse(items[i].bytes), i));
    let mut deaths: Vec<usize> = (0..items.len()).collect();
    deaths.sort_by_key(|&i| (items[i].lifetime.last, i));
    let mut offsets = std::vec![0; items.len()];
    let mut gaps = Gaps::default();
    let mut dead = deaths.into_iter().peekable();
    for i in births {
        let item = &items[i];
        while let Some(gone) = dead.next_if(|&gone| items[gone].lifetime.last < item.lifetime.first)
        {
            gaps.give_back(offsets[gone], offsets[gone] + items[gone].bytes);
        }
        offsets[i] = gaps.take(item.bytes)?;
    }
    Some(offsets)
}

/// Returns the most bytes that are live in one step: without permissions, no plan is better.
pub(super) fn fullest(items: &[Item]) -> u64 {
    let mut events: Vec<(u64, bool, u32)> = Vec::with_capacity(2 * items.len());
    for item in items {
        events.push((item.lifetime.first.into(), true, item.bytes));
        events.push((u64::from(item.lifetime.last) + 1, false, item.bytes));
    }
    // Deaths come before births.
    events.sort_unstable();
    let (mut live, mut most) = (0_u64, 0);
    for (_, is_birth, bytes) in events {
        if is_birth {
            live += u64::from(bytes);
            most = live.max(most);
        } else {
            live -= u64::from(bytes);
        }
    }
    most
}

/// The gaps between 0 and the highest end so far.
#[derive(Debug, Default)]
struct Gaps {
    /// From start to end; no two touch.
    by_start: BTreeMap<u32, u32>,
    /// Length and start of each.
    by_len: BTreeSet<(u32, u32)>,
    top: u32,
}

impl Gaps {
    fn take(&mut self, bytes: u32) -> Option<u32> {
        if let Some(&(len, start)) = self.by_len.range((bytes, 0)..).next() {
            self.remove(start, start + len);
            if len > bytes {
                self.insert(start + bytes, start + len);
            }
            return Some(start);
        }
        // The gap that reaches the top, if there is one, can grow.
        let last = self.by_start.last_key_value().filter(|&(_, &end)| end == self.top);
        let start = last.map_or(self.top, |(&start, _)| start);
        let end = start.checked_add(bytes)?;
        if start < self.top {
            self.remove(start, self.top);
        }
        self.top = end;
        Some(start)
    }

    fn give_back(&mut self, mut start: u32, mut end: u32) {
        if let Some((&below, _)) =
            self.by_start.range(..start).next_back().filter(|(_, e)| **e == start)
        {
            self.remove(below, start);
            start = below;
        }
        if let Some(&above) = self.by_start.get(&end) {
            self.remove(end, above);
            end = above;
        }
        self.insert(start, end);
    }

    fn insert(&mut self, start: u32, end: u32) {
        self.by_start.insert(start, end);
        self.by_len.insert((end - start, start));
    }

    fn remove(&mut self, start: u32, end: u32) {
        self.by_start.remove(&start);
        self.by_len.remove(&(end - start, start));
    }
}
