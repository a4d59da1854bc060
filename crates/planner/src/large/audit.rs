//! The second judge of plans: goes through the steps, and looks at neighbours only.

use std::collections::BTreeMap;
use std::vec::Vec;

use crate::gaps::part;
use crate::problem::alignment as alignment_of;
use crate::rounded::Item;
use crate::{Lifetime, Problem, Violation};

/// Checks a plan as [`validate`](crate::validate) does, in other ways and in less time.
///
/// Where a plan has several faults, the two may report different ones.
///
/// # Errors
///
/// A [`Violation`], if there is any.
///
/// # Cost
///
/// O(len·log len) time as long as few buffers overlap, O(len) memory.
pub fn validate<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    offsets: &[u32],
    total: u32,
) -> Result<(), Violation> {
    if !alignment.is_power_of_two() {
        return Err(Violation::Alignment { alignment });
    }
    if offsets.len() != problem.len() {
        return Err(Violation::OffsetsLen { expected: problem.len(), actual: offsets.len() });
    }
    let mut placed = Vec::with_capacity(offsets.len());
    for (index, &offset) in offsets.iter().enumerate() {
        let buffer = problem.buffer(index);
        let Lifetime { first, last } = buffer.lifetime;
        let end = u64::from(offset) + u64::from(buffer.bytes);
        if first > last {
            return Err(Violation::Lifetime { index, first, last });
        }
        let alignment = alignment_of(problem, index, alignment)
            .map_err(|alignment| Violation::Alignment { alignment })?;
        if offset & (alignment - 1) != 0 {
            return Err(Violation::Misaligned { index, offset });
        }
        if let Some(fixed) = buffer.fixed.filter(|&fixed| fixed != offset) {
            return Err(Violation::Moved { index, fixed, offset });
        }
        if end > u64::from(total) {
            return Err(Violation::OutOfRange { index, end, total });
        }
        // Each stretch of time in which the same bytes are in use stands for itself.
        let item = Item { index, bytes: buffer.bytes, lifetime: buffer.lifetime };
        let mut step = Some(first);
        while let Some(from) = step.filter(|&step| step <= last) {
            let stretch = part(problem, &item, from);
            let (start, end) = stretch.bytes;
            if start < end {
                let [start, end] = [start, end].map(|byte| u64::from(offset) + u64::from(byte));
                let stays = Lifetime::new(from, stretch.until);
                let lifetime = buffer.lifetime;
                placed.push(Placed { index, stays, lifetime, offset, start, end });
            }
            step = stretch.until.checked_add(1).filter(|&next| next > from);
        }
    }
    Audit { problem, staying: BTreeMap::new() }.run(&placed)
}

/// Bytes of a buffer in their place.
#[derive(Clone, Copy)]
struct Placed {
    index: usize,
    /// The steps in which they are in use.
    stays: Lifetime,
    /// The steps of the whole buffer.
    lifetime: Lifetime,
    /// The offset of the whole buffer.
    offset: u32,
    start: u64,
    end: u64,
}

struct Audit<'a, P: ?Sized> {
    problem: &'a P,
    /// The buffers that are live before this step and after it, by their start. Disjoint.
    staying: BTreeMap<u64, Placed>,
}

impl<P: Problem + ?Sized> Audit<'_, P> {
    fn run(mut self, placed: &[Placed]) -> Result<(), Violation> {
        // Each is born in its first step, and dies in its last.
        let mut events: Vec<(u32, bool, usize)> = Vec::with_capacity(2 * placed.len());
        for (at, buffer) in placed.iter().enumerate() {
            let Lifetime { first, last } = buffer.stays;
            events.push((first, true, at));
            if first != last {
                events.push((last, false, at));
            }
        }
        events.sort_unstable();
        for step in events.chunk_by(|a, b| a.0 == b.0) {
            let mut here: Vec<Placed> = Vec::with_capacity(step.len());
            for &(_, is_birth, at) in step {
                if !is_birth {
                    self.staying.remove(&placed[at].start);
                }
                here.push(placed[at]);
            }
            self.meet(&mut here)?;
            for &(now, is_birth, at) in step {
                if is_birth && placed[at].stays.last != now {
                    self.staying.insert(placed[at].start, placed[at]);
                }
            }
        }
        Ok(())
    }

    /// Judges those that are born or die in one step, among each other and against those that stay.
    fn meet(&self, here: &mut [Placed]) -> Result<(), Violation> {
        here.sort_unstable_by_key(|buffer| (buffer.start, buffer.index));
        let mut open: Vec<Placed> = Vec::new();
        for &buffer in &*here {
            let below = self.staying.range(..buffer.end).next_back();
            if let Some((_, other)) = below.filter(|(_, other)| other.end > buffer.start) {
                return Err(overlap(&buffer, other));
            }
            open.retain(|other| other.end > buffer.start);
            let permitted =
                |other: &&Placed| self.permits(&buffer, other) || self.permits(other, &buffer);
            if let Some(other) = open.iter().find(|other| !permitted(other)) {
                return Err(overlap(&buffer, other));
            }
            open.push(buffer);
        }
        Ok(())
    }

    fn permits(&self, output: &Placed, input: &Placed) -> bool {
        let (written, read) = (output.lifetime, input.lifetime);
        if written.first != read.last || read.first == read.last {
            return false;
        }
        let overlap = self.problem.overlap(output.index, input.index);
        let reaches = |low: &Placed, high: &Placed, distance: Option<u32>| {
            let gap = high.offset.checked_sub(low.offset);
            distance.zip(gap).is_some_and(|(distance, gap)| gap >= distance)
        };
        reaches(output, input, overlap.below) || reaches(input, output, overlap.above)
    }
}

fn overlap(a: &Placed, b: &Placed) -> Violation {
    Violation::Overlap { a: a.index.min(b.index), b: a.index.max(b.index) }
}
