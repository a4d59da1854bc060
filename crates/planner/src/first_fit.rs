//! First fit: buffers in some order, each at the lowest offset that is free.

use crate::order::Order;
use crate::overlap::{Apart, Item};
use crate::{Error, Problem};

/// Ends the list of placed buffers.
pub(crate) const END: u16 = u16::MAX;
/// Instead of a link: not placed yet.
pub(crate) const FREE: u16 = u16::MAX - 1;
/// The largest number of buffers that can be told apart from both.
const MAX_LEN: usize = FREE as usize;

/// Places fixed buffers in the order of their index, then the others in `order`, and returns the total.
///
/// The problem must have been checked; `offsets` and `next` have an element for each buffer.
pub(crate) fn first_fit<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    order: Order,
    offsets: &mut [u32],
    next: &mut [u16],
) -> Result<u32, Error> {
    let len = problem.len();
    if len > MAX_LEN {
        return Err(Error::TooManyBuffers { len, max: MAX_LEN });
    }
    next.fill(FREE);
    let mut placed =
        Placed { problem, alignment, order, offsets, next, head: END, len: 0, total: 0 };
    for index in 0..len {
        if let Some(offset) = problem.buffer(index).fixed {
            placed.insert_fixed(&Item::new(problem, alignment, index), offset)?;
        } else if let Some(slot) = placed.offsets.get_mut(index) {
            *slot = order.key(problem, &Item::new(problem, alignment, index));
        }
    }
    while let Some(item) = placed.next_in_order() {
        placed.insert(&item)?;
    }
    Ok(placed.total)
}

/// The buffers that have an offset, as a list in ascending order of offset.
///
/// Of equal offsets, the one placed earlier comes first.
struct Placed<'a, P: ?Sized> {
    problem: &'a P,
    alignment: u32,
    order: Order,
    /// Of buffers in the list, the offset; of others, the key of the order.
    offsets: &'a mut [u32],
    /// For each buffer in the list, the one after it, or [`END`]; for others [`FREE`].
    next: &'a mut [u16],
    head: u16,
    len: usize,
    /// The highest end of a buffer in the list.
    total: u32,
}

impl<P: Problem + ?Sized> Placed<'_, P> {
    /// The buffer that is next in order: searching anew each time costs no more than the search for its place.
    fn next_in_order(&self) -> Option<Item> {
        let mut first: Option<(u64, Item)> = None;
        for (index, (&key, &next)) in self.offsets.iter().zip(self.next.iter()).enumerate() {
            if next == FREE {
                let item = Item::new(self.problem, self.alignment, index);
                let rank = u64::from(key) << 32 | u64::from(self.order.tie(&item));
                // Of equal ones the last.
                if first.is_none_or(|(best, _)| rank >= best) {
                    first = Some((rank, item));
                }
            }
        }
        first.map(|(_, item)| item)
    }

    fn insert_fixed(&mut self, item: &Item, offset: u32) -> Result<(), Error> {
        // What is empty has no bytes to share. (As an obstacle for others it does count, as in TFLM.)
        let conflict = self.walk().find(|&(number, other)| {
            item.bytes != 0
                && self.item(number).bytes != 0
                && self.apart(item, number).is_some_and(|apart| too_close(apart, offset, other))
        });
        match conflict {
            Some((a, _)) => Err(Error::FixedConflict { a: a.into(), b: item.index }),
            None => self.link(item, offset),
        }
    }

    /// Puts a buffer at the lowest offset that no other forbids.
    fn insert(&mut self, item: &Item) -> Result<(), Error> {
        let mut offset = 0_u32;
        // In ascending order, plain buffers never forbid what was found beyond them. One that may be overlapped can,
        // so then it takes another round, but no more of them than there are ends of buffers to go to.
        for _ in 0..=self.len {
            let start = offset;
            let mut again = false;
            for (number, other) in self.walk() {
                let Some(apart) = self.apart(item, number) else { continue };
                if other.checked_sub(offset).is_some_and(|gap| gap >= item.bytes) {
                    break;
                }
                if too_close(apart, offset, other) {
                    let index = item.index;
                    offset = other.checked_add(apart.above).ok_or(Error::Overflow { index })?;
                } else {
                    again |= apart.below < item.bytes;
                }
            }
            if offset == start || !again {
                break;
            }
        }
        self.link(item, offset)
    }

    /// How far `item` must be from a buffer in the list; `None` if the two may lie anywhere.
    #[cfg_attr(not(feature = "std"), inline(never))]
    fn apart(&self, item: &Item, number: u16) -> Option<Apart> {
        Apart::new(self.problem, self.alignment, item, &self.item(number))
    }

    fn item(&self, number: u16) -> Item {
        Item::new(self.problem, self.alignment, number.into())
    }

    /// Puts a buffer into the list, before the first that has a larger offset.
    #[cfg_attr(not(feature = "std"), inline(never))]
    fn link(&mut self, item: &Item, offset: u32) -> Result<(), Error> {
        let index = item.index;
        let overflow = Error::Overflow { index };
        let end = offset.checked_add(item.bytes).ok_or(overflow)?;
        let number = u16::try_from(index).map_err(|_| overflow)?;
        let mut before = END;
        for (number, other) in self.walk() {
            if other > offset {
                break;
            }
            before = number;
        }
        let link = match before {
            END => Some(&mut self.head),
            _ => self.next.get_mut(usize::from(before)),
        };
        let after = link.map_or(END, |link| core::mem::replace(link, number));
        if let (Some(next), Some(slot)) = (self.next.get_mut(index), self.offsets.get_mut(index)) {
            *next = after;
            *slot = offset;
        }
        self.len += 1;
        self.total = self.total.max(end);
        Ok(())
    }

    /// The numbers and offsets in the list; never more than it is long.
    fn walk(&self) -> impl Iterator<Item = (u16, u32)> {
        let mut at = self.head;
        (0..self.len).map_while(move |_| {
            let number = at;
            // `END` is no buffer, so the walk ends there.
            at = *self.next.get(usize::from(number))?;
            Some((number, *self.offsets.get(usize::from(number))?))
        })
    }
}

/// Whether a buffer at `offset` is not as far from one at `other` as it must be.
fn too_close(apart: Apart, offset: u32, other: u32) -> bool {
    let clear_below = other.checked_sub(offset).is_some_and(|gap| gap >= apart.below);
    let clear_above = offset.checked_sub(other).is_some_and(|gap| gap >= apart.above);
    !clear_below && !clear_above
}
