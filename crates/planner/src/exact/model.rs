//! A problem prepared for the exact search.

use std::collections::BTreeSet;
use std::vec::Vec;

use crate::rounded::{Apart, Item, Rounded};
use crate::{Error, Problem};

/// Another buffer that is live together with one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neighbour {
    pub(super) other: u32,
    /// The least distance if the other lies above.
    pub(super) below: u32,
    /// The least distance if the other lies below.
    pub(super) above: u32,
}

/// The buffers that have bytes, and the *sections*: the time between the births and deaths of any
/// buffer.
///
/// Buffers are numbered anew; [`index`](Self::index) leads back.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) index: Vec<usize>,
    /// Rounded up; never 0.
    pub(super) bytes: Vec<u32>,
    /// The sections in which each is live: first, and one after the last.
    pub(super) spans: Vec<(u32, u32)>,
    pub(super) section_len: usize,
    /// The number of steps during which each is live.
    pub(super) steps: Vec<u64>,
    /// Those of buffer `i` are `starts[i]..starts[i + 1]`.
    neighbours: Vec<Neighbour>,
    starts: Vec<u32>,
    /// The bytes by which a buffer counts less in its first section, and in its last: see
    /// [`discounts`].
    pub(super) discounts: Vec<(u32, u32)>,
    /// For each buffer, another of the same bytes and sections that need not come after it.
    pub(super) twins: Vec<Option<u32>>,
    /// All totals are multiples of this.
    pub(super) granule: u32,
}

impl Model {
    pub(super) fn new<P: Problem + ?Sized>(problem: &P, alignment: u32) -> Result<Self, Error> {
        let problem = &Rounded::new(problem, alignment)?;
        let items: Vec<Item> = problem.items().filter(|item| item.bytes != 0).collect();
        let times: BTreeSet<u64> = items
            .iter()
            .flat_map(|item| [u64::from(item.lifetime.first), u64::from(item.lifetime.last) + 1])
            .collect();
        let times: Vec<u64> = times.into_iter().collect();
        let rank = |time: u64| times.partition_point(|&other| other < time) as u32;
        let spans: Vec<(u32, u32)> = items
            .iter()
            .map(|item| (rank(item.lifetime.first.into()), rank(u64::from(item.lifetime.last) + 1)))
            .collect();
        let mut model = Self {
            index: items.iter().map(|item| item.index).collect(),
            bytes: items.iter().map(|item| item.bytes).collect(),
            steps: items
                .iter()
                .map(|item| u64::from(item.lifetime.last - item.lifetime.first) + 1)
                .collect(),
            section_len: times.len().saturating_sub(1),
            spans,
            ..Self::default()
        };
        model.connect(problem, &items);
        model.discount();
        model.pair_twins();
        let distances = model.neighbours.iter().flat_map(|pair| [pair.below, pair.above]);
        model.granule = model.bytes.iter().copied().chain(distances).fold(0, gcd).max(1);
        Ok(model)
    }

