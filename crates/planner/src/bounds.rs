//! The two bounds of every plan: sharing nothing, and sharing all that can be shared.

use crate::problem::{check, round_up};
use crate::rounded::Rounded;
use crate::{Error, Problem};

/// Places the buffers one after the other, as if all were live all the time, and returns the total.
///
/// Sizes are rounded up to `alignment`. Buffers with a fixed offset stay there; the others follow,
/// in the order of their index, after the highest end of a fixed one.
///
/// No plan needs more; use it when every buffer must stay readable, for instance while debugging.
///
/// # Errors
///
/// Any [`Error`] of a problem or of `offsets`. The offsets are then unspecified.
/// [`validate`](crate::validate) checks for conflicts between fixed buffers; this function does
/// not.
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
    let fixed_end = check(problem, alignment)?;
    if offsets.len() != problem.len() {
        return Err(Error::OffsetsLen { expected: problem.len(), actual: offsets.len() });
    }
    let mut total = fixed_end.unwrap_or(0);
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

/// Returns a total that no plan can be below: the most bytes that are in use during one step.
///
/// It rounds sizes up to `alignment`, and counts the ends of fixed buffers as well. If buffers may
/// [overlap](Problem::overlap), it subtracts the most that each pair can share. There need not be a
/// plan that reaches the bound.
///
/// # Errors
///
/// Any [`Error`] of a problem; [`Error::Overflow`] also if the bound does not fit `u32`.
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
    least_total(&Rounded::new(problem, alignment)?).map_err(|index| Error::Overflow { index })
}

/// Returns the [`lower_bound`] of a problem, or the buffer where it overflows.
pub(crate) fn least_total<P: Problem + ?Sized>(problem: &Rounded<'_, P>) -> Result<u32, usize> {
    let mut bound = problem.fixed_end.unwrap_or(0);
    let first = |index: usize| problem.buffer(index).lifetime.first;
    for index in 0..problem.len() {
        // The bytes in use grow only at the first step of a buffer, so it suffices to look at these
        // steps.
        let step = first(index);
        if (0..index).any(|before| first(before) == step) {
            continue;
        }
        let bytes = in_use(problem, step, (problem.len(), &|index| index));
        bound = bound.max(bytes.ok_or(index)?);
    }
    Ok(bound)
}

/// Returns a lower bound of the bytes of some buffers that are live during `step`; `None` on
/// overflow.
///
/// The buffers are `len` different ones, and `index` gives their indices.
// size: one copy on devices; hosts (`std`) inline it.
#[cfg_attr(not(feature = "std"), inline(never))]
pub(crate) fn in_use<P: Problem + ?Sized>(
    problem: &Rounded<'_, P>,
    step: u32,
    (len, index): (usize, &dyn Fn(usize) -> usize),
) -> Option<u32> {
    let live = || {
        let items = (0..len).map(|at| problem.item(index(at)));
        items.filter(|item| item.bytes != 0 && item.lifetime.contains(step))
    };
    let (mut sum, mut shared, mut inputs, mut outputs) = (0_u64, 0_u32, 0_u32, 0_u32);
    for item in live() {
        let bytes = problem.bytes_in_use(&item, step);
        sum += u64::from(bytes);
        let is_born = item.lifetime.first == step;
        if !is_born && item.lifetime.last != step {
            continue; // shares nothing
        }
        // Only what is born now can share bytes with what dies now, and was born before. With
        // itself nothing shares any. (Nor can it share more than it has, so 32 bits will do.)
        let common = live().map(|other| problem.shared(&item, &other));
        let common = common.fold(0, u32::saturating_add);
        if common == 0 {
            continue;
        }
        if is_born {
            outputs = outputs.saturating_add(bytes);
            shared = shared.saturating_add(common);
        } else {
            inputs = inputs.saturating_add(bytes);
        }
    }
    // No pair of buffers without the inputs shares a byte, nor without the outputs. If both of
    // them exceed 32 bits, so does the rest.
    u32::try_from(sum - u64::from(shared.min(inputs).min(outputs))).ok()
}
