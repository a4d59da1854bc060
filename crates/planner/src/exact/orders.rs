//! The orders of buffers with equal floor, and the lessons of failures.

use core::cmp::Reverse;
use std::vec::Vec;

use super::model::Model;

/// A buffer's sort key by one measure.
type Measure = fn(&Facts<'_>, usize) -> u64;

/// The measures of buffers by which orders sort.
pub(super) struct Facts<'a> {
    model: &'a Model,
    /// For each buffer, the fullest of its sections.
    fullest: Vec<u64>,
}

fn steps(facts: &Facts<'_>, buffer: usize) -> u64 {
    facts.model.steps[buffer]
}

fn sections(facts: &Facts<'_>, buffer: usize) -> u64 {
    let (first, end) = facts.model.spans[buffer];
    u64::from(end - first)
}

fn bytes(facts: &Facts<'_>, buffer: usize) -> u64 {
    u64::from(facts.model.bytes[buffer])
}

fn area(facts: &Facts<'_>, buffer: usize) -> u64 {
    bytes(facts, buffer).saturating_mul(steps(facts, buffer))
}

fn fullest(facts: &Facts<'_>, buffer: usize) -> u64 {
    facts.fullest[buffer]
}

/// Descending, each deciding where those before it are equal.
const PLAIN: [[Measure; 3]; 3] =
    [[fullest, steps, area], [fullest, sections, area], [area, bytes, steps]];

/// The way to combine the failures in the sections of a buffer.
#[derive(Clone, Copy, Debug)]
enum Blame {
    Worst,
    SumTimesBytes,
}

/// Where failures are equal, these measures decide.
const LEARNING: [(Blame, [Measure; 3]); 3] = [
    (Blame::Worst, [steps, area, fullest]),
    (Blame::SumTimesBytes, [steps, area, fullest]),
    (Blame::Worst, [fullest, area, steps]),
];

/// One of the ways to choose among buffers of equal floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strategy {
    /// Always the same order.
    Plain(usize),
    /// First the buffers in the sections where this strategy failed before.
    Learning(usize),
}

/// Returns the budgets and strategies of a round. Budgets grow from round to round: one search may
/// be lucky and another may not, whatever its time.
pub(super) fn round(number: u32) -> Vec<(Strategy, u64)> {
    let grown = |nodes: u64, percent: u64, times: u32| {
        (0..times).fold(nodes, |nodes, _| (nodes / 100).saturating_mul(percent))
    };
    // Two rounds of learning, one without, two of learning.
    let (cycle, place) = (number / 5, number % 5);
    if place == 2 {
        let nodes = grown(12_000, 300, cycle);
        return (0..PLAIN.len()).map(|i| (Strategy::Plain(i), nodes)).collect();
    }
    let nodes = grown(3_000, 125, 4 * cycle + place - u32::from(place > 2));
    (0..LEARNING.len()).map(|i| (Strategy::Learning(i), nodes)).collect()
}

/// The lessons so far.
pub(super) struct Experience<'a> {
    facts: Facts<'a>,
    /// For each learning strategy, the share of failures of each section, in parts of [`ALL`]; old
    /// ones count less.
    blame: [Vec<u64>; LEARNING.len()],
}

/// The share of all failures.
const ALL: u64 = 1_000;

impl<'a> Experience<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        let loads = model.loads();
        let fullest = |&(first, end): &(u32, u32)| {
            loads[first as usize..end as usize].iter().copied().max().unwrap_or(0)
        };
        let facts = Facts { model, fullest: model.spans.iter().map(fullest).collect() };
        Self { facts, blame: core::array::from_fn(|_| std::vec![0; model.section_len]) }
    }

    /// Returns the rank of each buffer.
    pub(super) fn ranks(&self, strategy: Strategy) -> Vec<u32> {
        let facts = &self.facts;
        let by = |measures: &[Measure; 3], buffer: usize| measures.map(|of| of(facts, buffer));
        let key = |buffer: usize| match strategy {
            Strategy::Plain(i) => (0, by(&PLAIN[i], buffer)),
            Strategy::Learning(i) => {
                let (blame, measures) = &LEARNING[i];
                (self.failures(i, *blame, buffer), by(measures, buffer))
            }
        };
        let mut order: Vec<usize> = (0..facts.model.len()).collect();
        order.sort_by_cached_key(|&buffer| (Reverse(key(buffer)), buffer));
        let mut ranks = std::vec![0; order.len()];
        for (rank, buffer) in (0..).zip(order) {
            ranks[buffer] = rank;
        }
        ranks
    }

    fn failures(&self, strategy: usize, blame: Blame, buffer: usize) -> u64 {
        let (first, end) = self.facts.model.spans[buffer];
        let sections = self.blame[strategy][first as usize..end as usize].iter().copied();
        match blame {
            Blame::Worst => sections.max().unwrap_or(0),
            Blame::SumTimesBytes => {
                sections.sum::<u64>().saturating_mul(bytes(&self.facts, buffer))
            }
        }
    }

    /// Takes note of a search that failed, and how often in which section.
    pub(super) fn learn(&mut self, strategy: Strategy, failures: &[u32]) {
        let Strategy::Learning(i) = strategy else { return };
        let sum = failures.iter().map(|&count| u64::from(count)).sum::<u64>().max(1);
        for (blame, &count) in self.blame[i].iter_mut().zip(failures) {
            *blame = *blame / 2 + u64::from(count) * ALL / sum;
        }
    }
}
