//! First fit: buffers in some order, each at the lowest offset that is free.

use crate::order::{Order, insert};
use crate::rounded::{Item, Rounded};
use crate::{Error, Problem};

/// The largest number of buffers that 16 bits can tell apart.
const MAX_LEN: usize = 1 << 16;

/// Places fixed buffers in the order of their index, then the others in `order`, and returns the
/// total.
///
/// `offsets` and `queue` have an element for each buffer.
// size: one copy on devices; hosts (`std`) inline it.
#[cfg_attr(not(feature = "std"), inline(never))]
pub(crate) fn first_fit<P: Problem + ?Sized>(
    problem: &Rounded<'_, P>,
    order: &Order<P>,
    offsets: &mut [u32],
    queue: &mut [u16],
) -> Result<u32, Error> {
    let len = queue.len();
    if len > MAX_LEN {
        return Err(Error::TooManyBuffers { len, max: MAX_LEN });
    }
    order.sort(problem, offsets, queue);
    let mut total = 0;
    for at in 0..len {
        // The buffers before it have their offsets, in ascending order; of equal ones, the one
        // placed earlier comes first.
        let Some((&next, placed)) = queue.get(..=at).and_then(<[u16]>::split_last) else { break };
        let item = problem.item(next.into());
        let offset = fit(problem, &item, placed, offsets)?;
        if let Some(slot) = offsets.get_mut(item.index) {
            *slot = offset;
        }
        let end = offset.checked_add(item.bytes).ok_or(Error::Overflow { index: item.index })?;
        total = end.max(total);
        insert(queue, at, offsets);
    }
    Ok(total)
}

/// Returns the offset that `item` must have, or the lowest that none of those `placed` forbids.
fn fit<P: Problem + ?Sized>(
    problem: &Rounded<'_, P>,
    item: &Item,
    placed: &[u16],
    offsets: &[u32],
) -> Result<u32, Error> {
    let index = item.index;
    let fixed = problem.buffer(index).fixed;
    let mut offset = fixed.unwrap_or(0);
    // In ascending order, plain buffers never forbid an offset beyond them. A buffer that may be
    // overlapped can: then it takes another round, but no more rounds than there are ends of
    // buffers.
    for _ in 0..=placed.len() {
        let start = offset;
        let mut again = false;
        for &other in placed {
            let other = problem.item(other.into());
            let Some(apart) = problem.apart(item, &other) else { continue };
            let at = offsets.get(other.index).copied().unwrap_or(0);
            let (is_below, gap) = (offset <= at, offset.abs_diff(at));
            if is_below && gap >= item.bytes {
                break;
            }
            if is_below && gap >= apart.below || offset >= at && gap >= apart.above {
                again |= apart.below < item.bytes;
            } else if fixed.is_none() {
                let above = at.checked_add(apart.above);
                let above = above.and_then(|above| problem.aligned(index, above));
                offset = above.ok_or(Error::Overflow { index })?;
            } else if item.bytes != 0 && other.bytes != 0 {
                // An empty buffer has no bytes to share. (As an obstacle for others it does count,
                // as in TFLM.)
                return Err(Error::FixedConflict { a: other.index, b: index });
            }
        }
        if offset == start || !again {
            break;
        }
    }
    Ok(offset)
}
