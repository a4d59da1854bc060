//! Branch and bound over skyline placements, in the caller's memory and with a limit.

use crate::Problem;
use crate::bounds::in_use;
use crate::first_fit::FREE;
use crate::skyline::{Candidate, Skyline};

/// What a search came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A plan, and its total; it stands in the offsets.
    Found(u32),
    /// There is none.
    None,
    /// The nodes ran out.
    Unknown,
}

/// Looks for a plan whose total is at most `goal`.
///
/// Of the plans that are the same but for the order of placement, and of those that leave a hole for which a buffer is
/// waiting, it looks at one. `stack` has an element for each buffer; `nodes` counts down for each buffer placed.
pub(crate) fn search<P: Problem + ?Sized>(
    skyline: &mut Skyline<'_, P>,
    stack: &mut [u16],
    goal: u32,
    nodes: &mut u32,
) -> Outcome {
    skyline.clear();
    let mut depth = 0_usize;
    // The sibling that was tried last at this depth.
    let mut tried: Option<Candidate> = None;
    loop {
        let last = depth.checked_sub(1).and_then(|top| stack.get(top)).map(|&i| usize::from(i));
        let dead = tried.is_none() && is_hopeless(skyline, last, goal);
        let next = if dead { None } else { choose(skyline, last, tried) };
        if let Some(next) = next {
            if *nodes == 0 {
                return Outcome::Unknown;
            }
            *nodes -= 1;
            let index = next.index();
            if let (Some(slot), Ok(number)) = (stack.get_mut(depth), u16::try_from(index)) {
                *slot = number;
            }
            let fits = skyline.place(index).is_some_and(|end| end <= goal);
            depth += 1;
            if fits && !skyline.state.contains(&FREE) {
                return Outcome::Found(total(skyline));
            }
            if fits {
                tried = None;
                continue;
            }
        }
        // Back: the top of the stack has been tried.
        let top = depth.checked_sub(1).and_then(|top| stack.get(top));
        let Some(&index) = top else { return Outcome::None };
        depth -= 1;
        skyline.remove(index.into());
        tried = Some(skyline.candidate(index.into()));
    }
}

/// The next sibling to try.
fn choose<P: Problem + ?Sized>(
    skyline: &Skyline<'_, P>,
    last: Option<usize>,
    tried: Option<Candidate>,
) -> Option<Candidate> {
    // A buffer that fits entirely below another has to come first.
    let ends = skyline
        .waiting()
        .map(|candidate| candidate.floor().saturating_add(skyline.item(candidate.index()).bytes));
    let lowest_end = ends.min()?;
    let last = last.map(|index| (skyline.candidate(index), skyline.item(index)));
    skyline.next(&|candidate| {
        candidate.floor() < lowest_end
            && tried.is_none_or(|tried| candidate > tried)
            // In ascending order of offset; of equal offsets in order, except where one must lie "above" the other in the same place.
            && last.as_ref().is_none_or(|(last, item)| {
                candidate > *last
                    || candidate.floor() == last.floor()
                        && skyline.apart(item, candidate.index()).is_some()
            })
    })
}

/// Whether there is a step for which too little memory is left above the floors.
fn is_hopeless<P: Problem + ?Sized>(
    skyline: &Skyline<'_, P>,
    last: Option<usize>,
    goal: u32,
) -> bool {
    // All that is still to come lies above what came last.
    let least = last.map_or(0, |index| skyline.candidate(index).floor());
    let waits = |index: usize| skyline.is_waiting(index);
    let first = |index: usize| skyline.problem.buffer(index).lifetime.first;
    (0..skyline.problem.len()).filter(|&index| waits(index)).any(|index| {
        let step = first(index);
        // Many buffers may begin in the same step: once is enough.
        if (0..index).any(|before| waits(before) && first(before) == step) {
            return false;
        }
        let lives = |&other: &usize| waits(other) && skyline.item(other).lifetime.contains(step);
        let floors = (0..skyline.problem.len()).filter(lives);
        let floor = floors.map(|other| skyline.offsets.get(other).copied().unwrap_or(u32::MAX));
        let floor = floor.min().unwrap_or(0).max(least);
        let top = in_use(skyline.problem, skyline.alignment, step, &waits)
            .and_then(|bytes| bytes.checked_add(floor));
        top.is_none_or(|top| top > goal)
    })
}

fn total<P: Problem + ?Sized>(skyline: &Skyline<'_, P>) -> u32 {
    let ends = skyline.offsets.iter().enumerate();
    ends.map(|(index, offset)| offset.saturating_add(skyline.item(index).bytes)).max().unwrap_or(0)
}
