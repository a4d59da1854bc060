//! Greedy placement by size: TFLM's order, ties and gaps.

use crate::problem::{check, round_up};
use crate::{Buffer, Error, Lifetime, Problem};

/// Ends the list of placed buffers; also the largest number of buffers that can be told apart from it.
const END: u16 = u16::MAX;

/// The elements of workspace that [`greedy`] needs for `len` buffers: one `u16` each.
#[must_use]
pub const fn greedy_workspace_len(len: usize) -> usize {
    len
}

/// Places the largest buffers first, each in the lowest gap that is large enough, and returns the total.
///
/// Sizes are first rounded up to `alignment`, a power of two. Then, as TFLM does, so that the offsets are equal:
///
/// 1. Buffers with a fixed offset come first, in the order of their index; they are obstacles for all others.
/// 2. The others follow by descending size. Of equal sizes, the one with the *higher* index is placed first.
/// 3. Each goes to the lowest offset at which it fits between those already placed that are live at the same time.
///
/// The total is the highest end of a buffer. Lifetimes may have any values; only their order matters.
///
/// # Errors
///
/// Any [`Error`]. The offsets are then unspecified.
///
/// # Cost
///
/// O(len²) time; no recursion; [`greedy_workspace_len`] elements of workspace, whatever they contain.
///
/// # Source
///
/// TFLM 90b983c2b, `micro/memory_planner/greedy_memory_planner.cc`, `CalculateOffsetsIfNeeded`, and
/// `micro/micro_allocator.cc`, `CreatePlan`, for the rounding. TFLM accepts fixed offsets that are misaligned or in conflict.
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
/// // 200 bytes (208 rounded up) at 0; 100 live together with it; 50 when the 100 are no longer needed.
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
    check(problem, alignment)?;
    if len > usize::from(END) {
        return Err(Error::TooManyBuffers { len, max: usize::from(END) });
    }
    if offsets.len() != len {
        return Err(Error::OffsetsLen { expected: len, actual: offsets.len() });
    }
    let needed = greedy_workspace_len(len);
    let available = workspace.len();
    let next = workspace.get_mut(..needed).ok_or(Error::WorkspaceLen { needed, available })?;

    let mut placed = Placed { problem, alignment, offsets, next, head: END, len: 0, total: 0 };
    for index in 0..len {
        if let Some(offset) = problem.buffer(index).fixed {
            placed.insert_fixed(index, offset)?;
        }
    }
    let mut before = None;
    while let Some(place) = next_in_order(problem, alignment, before) {
        placed.insert(place)?;
        before = Some(place);
    }
    Ok(placed.total)
}

/// A buffer's place in the order: by size, then by index, both descending.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    bytes: u32,
    index: usize,
}

/// Finds the buffer without fixed offset that follows `before` in the order of placement.
///
/// Searching anew for each buffer costs no more comparisons than the search for its gap, and no memory.
fn next_in_order<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    before: Option<Place>,
) -> Option<Place> {
    let mut best = None;
    for index in 0..problem.len() {
        let buffer = problem.buffer(index);
        if buffer.fixed.is_some() {
            continue;
        }
        let bytes = round_up(buffer.bytes, alignment).unwrap_or(u32::MAX);
        let place = Some(Place { bytes, index });
        // `None` is less than any place, so it can stand for "nothing found yet" only.
        if place > best && before.is_none_or(|before| place < Some(before)) {
            best = place;
        }
    }
    best
}

/// The buffers that have an offset, as a list in ascending order of offset.
///
/// Of equal offsets, the one placed earlier comes first.
struct Placed<'a, P: ?Sized> {
    problem: &'a P,
    alignment: u32,
    offsets: &'a mut [u32],
    /// For each buffer in the list, the one after it, or [`END`].
    next: &'a mut [u16],
    head: u16,
    len: usize,
    /// The highest end of a buffer in the list.
    total: u32,
}

/// One entry of the list.
#[derive(Clone, Copy)]
struct Entry {
    index: usize,
    offset: u32,
    /// Offset plus rounded size.
    end: u32,
    lifetime: Lifetime,
}

impl<P: Problem + ?Sized> Placed<'_, P> {
    fn insert_fixed(&mut self, index: usize, offset: u32) -> Result<(), Error> {
        let buffer = self.problem.buffer(index);
        let end = end(&buffer, index, offset, self.alignment)?;
        let conflict = self.entries().find(|entry| {
            let overlap = entry.offset.max(offset) < entry.end.min(end);
            overlap && entry.lifetime.overlaps(buffer.lifetime)
        });
        match conflict {
            Some(entry) => Err(Error::FixedConflict { a: entry.index, b: index }),
            None => self.link(index, offset, end),
        }
    }

    fn insert(&mut self, Place { bytes, index }: Place) -> Result<(), Error> {
        let buffer = self.problem.buffer(index);
        let mut offset = 0;
        for entry in self.entries().filter(|entry| entry.lifetime.overlaps(buffer.lifetime)) {
            if entry.offset.checked_sub(offset).is_some_and(|gap| gap >= bytes) {
                break;
            }
            offset = entry.end.max(offset);
        }
        let end = end(&buffer, index, offset, self.alignment)?;
        self.link(index, offset, end)
    }

    /// Puts a buffer into the list, before the first that has a larger offset.
    fn link(&mut self, index: usize, offset: u32, end: u32) -> Result<(), Error> {
        let number = u16::try_from(index).map_err(|_| Error::Overflow { index })?;
        let before = self.walk().take_while(|&(_, other)| other <= offset).last();
        let link = match before {
            Some((before, _)) => self.next.get_mut(usize::from(before)),
            None => Some(&mut self.head),
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

    fn entries(&self) -> impl Iterator<Item = Entry> {
        self.walk().map_while(|(number, offset)| {
            let index = usize::from(number);
            let buffer = self.problem.buffer(index);
            let end = end(&buffer, index, offset, self.alignment).ok()?;
            Some(Entry { index, offset, end, lifetime: buffer.lifetime })
        })
    }
}

/// Where a buffer ends that is placed at `offset`.
fn end(buffer: &Buffer, index: usize, offset: u32, alignment: u32) -> Result<u32, Error> {
    round_up(buffer.bytes, alignment)
        .and_then(|bytes| bytes.checked_add(offset))
        .ok_or(Error::Overflow { index })
}
