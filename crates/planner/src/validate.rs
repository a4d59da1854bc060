//! The judge of plans, whoever made them.

#[cfg(feature = "gaps")]
use crate::Buffer;
#[cfg(feature = "gaps")]
use crate::gaps;
use crate::problem::alignment as alignment_of;
#[cfg(feature = "gaps")]
use crate::rounded::Item;
use crate::{Overlap, Problem, Violation};

/// Checks that `offsets` is a plan of `problem` within `total` bytes.
///
/// There must be one offset for each buffer. Every offset must be a multiple of `alignment` (and of
/// the buffer's own, if it has one), and every fixed buffer at its offset. No end may be beyond
/// `total`. No two buffers that are live during the same step may share a byte that both use there,
/// unless the problem [permits](Problem::overlap) it at that distance. Buffers of 0 bytes share
/// nothing.
///
/// It compares all pairs, knows nothing of how plans are made, and trusts nothing: run it on every
/// plan that comes from a file.
///
/// # Errors
///
/// The first [`Violation`] it meets.
///
/// # Cost
///
/// O(len²) time, no memory.
///
/// # Examples
///
/// ```
/// use bantam_planner::{Buffer, Violation, validate};
///
/// let buffers = [Buffer::new(32, 0, 1), Buffer::new(32, 1, 2)];
/// assert_eq!(validate(&buffers, 16, &[0, 32], 64), Ok(()));
/// assert_eq!(validate(&buffers, 16, &[0, 16], 64), Err(Violation::Overlap { a: 0, b: 1 }));
/// ```
pub fn validate<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    offsets: &[u32],
    total: u32,
) -> Result<(), Violation> {
    if offsets.len() != problem.len() {
        return Err(Violation::OffsetsLen { expected: problem.len(), actual: offsets.len() });
    }
    judge(problem, alignment, total, |index| offsets.get(index).copied().unwrap_or(u32::MAX))
}

/// Does the same as [`validate`], with the offsets from a function.
pub(crate) fn judge<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    total: u32,
    offset: impl Fn(usize) -> u32,
) -> Result<(), Violation> {
    if !alignment.is_power_of_two() {
        return Err(Violation::Alignment { alignment });
    }
    for index in 0..problem.len() {
        let offset = offset(index);
        let buffer = problem.buffer(index);
        let (first, last) = (buffer.lifetime.first, buffer.lifetime.last);
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
        let end = u64::from(offset) + u64::from(buffer.bytes);
        if end > u64::from(total) {
            return Err(Violation::OutOfRange { index, end, total });
        }
    }
    // No end exceeds the total, so sums fit 32 bits from here on.
    let extent = |index: usize| {
        let (start, buffer) = (offset(index), problem.buffer(index));
        (start, start.saturating_add(buffer.bytes), buffer.lifetime)
    };
    for b in 0..problem.len() {
        let (start_b, end_b, lifetime_b) = extent(b);
        for a in 0..b {
            let (start_a, end_a, lifetime_a) = extent(a);
            if lifetime_a.overlaps(lifetime_b)
                && start_a.max(start_b) < end_a.min(end_b)
                && share_in_some_step(problem, (a, start_a), (b, start_b))
                && !permits(problem, (a, start_a), (b, start_b))
                && !permits(problem, (b, start_b), (a, start_a))
            {
                return Err(Violation::Overlap { a, b });
            }
        }
    }
    Ok(())
}

/// Returns whether there is a step in which both buffers use one of the bytes that they share.
#[cfg(feature = "gaps")]
fn share_in_some_step<P: Problem + ?Sized>(
    problem: &P,
    (a, offset_a): (usize, u32),
    (b, offset_b): (usize, u32),
) -> bool {
    let item = |index: usize| {
        let Buffer { bytes, lifetime, .. } = problem.buffer(index);
        Item { index, bytes, lifetime }
    };
    gaps::meet(problem, (&item(a), &item(b)), &mut |(start_a, end_a), (start_b, end_b)| {
        let start = offset_a.saturating_add(start_a).max(offset_b.saturating_add(start_b));
        start < offset_a.saturating_add(end_a).min(offset_b.saturating_add(end_b))
    })
}

/// Returns true: without gaps, buffers use all their bytes in all their steps.
#[cfg(not(feature = "gaps"))]
const fn share_in_some_step<P: ?Sized>(_: &P, _: (usize, u32), _: (usize, u32)) -> bool {
    true
}

/// Returns whether the first buffer, as output, may share bytes with the other, as input, at these
/// offsets.
// size: one copy on devices; hosts (`std`) inline it.
#[cfg_attr(not(feature = "std"), inline(never))]
fn permits<P: Problem + ?Sized>(
    problem: &P,
    (output, output_offset): (usize, u32),
    (input, input_offset): (usize, u32),
) -> bool {
    if !problem.buffer(input).lifetime.dies_for(problem.buffer(output).lifetime) {
        return false;
    }
    let Overlap { below, above } = problem.overlap(output, input);
    let far_enough = |low: u32, high: u32, distance: Option<u32>| {
        distance.is_some_and(|distance| high.checked_sub(low).is_some_and(|gap| gap >= distance))
    };
    far_enough(output_offset, input_offset, below) || far_enough(input_offset, output_offset, above)
}
