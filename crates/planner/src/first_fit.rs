//! First fit: buffers in some order, each at the lowest offset that is free.

use crate::order::Order;
use crate::overlap::{Apart, Item};
use crate::{Error, Problem};

/// The largest number of buffers that 16 bits can tell apart.
const MAX_LEN: usize = 1 << 16;

/// Places fixed buffers in the order of their index, then the others in `order`, and returns the total.
///
/// The problem must have been checked; `offsets` and `queue` have an element for each buffer.
pub(crate) fn first_fit<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    order: Order,
    offsets: &mut [u32],
    queue: &mut [u16],
) -> Result<u32, Error> {
    let len = problem.len();
    if len > MAX_LEN {
        return Err(Error::TooManyBuffers { len, max: MAX_LEN });
    }
    order.sort(problem, alignment, offsets, queue);
    let mut total = 0;
    for at in 0..len {
        // Those before it have their offsets, and are in ascending order of these.
        let Some((&next, placed)) = queue.get(..=at).and_then(<[u16]>::split_last) else { break };
        let index = usize::from(next);
        let item = Item::new(problem, alignment, index);
        let offset = fit(problem, alignment, &item, placed, offsets)?;
        total = offset.checked_add(item.bytes).ok_or(Error::Overflow { index })?.max(total);
        if let Some(slot) = offsets.get_mut(index) {
            *slot = offset;
        }
        // Of equal offsets, the one placed earlier comes first.
        let mut at = at;
        while let Some([.., before, slot]) = queue.get_mut(..=at)
            && offsets.get(usize::from(*before)).is_some_and(|&before| before > offset)
        {
            core::mem::swap(before, slot);
            at -= 1;
        }
    }
    Ok(total)
}

/// The offset that `item` must have, or the lowest that none of those `placed` forbids.
#[cfg_attr(not(feature = "std"), inline(never))]
fn fit<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    item: &Item,
    placed: &[u16],
    offsets: &[u32],
) -> Result<u32, Error> {
    let index = item.index;
    let fixed = problem.buffer(index).fixed;
    let mut offset = fixed.unwrap_or(0);
    // In ascending order, plain buffers never forbid what was found beyond them. One that may be overlapped can,
    // so then it takes another round, but no more of them than there are ends of buffers to go to.
    for _ in 0..=placed.len() {
        let start = offset;
        let mut again = false;
        for &other in placed {
            let other = Item::new(problem, alignment, other.into());
            let Some(apart) = Apart::new(problem, alignment, item, &other) else { continue };
            let at = offsets.get(other.index).copied().unwrap_or(0);
            if at.checked_sub(offset).is_some_and(|gap| gap >= item.bytes) {
                break;
            }
            let clear_below = at.checked_sub(offset).is_some_and(|gap| gap >= apart.below);
            let clear_above = offset.checked_sub(at).is_some_and(|gap| gap >= apart.above);
            if clear_below || clear_above {
                again |= apart.below < item.bytes;
            } else if fixed.is_none() {
                offset = at.checked_add(apart.above).ok_or(Error::Overflow { index })?;
            } else if item.bytes != 0 && other.bytes != 0 {
                // What is empty has no bytes to share. (As an obstacle for others it does count, as in TFLM.)
                return Err(Error::FixedConflict { a: other.index, b: index });
            }
        }
        if offset == start || !again {
            break;
        }
    }
    Ok(offset)
}
