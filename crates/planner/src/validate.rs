//! The judge of plans, whoever made them.

use crate::{Overlap, Problem, Violation};

/// Checks that `offsets` is a plan of `problem` within `total` bytes.
///
/// That is: one offset for each buffer, every offset a multiple of `alignment`, every fixed buffer where it must be, no end
/// beyond `total`, and no byte shared by two buffers that are live during the same step, unless the problem
/// [permits](Problem::overlap) it at that distance. Buffers of 0 bytes share nothing.
///
/// It compares all pairs, knows nothing of how plans are made, and trusts nothing: run it on every plan that comes from a file.
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

/// The same with the offsets from a function.
pub(crate) fn judge<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    total: u32,
    offset: impl Fn(usize) -> u32,
) -> Result<(), Violation> {
    if !alignment.is_power_of_two() {
        return Err(Violation::Alignment { alignment });
    }
    let offsets = || (0..problem.len()).map(|index| (index, offset(index)));
    for (index, offset) in offsets() {
        let buffer = problem.buffer(index);
        let (first, last) = (buffer.lifetime.first, buffer.lifetime.last);
        if first > last {
            return Err(Violation::Lifetime { index, first, last });
        }
        if offset & (alignment - 1) != 0 {
            return Err(Violation::Misaligned { index, offset });
        }
        if let Some(fixed) = buffer.fixed.filter(|&fixed| fixed != offset) {
            return Err(Violation::Moved { index, fixed, offset });
        }
        let end = end(offset, buffer.bytes);
        if end > u64::from(total) {
            return Err(Violation::OutOfRange { index, end, total });
        }
    }
    for (b, offset_b) in offsets() {
        let buffer_b = problem.buffer(b);
        for (a, offset_a) in offsets().take(b) {
            let buffer_a = problem.buffer(a);
            let first_shared = u64::from(offset_a.max(offset_b));
            let end_shared = end(offset_a, buffer_a.bytes).min(end(offset_b, buffer_b.bytes));
            if buffer_a.lifetime.overlaps(buffer_b.lifetime)
                && first_shared < end_shared
                && !permits(problem, (a, offset_a), (b, offset_b))
                && !permits(problem, (b, offset_b), (a, offset_a))
            {
                return Err(Violation::Overlap { a, b });
            }
        }
    }
    Ok(())
}

/// Whether the first buffer, as output, may share bytes with the other, as input, at these offsets.
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
        distance.is_some_and(|distance| u64::from(low) + u64::from(distance) <= u64::from(high))
    };
    far_enough(output_offset, input_offset, below) || far_enough(input_offset, output_offset, above)
}

/// The sum of two `u32` always fits `u64`.
fn end(offset: u32, bytes: u32) -> u64 {
    u64::from(offset) + u64::from(bytes)
}
