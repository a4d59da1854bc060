//! The two bounds of every plan: nothing shared, and everything shared that could be.

use crate::overlap::{Apart, Item};
use crate::problem::{check, round_up};
use crate::{Buffer, Error, Lifetime, Problem};

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

/// The total below which no plan can come: the most bytes that are in use during one step.
///
/// Sizes are rounded up to `alignment`, and the ends of fixed buffers count as well. Where buffers may
/// [overlap](Problem::overlap), as much is taken off as each pair can share. There need not be a plan that reaches the
/// bound.
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
    least_total(problem, alignment).map_err(|index| Error::Overflow { index })
}

/// The [`lower_bound`] of a checked problem, or the buffer where it overflows.
pub(crate) fn least_total<P: Problem + ?Sized>(problem: &P, alignment: u32) -> Result<u32, usize> {
    let mut bound = fixed_end(problem, alignment);
    for index in 0..problem.len() {
        // The bytes in use grow only at the first step of a buffer, so no other step need be looked at.
        let step = problem.buffer(index).lifetime.first;
        if (0..index).any(|before| problem.buffer(before).lifetime.first == step) {
            continue;
        }
        let bytes = in_use(problem, alignment, step, (problem.len(), &|index| index));
        bound = bound.max(bytes.ok_or(index)?);
    }
    Ok(bound)
}

/// A lower bound of the bytes that those of some buffers take that are live during `step`; `None` on overflow.
///
/// The buffers are `len` different ones; `index` gives their indices.
pub(crate) fn in_use<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    step: u32,
    (len, index): (usize, &dyn Fn(usize) -> usize),
) -> Option<u32> {
    let live = || {
        let items = (0..len).map(|at| Item::new(problem, alignment, index(at)));
        items.filter(|item| item.bytes != 0 && item.lifetime.contains(step))
    };
    // What is shared may bring a sum beyond 32 bits back into them. (No sum of 32-bit sizes is beyond 64.)
    let (mut sum, mut shared, mut inputs, mut outputs) = (0_u64, 0_u64, 0_u64, 0_u64);
    for item in live() {
        let bytes = u64::from(item.bytes);
        sum += bytes;
        let Lifetime { first, last } = item.lifetime;
        if first != step && last != step {
            continue; // neither born nor dying: shares nothing
        }
        let (mut is_input, mut is_output) = (false, false);
        for other in live().filter(|other| other.index != item.index) {
            let forwards = first == step && other.lifetime.last == step;
            let backwards = last == step && other.lifetime.first == step;
            if !forwards && !backwards {
                continue;
            }
            let common = Apart::new(problem, alignment, &item, &other)
                .map_or(0, |apart| apart.shared(&item, &other));
            is_output |= forwards && common != 0;
            is_input |= backwards && common != 0;
            if item.index < other.index {
                shared = shared.saturating_add(common.into());
            }
        }
        inputs += if is_input { bytes } else { 0 };
        outputs += if is_output { bytes } else { 0 };
    }
    // No pair of buffers without the inputs shares a byte, nor without the outputs.
    u32::try_from(sum.saturating_sub(shared.min(inputs).min(outputs))).ok()
}

/// The highest end of a fixed buffer of a checked problem, or 0.
fn fixed_end<P: Problem + ?Sized>(problem: &P, alignment: u32) -> u32 {
    let mut end = 0;
    for index in 0..problem.len() {
        let Buffer { bytes, fixed, .. } = problem.buffer(index);
        if let (Some(offset), Some(bytes)) = (fixed, round_up(bytes, alignment)) {
            end = offset.saturating_add(bytes).max(end);
        }
    }
    end
}
