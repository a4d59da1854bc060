//! The exact search: sets of steps that have run, those with the lowest peak first.

use core::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::vec::Vec;

use super::segment::{Segment, State};
use super::set::Set;

/// The result of the search.
pub(super) enum Outcome {
    /// An order with the lowest peak that there is, or with one of at most the floor.
    Found(Vec<usize>),
    /// No order has a peak below the best that was known.
    None,
    /// The budget did not suffice; no order has a lower peak than this.
    Unknown(u64),
}

/// The peak, the number of steps that have run, the bytes that are live, and the place among those
/// that wait: of equal peaks, the set of most steps comes first, then the one that leaves least
/// live.
type Rank = (Reverse<u64>, usize, Reverse<u64>, Reverse<usize>);

struct Search<'a> {
    segment: &'a Segment,
    /// Only lower peaks are of interest.
    best: u64,
    /// The lowest peak by which each set was reached.
    reached: HashMap<Set, u64>,
    queue: BinaryHeap<Rank>,
    /// The states in the queue, each with its last move.
    waiting: Vec<Option<(State, Option<usize>)>>,
    /// For each move, the one before and the step.
    moves: Vec<(Option<usize>, usize)>,
    left: u64,
}

/// Looks for an order with a peak of at most `floor`, or, where there is none, the lowest below
/// `best`. Counts `left` down for each set that is reached.
///
/// A set has the same future whatever the order of its steps was, so only the way with the lowest
/// peak counts; and as a peak never falls, the first complete set to come out of the queue is the
/// best.
pub(super) fn search(segment: &Segment, floor: u64, best: u64, left: &mut u64) -> Outcome {
    let mut search = Search {
        segment,
        best,
        reached: HashMap::new(),
        queue: BinaryHeap::new(),
        waiting: Vec::new(),
        moves: Vec::new(),
        left: *left,
    };
    let outcome = search.run(floor);
    *left = search.left;
    outcome
}

impl Search<'_> {
    fn run(&mut self, mut floor: u64) -> Outcome {
        if floor >= self.best {
            return Outcome::None;
        }
        self.enter(self.segment.start(floor), None, 0);
        while let Some((Reverse(peak), steps, _, Reverse(number))) = self.queue.pop() {
            let Some((state, last)) = self.waiting[number].take() else { continue };
            if self.reached.get(&state.done).is_some_and(|&known| known < peak) {
                continue;
            }
            if steps == self.segment.len() {
                return Outcome::Found(self.moves_to(last));
            }
            // Nothing better is left.
            floor = floor.max(peak);
            if self.left == 0 {
                return Outcome::Unknown(floor);
            }
            if let Some(run) = self.segment.free_run(&state, floor) {
                self.follow(state, last, steps, &run);
                continue;
            }
            for index in state.ready.iter() {
                self.follow(state.clone(), last, steps, &[index]);
            }
        }
        Outcome::None
    }

    /// Runs these steps.
    fn follow(&mut self, mut state: State, mut last: Option<usize>, done: usize, run: &[usize]) {
        for &index in run {
            let cost = self.segment.cost(&state, index);
            if cost.during >= self.best {
                return;
            }
            state = self.segment.run(&state, index, cost);
            self.moves.push((last, index));
            last = Some(self.moves.len() - 1);
        }
        self.enter(state, last, done + run.len());
    }

    fn enter(&mut self, state: State, last: Option<usize>, steps: usize) {
        let known = self.reached.entry(state.done.clone()).or_insert(u64::MAX);
        if *known > state.peak {
            *known = state.peak;
            self.left = self.left.saturating_sub(1);
            let number = Reverse(self.waiting.len());
            self.queue.push((Reverse(state.peak), steps, Reverse(state.live), number));
            self.waiting.push(Some((state, last)));
        }
    }

    fn moves_to(&self, mut last: Option<usize>) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.segment.len());
        while let Some(number) = last {
            let (before, index) = self.moves[number];
            order.push(index);
            last = before;
        }
        order.reverse();
        order
    }
}