    fn connect<P: Problem + ?Sized>(&mut self, problem: &Rounded<'_, P>, items: &[Item]) {
        // Sorted by the start of life, so that only buffers that begin before the end are visited.
        let mut by_birth: Vec<usize> = (0..items.len()).collect();
        by_birth.sort_by_key(|&i| (self.spans[i].0, i));
        let mut lists: Vec<Vec<Neighbour>> = Vec::new();
        lists.resize_with(items.len(), Vec::new);
        for (place, &a) in by_birth.iter().enumerate() {
            for &b in
                by_birth[place + 1..].iter().take_while(|&&b| self.spans[b].0 < self.spans[a].1)
            {
                let Some(apart) = problem.apart(&items[a], &items[b]) else {
                    continue;
                };
                let Apart { below, above } = apart;
                lists[a].push(Neighbour { other: b as u32, below, above });
                lists[b].push(Neighbour { other: a as u32, below: above, above: below });
            }
        }
        self.starts.push(0);
        for list in &mut lists {
            list.sort_by_key(|pair| pair.other);
            self.neighbours.append(list);
            self.starts.push(self.neighbours.len() as u32);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn neighbours(&self, buffer: u32) -> &[Neighbour] {
        let buffer = buffer as usize;
        &self.neighbours[self.starts[buffer] as usize..self.starts[buffer + 1] as usize]
    }

    /// Returns whether the two are live together and may share bytes.
    pub(super) fn may_overlap(&self, a: u32, b: u32) -> bool {
        let pairs = self.neighbours(a);
        let found = pairs.binary_search_by_key(&b, |pair| pair.other);
        found.is_ok_and(|at| self.is_relaxed(a, &pairs[at]))
    }

    fn is_relaxed(&self, buffer: u32, pair: &Neighbour) -> bool {
        let (bytes, other) = (self.bytes[buffer as usize], self.bytes[pair.other as usize]);
        pair.below < bytes || pair.above < other
    }

    /// Finds the discounts such that, in each section, any set of buffers uses at least the sum of
    /// the bytes that they count there.
    ///
    /// It takes the bytes that two can share off one of them: in each section either off all
    /// outputs or off all inputs, whichever leaves more. A pair that may overlap is live together
    /// in one section only: the first of the output, the last of the input.
    fn discount(&mut self) {
        let n = self.len();
        let (mut as_output, mut as_input) = (std::vec![0_u32; n], std::vec![0_u32; n]);
        for buffer in 0..n as u32 {
            for pair in self.neighbours(buffer).iter().filter(|pair| self.is_relaxed(buffer, pair))
            {
                let (i, o) = (buffer as usize, pair.other as usize);
                // The output is the one that begins later.
                if self.spans[o].0 < self.spans[i].0 {
                    let apart = Apart { below: pair.below, above: pair.above };
                    let shared = apart.shared_bytes(self.bytes[i], self.bytes[o]);
                    as_output[i] = as_output[i].saturating_add(shared).min(self.bytes[i]);
                    as_input[o] = as_input[o].saturating_add(shared).min(self.bytes[o]);
                }
            }
        }
        let mut sums = std::vec![(0_u64, 0_u64); self.section_len];
        for (i, &(first, end)) in self.spans.iter().enumerate() {
            sums[first as usize].0 += u64::from(as_output[i]);
            sums[end as usize - 1].1 += u64::from(as_input[i]);
        }
        self.discounts = self
            .spans
            .iter()
            .enumerate()
            .map(|(i, &(first, end))| {
                let (outputs, inputs) = sums[first as usize];
                let off_first = if outputs <= inputs { as_output[i] } else { 0 };
                let (outputs, inputs) = sums[end as usize - 1];
                (off_first, if outputs <= inputs { 0 } else { as_input[i] })
            })
            .collect();
    }

    fn pair_twins(&mut self) {
        let n = self.len() as u32;
        let plain = |b: u32| !self.neighbours(b).iter().any(|pair| self.is_relaxed(b, pair));
        let key = |b: u32| (self.spans[b as usize], self.bytes[b as usize]);
        let mut order: Vec<u32> = (0..n).filter(|&b| plain(b)).collect();
        order.sort_by_key(|&b| (key(b), b));
        let mut twins = std::vec![None; n as usize];
        for pair in order.windows(2) {
            if key(pair[0]) == key(pair[1]) {
                twins[pair[1] as usize] = Some(pair[0]);
            }
        }
        self.twins = twins;
    }

    /// Returns for each section the bytes that all its buffers count together.
    pub(super) fn loads(&self) -> Vec<u64> {
        let mut loads = std::vec![0_u64; self.section_len];
        for ((&bytes, &(first, end)), &(off_first, off_last)) in
            self.bytes.iter().zip(&self.spans).zip(&self.discounts)
        {
            for load in &mut loads[first as usize..end as usize] {
                *load += u64::from(bytes);
            }
            loads[first as usize] -= u64::from(off_first);
            loads[end as usize - 1] -= u64::from(off_last);
        }
        loads
    }
}

fn gcd(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
