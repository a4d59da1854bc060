//! The tools of several tests: problems with permissions, a second checker, and the optimum by
//! trying all offsets.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};

use bantam_planner::{Buffer, Overlap, Permission, Problem, WithOverlaps};
use proptest::prelude::*;

/// Buffers and permissions that fit together.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    pub(crate) buffers: Vec<Buffer>,
    pub(crate) permissions: Vec<Permission>,
}

impl Owned {
    pub(crate) fn problem(&self) -> WithOverlaps<'_> {
        WithOverlaps::new(&self.buffers, &self.permissions).unwrap()
    }
}

/// Up to `len` buffers of up to `bytes` bytes in `steps` steps, with permissions for about half of
/// the pairs that may have one.
pub(crate) fn problem(len: usize, bytes: u32, steps: u32) -> impl Strategy<Value = Owned> {
    let buffer = (0..=bytes, 0..steps, 0..4_u32)
        .prop_map(|(bytes, first, more)| Buffer::new(bytes, first, first + more));
    let distance = || proptest::option::weighted(0.7, 0..=bytes);
    let draw = (any::<bool>(), distance(), distance());
    let buffers = proptest::collection::vec(buffer, 0..=len);
    (buffers, proptest::collection::vec(draw, 64)).prop_map(|(buffers, draws)| {
        let mut draws = draws.into_iter().cycle();
        let mut permissions = Vec::new();
        for (output, o) in (0_u32..).zip(&buffers) {
            for (input, i) in (0_u32..).zip(&buffers) {
                if output == input || !i.lifetime.dies_for(o.lifetime) {
                    continue;
                }
                let (wanted, below, above) = draws.next().unwrap();
                if wanted {
                    let overlap = Overlap { below, above };
                    permissions.push(Permission { output, input, overlap });
                }
            }
        }
        Owned { buffers, permissions }
    })
}

/// Returns a sweep through the steps that judges neighbours by address; knows nothing of how
/// `validate` does it.
pub(crate) fn sweep_finds_fault(owned: &Owned, offsets: &[u32], total: u32) -> bool {
    let permitted: HashMap<(u32, u32), Overlap> =
        owned.permissions.iter().map(|p| ((p.output, p.input), p.overlap)).collect();
    let at = |index: u32| i64::from(offsets[index as usize]);
    let end = |index: u32| at(index) + i64::from(owned.buffers[index as usize].bytes);
    let by_permission = |output: u32, input: u32| {
        let overlap = permitted.get(&(output, input)).copied().unwrap_or(Overlap::NONE);
        overlap.below.is_some_and(|below| at(input) - at(output) >= i64::from(below))
            || overlap.above.is_some_and(|above| at(output) - at(input) >= i64::from(above))
    };
    let steps: BTreeSet<u32> = owned.buffers.iter().map(|buffer| buffer.lifetime.first).collect();
    for step in steps {
        let mut live: Vec<u32> = (0..owned.buffers.len() as u32)
            .filter(|&index| owned.buffers[index as usize].lifetime.contains(step))
            .filter(|&index| at(index) != end(index))
            .collect();
        live.sort_by_key(|&index| at(index));
        let mut open: Vec<u32> = Vec::new();
        for index in live {
            open.retain(|&other| end(other) > at(index));
            if open
                .iter()
                .any(|&other| !by_permission(index, other) && !by_permission(other, index))
            {
                return true;
            }
            open.push(index);
        }
    }
    (0..owned.buffers.len() as u32).any(|index| end(index) > i64::from(total))
}

/// Returns the least total, by placing the buffers in every order, each above all that came before.
///
/// Sorted by offset, and pushed down, every plan is one of these.
pub(crate) fn optimum(owned: &Owned, alignment: u32) -> u32 {
    optimum_of(&owned.problem(), alignment)
}

/// Returns the same for any problem in which no buffer is fixed.
pub(crate) fn optimum_of<P: Problem>(problem: &P, alignment: u32) -> u32 {
    let n = problem.len();
    let buffers: Vec<Buffer> = (0..n).map(|index| problem.buffer(index)).collect();
    let size = |i: usize| buffers[i].bytes.next_multiple_of(alignment);
    // distance[low][high]: how far `high` must be above `low`.
    let mut distance = vec![vec![None; n]; n];
    for (low, row) in distance.iter_mut().enumerate() {
        for high in (0..n).filter(|&high| high != low) {
            let (a, b) = (buffers[low].lifetime, buffers[high].lifetime);
            if a.first <= b.last && b.first <= a.last && size(low) != 0 && size(high) != 0 {
                let mut least = size(low);
                let mut permit = |bytes: Option<u32>| {
                    least = least.min(bytes.map_or(least, |b| b.next_multiple_of(alignment)));
                };
                if a.first == b.last && b.first != b.last {
                    permit(problem.overlap(low, high).below);
                }
                if b.first == a.last && a.first != a.last {
                    permit(problem.overlap(high, low).above);
                }
                row[high] = Some(least);
            }
        }
    }
    let sizes: Vec<u32> = (0..n).map(size).collect();
    let search = Search { sizes: &sizes, distance: &distance };
    let mut best = u32::MAX;
    search.place(&mut (0..n).collect(), &vec![0; n], 0, &mut best);
    best
}

struct Search<'a> {
    sizes: &'a [u32],
    distance: &'a [Vec<Option<u32>>],
}

impl Search<'_> {
    fn place(&self, left: &mut Vec<usize>, floors: &[u32], total: u32, best: &mut u32) {
        if left.is_empty() {
            *best = total.min(*best);
        }
        for at in 0..left.len() {
            let index = left.remove(at);
            let offset = floors[index];
            let total = total.max(offset + self.sizes[index]);
            if total < *best {
                let raised = floors.iter().zip(&self.distance[index]);
                let raised: Vec<u32> = raised
                    .map(|(&floor, distance)| floor.max(distance.map_or(0, |least| offset + least)))
                    .collect();
                self.place(left, &raised, total, best);
            }
            left.insert(at, index);
        }
    }
}

/// Returns the least total, by trying every offset; for few and small buffers, fixed ones too.
pub(crate) fn optimum_on_grid(owned: &Owned) -> u32 {
    let problem = owned.problem();
    let n = owned.buffers.len();
    (0..)
        .find(|&total| {
            let mut offsets = vec![0; n];
            loop {
                if bantam_planner::validate(&problem, 1, &offsets, total).is_ok() {
                    return true;
                }
                let Some(at) = offsets.iter().position(|&offset| offset < total) else {
                    return false;
                };
                offsets[at] += 1;
                offsets[..at].fill(0);
            }
        })
        .unwrap()
}

/// A problem that answers differently each time.
#[derive(Debug)]
pub(crate) struct Moody {
    len: usize,
    state: Cell<u32>,
}

impl Moody {
    pub(crate) fn new(len: usize, seed: u32) -> Self {
        Self { len, state: Cell::new(seed) }
    }

    fn next(&self) -> u32 {
        let state = self.state.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.state.set(state);
        state
    }
}

impl Problem for Moody {
    fn len(&self) -> usize {
        self.len
    }

    fn buffer(&self, _: usize) -> Buffer {
        let state = self.next();
        let buffer = Buffer::new(state >> 20, 0, (state >> 8) % 4);
        if state >> 28 != 0 { buffer } else { buffer.fixed_at(state >> 18) }
    }

    fn overlap(&self, _: usize, _: usize) -> Overlap {
        let state = self.next();
        Overlap { below: (state >> 31 == 0).then_some(state >> 22), above: Some(state >> 20) }
    }
}
