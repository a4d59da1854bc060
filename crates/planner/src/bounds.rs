//! The two bounds of every plan: nothing shared, and everything shared that could be.

use crate::problem::{check, round_up};
use crate::{Error, Problem};

/// Places the buffers one after the other, as if all were live all the time, and returns the total.
///
/// Sizes are rounded up to `alignment`. Buffers with a fixed offset stay there; the others follow, in the order of their
/// index, after the highest end of a fixed one.
///
/// No plan needs more; use it when every buffer must stay readable, for instance while debugging.
///
/// # Errors
///
/// Any [`Error`] that a problem or `offsets` can give rise to. The offsets are then unspecified. Conflicts between fixed
/// buffers are left to [`validate`](crate::validate).
///
/// # Cost
///
/// O(len) time, no memory.
///
/// # Source
///
/// TFLM 90b983c2b, `micro/memory_planner/linear_memory_planner.cc`, which knows no fixed offsets.
///
/// # Examples
///
/// ```
/// use bantam_planner::{Buffer, linear};
///
/// let buffers = [Buffer::new(100, 0, 1), Buffer::new(200, 1, 2), Buffer::new(50, 2, 3)];
/// let mut offsets = [0; 3];
/// assert_eq!(linear(&buffers, 16, &mut offsets)?, 112 + 208 + 64);
/// assert_eq!(offsets, [0, 112, 320]);
/// # Ok::<(), bantam_planner::Error>(())
/// ```
pub fn linear<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    offsets: &mut [u32],
) -> Result<u32, Error> {
    check(problem, alignment)?;
    if offsets.len() != problem.len() {
        return Err(Error::OffsetsLen { expected: problem.len(), actual: offsets.len() });
    }
    let mut total = fixed_end(problem, alignment);
    for (index, slot) in offsets.iter_mut().enumerate() {
        let buffer = problem.buffer(index);
        if let Some(fixed) = buffer.fixed {
            *slot = fixed;
            continue;
        }
        *slot = total;
        total = round_up(buffer.bytes, alignment)
            .and_then(|bytes| bytes.checked_add(total))
            .ok_or(Error::Overflow { index })?;
    }
    Ok(total)
}

/// The total below which no plan can come: the most bytes that are live during one step.
///
/// Sizes are rounded up to `alignment`, and the ends of fixed buffers count as well. There need not be a plan that
/// reaches the bound.
///
/// # Errors
///
/// Any [`Error`] that a problem can give rise to; [`Error::Overflow`] also if the bound does not fit `u32`.
///
/// # Cost
///
/// O(len²) time, no memory.
///
/// # Examples
///
/// ```
/// use bantam_planner::{Buffer, lower_bound};
///
/// let buffers = [Buffer::new(100, 0, 1), Buffer::new(200, 1, 2), Buffer::new(50, 2, 3)];
/// assert_eq!(lower_bound(&buffers, 16)?, 112 + 208); // during step 1
/// # Ok::<(), bantam_planner::Error>(())
/// ```
pub fn lower_bound<P: Problem + ?Sized>(problem: &P, alignment: u32) -> Result<u32, Error> {
    check(problem, alignment)?;
    let mut bound = fixed_end(problem, alignment);
    for index in 0..problem.len() {
        // The bytes in use grow only at the first step of a buffer, so no other step need be looked at.
        let step = problem.buffer(index).lifetime.first;
        let mut live = 0_u32;
        for other in (0..problem.len()).map(|other| problem.buffer(other)) {
            if other.lifetime.contains(step) {
                live = round_up(other.bytes, alignment)
                    .and_then(|bytes| bytes.checked_add(live))
                    .ok_or(Error::Overflow { index })?;
            }
        }
        bound = bound.max(live);
    }
    Ok(bound)
}

/// The highest end of a fixed buffer of a checked problem, or 0.
fn fixed_end<P: Problem + ?Sized>(problem: &P, alignment: u32) -> u32 {
    (0..problem.len())
        .filter_map(|index| {
            let buffer = problem.buffer(index);
            round_up(buffer.bytes, alignment)?.checked_add(buffer.fixed?)
        })
        .max()
        .unwrap_or(0)
}
