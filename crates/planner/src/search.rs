//! Branch and bound over skyline placements, in the caller's memory and with a limit.

use crate::Problem;
use crate::bounds::in_use;
use crate::skyline::{Candidate, Skyline};

/// The result of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A plan, and its total; the offsets are in the skyline.
    Found(u32),
    /// There is none.
    None,
    /// The nodes ran out.
    Unknown,
}

/// Looks for a plan whose total is at most `goal`.
///
/// Plans may differ only in the order of placement, or in a hole for which a buffer is waiting; it
/// looks at one of them. `nodes` counts down for each placed buffer.
pub(crate) fn search<P: Problem + ?Sized>(
    skyline: &mut Skyline<'_, P>,
    goal: u32,
    nodes: &mut u32,
) -> Outcome {
    skyline.clear();
    let empty = skyline.depth;
    // The sibling that was tried last at this depth.
    let mut tried: Option<Candidate> = None;
    loop {
        let last = skyline.placed().get(empty..).and_then(<[u16]>::last);
        let last = last.map(|&rank| skyline.candidate(rank));
        let dead = tried.is_none() && is_hopeless(skyline, last, goal);
        let next = if dead { None } else { choose(skyline, last, tried) };
        if let Some(at) = next {
            if *nodes == 0 {
                return Outcome::Unknown;
            }
            *nodes -= 1;
            if skyline.place(at).is_some_and(|end| end <= goal) {
                if skyline.waiting().is_empty() {
                    let ends = skyline.placed().iter().map(|&rank| skyline.end(rank));
                    return Outcome::Found(ends.max().unwrap_or(0));
                }
                tried = None;
                continue;
            }
        } else if last.is_none() {
            return Outcome::None;
        }
        // Goes back: all siblings of the last buffer have been tried.
        tried = skyline.remove();
    }
}

/// Returns the place in the stack of the next sibling to try.
fn choose<P: Problem + ?Sized>(
    skyline: &Skyline<'_, P>,
    last: Option<Candidate>,
    tried: Option<Candidate>,
) -> Option<usize> {
    // A buffer that fits entirely below another has to come first.
    let lowest_end = skyline.waiting().iter().map(|&rank| skyline.end(rank)).min()?;
    let last = last.map(|last| (last, skyline.item(last.rank())));
    skyline.next(&|candidate| {
        candidate.floor() < lowest_end
            && tried.is_none_or(|tried| candidate > tried)
            // In ascending order of offset; of equal offsets in order, except where one must lie
            // "above" the other in the same place.
            && last.as_ref().is_none_or(|(last, item)| {
                candidate > *last
                    || candidate.floor() == last.floor()
                        && skyline.apart(item, &skyline.item(candidate.rank())).is_some()
            })
    })
}

/// Returns whether there is a step for which too little memory is left above the floors.
fn is_hopeless<P: Problem + ?Sized>(
    skyline: &Skyline<'_, P>,
    last: Option<Candidate>,
    goal: u32,
) -> bool {
    // All waiting buffers lie above the last one.
    let least = last.map_or(0, Candidate::floor);
    let waiting = skyline.waiting();
    let lifetime = |rank: u16| skyline.item(rank).lifetime;
    for (at, &rank) in waiting.iter().enumerate() {
        let step = lifetime(rank).first;
        // Many buffers may begin in the same step: once is enough.
        if waiting.iter().take(at).any(|&before| lifetime(before).first == step) {
            continue;
        }
        let mut floor = u32::MAX;
        for &other in waiting {
            if lifetime(other).contains(step) {
                floor = floor.min(skyline.candidate(other).floor());
            }
        }
        let index = |at: usize| waiting.get(at).map_or(0, |&rank| skyline.index(rank));
        let top = in_use(skyline.problem, step, (waiting.len(), &index))
            .and_then(|bytes| bytes.checked_add(floor.max(least)));
        if top.is_none_or(|top| top > goal) {
            return true;
        }
    }
    false
}
