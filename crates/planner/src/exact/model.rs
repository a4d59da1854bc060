//! A problem prepared for the exact search.

use core::ops::Range;
use std::collections::BTreeSet;
use std::vec::Vec;

use crate::gaps::{Part, part};
use crate::problem::{alignment as alignment_of, round_up};
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

/// The sections of a buffer, and in them the bytes that are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    pub(super) first: u32,
    /// One after the last.
    pub(super) end: u32,
    pub(super) bytes: u32,
}

impl Piece {
    pub(super) const fn sections(self) -> Range<usize> {
        self.first as usize..self.end as usize
    }
}

/// The buffers that have bytes, and the *sections*: the time between the births, gaps and deaths of
/// any buffer.
///
/// Buffers are numbered anew; [`index`](Self::index) leads back.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) index: Vec<usize>,
    /// Rounded up; never 0.
    pub(super) bytes: Vec<u32>,
    /// The sections in which each is live: first, and one after the last.
    pub(super) spans: Vec<(u32, u32)>,
    /// Those of buffer `i` are `piece_starts[i]..piece_starts[i + 1]`; a gap in which nothing is in
    /// use has none.
    pieces: Vec<Piece>,
    piece_starts: Vec<u32>,
    pub(super) section_len: usize,
    pub(super) alignments: Vec<u32>,
    pub(super) fixed: Vec<Option<u32>>,
    /// No plan ends below: the highest end of a fixed buffer.
    pub(super) fixed_end: u32,
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
        // The stretches of time in which the same bytes of a buffer are in use.
        let stretches: Vec<Vec<(u64, u64, u32)>> =
            items.iter().map(|item| stretches(problem.problem, item)).collect();
        let times: BTreeSet<u64> =
            stretches.iter().flatten().flat_map(|&(from, end, _)| [from, end]).collect();
        let times: Vec<u64> = times.into_iter().collect();
        let rank = |time: u64| times.partition_point(|&other| other < time) as u32;
        let spans: Vec<(u32, u32)> = items
            .iter()
            .map(|item| (rank(item.lifetime.first.into()), rank(u64::from(item.lifetime.last) + 1)))
            .collect();
        let (mut pieces, mut piece_starts) = (Vec::new(), std::vec![0]);
        for stretches in &stretches {
            let used = stretches.iter().filter(|&&(.., bytes)| bytes != 0);
            pieces.extend(used.map(|&(from, end, bytes)| Piece {
                first: rank(from),
                end: rank(end),
                bytes,
            }));
            piece_starts.push(pieces.len() as u32);
        }
        let own = |item: &Item| alignment_of(problem.problem, item.index, alignment);
        let mut model = Self {
            pieces,
            piece_starts,
            alignments: items.iter().map(|item| own(item).unwrap_or(alignment)).collect(),
            fixed: items.iter().map(|item| problem.buffer(item.index).fixed).collect(),
            fixed_end: problem.fixed_end.unwrap_or(0),
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
        let mut granule = model.bytes.iter().copied().chain(distances).fold(0, gcd);
        // Offsets are sums of these, or fixed, or rounded up.
        granule = model.fixed.iter().flatten().copied().fold(granule, gcd);
        granule = gcd(granule, model.fixed_end);
        for own in model.alignments.iter().filter(|&&own| own > alignment) {
            granule = gcd(granule, *own);
        }
        model.granule = granule.max(1);
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

    /// Returns the sections of a buffer, and the bytes that are in use there.
    pub(super) fn pieces(&self, buffer: usize) -> &[Piece] {
        &self.pieces[self.piece_starts[buffer] as usize..self.piece_starts[buffer + 1] as usize]
    }

    /// Returns the least offset of a buffer that is not below `offset`.
    pub(super) fn aligned(&self, buffer: usize, offset: u32) -> u32 {
        round_up(offset, self.alignments[buffer]).unwrap_or(u32::MAX)
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
                // The output is the one that begins later. Pairs with gaps may meet in many
                // sections.
                if self.spans[o].0 < self.spans[i].0 && self.spans[o].1 - 1 == self.spans[i].0 {
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
                // No more than is counted there.
                let most = |at: u32| {
                    let piece =
                        self.pieces(i).iter().find(|piece| (piece.first..piece.end).contains(&at));
                    piece.map_or(0, |piece| piece.bytes)
                };
                let (outputs, inputs) = sums[first as usize];
                let off_first = if outputs <= inputs { as_output[i].min(most(first)) } else { 0 };
                let (outputs, inputs) = sums[end as usize - 1];
                (off_first, if outputs <= inputs { 0 } else { as_input[i].min(most(end - 1)) })
            })
            .collect();
    }

    fn pair_twins(&mut self) {
        let n = self.len() as u32;
        let plain = |b: u32| {
            let is_relaxed = self.neighbours(b).iter().any(|pair| self.is_relaxed(b, pair));
            !is_relaxed && self.fixed[b as usize].is_none()
        };
        let key = |b: u32| {
            let i = b as usize;
            (self.spans[i], self.bytes[i], self.alignments[i], self.pieces(i))
        };
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
        for (i, (&(first, end), &(off_first, off_last))) in
            self.spans.iter().zip(&self.discounts).enumerate()
        {
            for piece in self.pieces(i) {
                for load in &mut loads[piece.sections()] {
                    *load += u64::from(piece.bytes);
                }
            }
            loads[first as usize] -= u64::from(off_first);
            loads[end as usize - 1] -= u64::from(off_last);
        }
        loads
    }
}

/// Returns the stretches of time in which the same bytes of a buffer are in use, half-open, and how
/// many.
fn stretches<P: Problem + ?Sized>(problem: &P, item: &Item) -> Vec<(u64, u64, u32)> {
    let mut stretches = Vec::new();
    let mut step = Some(item.lifetime.first);
    while let Some(from) = step.filter(|&step| step <= item.lifetime.last) {
        let Part { bytes: (start, end), until, .. } = part(problem, item, from);
        stretches.push((u64::from(from), u64::from(until) + 1, end.saturating_sub(start)));
        step = until.checked_add(1).filter(|&next| next > from);
    }
    stretches
}

fn gcd(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
