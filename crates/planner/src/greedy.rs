//! Greedy placement by size: TFLM's order, ties and gaps.

use crate::first_fit::first_fit;
use crate::order::Order;
use crate::rounded::Rounded;
use crate::{Error, Problem};

/// Returns the elements of workspace that [`greedy`] needs for `len` buffers: one `u16` each.
#[must_use]
pub const fn greedy_workspace_len(len: usize) -> usize {
    len
}

/// Places the largest buffers first, each in the lowest gap that is large enough, and returns the
/// total.
///
/// First it rounds sizes up to `alignment`, a power of two. Then it does as TFLM, so that the
/// offsets are equal:
///
/// 1. Buffers with a fixed offset come first, in the order of their index; they are obstacles for
///    all others.
/// 2. The others follow by descending size. Of equal sizes, the one with the *higher* index is
///    placed first.
/// 3. Each goes to the lowest offset at which it fits between those already placed that are live at
///    the same time, or overlaps them as the problem [permits](Problem::overlap). TFLM knows no
///    such permission.
///
/// The total is the highest end of a buffer. Lifetimes may have any values; only their order
/// matters.
///
/// # Errors
///
/// Any [`Error`]. The offsets are then unspecified.
///
/// # Cost
///
/// O(len²) time; no recursion; [`greedy_workspace_len`] elements of workspace, whatever they
/// contain.
///
/// # Source
///
/// TFLM 90b983c2b, `micro/memory_planner/greedy_memory_planner.cc`, `CalculateOffsetsIfNeeded`, and
/// `micro/micro_allocator.cc`, `CreatePlan`, for the rounding. TFLM accepts fixed offsets that are
/// misaligned or in conflict.
///
/// # Examples
///
/// ```
/// use bantam_planner::{Buffer, greedy, greedy_workspace_len};
///
/// let buffers = [Buffer::new(100, 0, 1), Buffer::new(200, 1, 2), Buffer::new(50, 2, 3)];
/// let mut offsets = [0; 3];
/// let mut workspace = [0; greedy_workspace_len(3)];
/// let total = greedy(&buffers, 16, &mut offsets, &mut workspace)?;
/// // 200 bytes (208 rounded up) at 0; 100 live together with it; 50 when the 100 are no longer
/// // needed.
/// assert_eq!((total, offsets), (208 + 112, [208, 0, 208]));
/// # Ok::<(), bantam_planner::Error>(())
/// ```
pub fn greedy<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    offsets: &mut [u32],
    workspace: &mut [u16],
) -> Result<u32, Error> {
    let len = problem.len();
    let rounded = Rounded::new(problem, alignment)?;
    if offsets.len() != len {
        return Err(Error::OffsetsLen { expected: len, actual: offsets.len() });
    }
    let needed = greedy_workspace_len(len);
    let available = workspace.len();
    let queue = workspace.get_mut(..needed).ok_or(Error::WorkspaceLen { needed, available })?;
    first_fit(&rounded, &Order::SIZE, offsets, queue)
}
