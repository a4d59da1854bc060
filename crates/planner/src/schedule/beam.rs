//! The heuristic search: step by step, of the sets of steps that have run only the best few.

use std::collections::HashSet;
use std::vec;
use std::vec::Vec;

use super::segment::{Cost, Segment, State};

/// A candidate for the next step: sorted, the best is first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    peak: u64,
    live: u64,
    /// The state it comes from, and the step.
    parent: usize,
    step: usize,
}

/// Returns an order with a peak below `best`, or `None` if there is none among those that it looks
/// at; at most `floor` is as good as anything below. Counts `states` up.
///
/// If no more than `width` sets have ever to be kept, the peak is the lowest.
pub(super) fn search(
    segment: &Segment,
    floor: u64,
    best: u64,
    width: usize,
    states: &mut u64,
) -> Option<Vec<usize>> {
    let mut level = vec![segment.start(floor)];
    // For each number of steps that have run, the states: which one each came from, and by which
    // step.
    let mut moves: Vec<Vec<(usize, usize)>> = Vec::with_capacity(segment.len());
    for _ in 0..segment.len() {
        let mut candidates: Vec<Candidate> = Vec::new();
        for (parent, state) in level.iter().enumerate() {
            expand(segment, parent, state, &mut candidates);
        }
        candidates.retain(|candidate| candidate.peak < best);
        candidates.sort_unstable();
        let mut kept = HashSet::new();
        let (mut next, mut origins) = (Vec::new(), Vec::new());
        for Candidate { peak, live, parent, step } in candidates {
            if next.len() >= width.max(1) {
                break;
            }
            let state = segment.run(&level[parent], step, Cost { during: peak, after: live });
            // Another way to the same set came first, so its peak is not higher.
            if kept.insert(state.done.clone()) {
                next.push(state);
                origins.push((parent, step));
            }
        }
        *states = states.saturating_add(next.len() as u64);
        level = next;
        moves.push(origins);
    }
    let mut at = 0;
    let mut order = Vec::with_capacity(segment.len());
    for origins in moves.iter().rev() {
        let &(parent, step) = origins.get(at)?;
        order.push(step);
        at = parent;
    }
    order.reverse();
    Some(order)
}

fn expand(segment: &Segment, parent: usize, state: &State, candidates: &mut Vec<Candidate>) {
    let candidate = |step: usize| {
        let cost = segment.cost(state, step);
        Candidate { peak: state.peak.max(cost.during), live: cost.after, parent, step }
    };
    let before = candidates.len();
    for step in state.ready.iter() {
        let next = candidate(step);
        // Nothing is lost if it comes next: see `free_run`.
        if next.peak == state.peak && next.live <= state.live {
            candidates.truncate(before);
            candidates.push(next);
            return;
        }
        candidates.push(next);
    }
}
