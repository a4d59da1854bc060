//! Slices in pieces of equal length, without a path to a panic whatever the length: the standard
//! iterators stop the program for a length of zero, and the compiler can seldom see that there is
//! none.

use core::cell::Cell;

use crate::target::LONGER_LOOPS;

/// The whole pieces of `len` elements, first to last; none for a length of 0.
pub(crate) fn chunks<T>(slice: &[T], len: usize) -> Chunks<'_, T> {
    Chunks { rest: slice, len }
}

/// As [`chunks`], to be written.
pub(crate) fn chunks_mut<T>(slice: &mut [T], len: usize) -> ChunksMut<'_, T> {
    ChunksMut { rest: slice, len }
}

/// Pieces of at most `len` elements that cover the slice, to be written; none for a length of 0.
pub(crate) fn chunks_up_to<T>(slice: &mut [T], len: usize) -> impl Iterator<Item = &mut [T]> {
    let slice = if len == 0 { &mut [] } else { slice };
    slice.chunks_mut(len.max(1))
}

/// Copies the elements that both slices have.
#[inline(always)] // lengths are constants to some callers
pub(crate) fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    to.iter_mut().zip(from).for_each(|(to, &from)| *to = from);
}

/// As [`copy`]; bytes four at a time, where the program takes longer loops.
#[inline(always)] // one caller for each type
pub(crate) fn copy_block<T: Copy>(from: &[T], to: &mut [T]) {
    if !LONGER_LOOPS || size_of::<T>() != 1 {
        return copy(from, to);
    }
    let (fours, rest) = from.as_chunks::<4>();
    let (to_fours, _) = to.as_chunks_mut::<4>();
    copy(fours, to_fours);
    copy(rest, to.get_mut(4 * fours.len()..).unwrap_or_default());
}

/// Moves each element to the place of the one before it; four at a time, since one takes as many
/// instructions as the end of the loop.
pub(crate) fn shift<S: Copy>(state: &mut [S]) {
    let to = Cell::from_mut(state).as_slice_of_cells();
    let (fours, rest) = to.get(1..).unwrap_or_default().as_chunks::<4>();
    let (to_fours, _) = to.as_chunks::<4>();
    for ([a, b, c, d], [e, f, g, h]) in to_fours.iter().zip(fours) {
        a.set(e.get());
        b.set(f.get());
        c.set(g.get());
        d.set(h.get());
    }
    let last = to.iter().skip(4 * fours.len());
    last.zip(rest).for_each(|(to, from)| to.set(from.get()));
}

/// See [`chunks`].
#[derive(Clone, Debug)]
pub(crate) struct Chunks<'a, T> {
    rest: &'a [T],
    len: usize,
}

impl<'a, T> Iterator for Chunks<'a, T> {
    type Item = &'a [T];

    #[inline(always)] // a few instructions in a loop
    fn next(&mut self) -> Option<&'a [T]> {
        let (chunk, rest) = self.rest.split_at_checked(self.len)?;
        self.rest = rest;
        if chunk.is_empty() { None } else { Some(chunk) }
    }
}

/// See [`chunks_mut`].
#[derive(Debug)]
pub(crate) struct ChunksMut<'a, T> {
    rest: &'a mut [T],
    len: usize,
}

impl<'a, T> Iterator for ChunksMut<'a, T> {
    type Item = &'a mut [T];

    #[inline(always)] // a few instructions in a loop
    fn next(&mut self) -> Option<&'a mut [T]> {
        let (chunk, rest) = core::mem::take(&mut self.rest).split_at_mut_checked(self.len)?;
        self.rest = rest;
        if chunk.is_empty() { None } else { Some(chunk) }
    }
}

/// `slice[from..from + len]`, or nothing where that is out of bounds.
#[inline(always)] // a check of a length
pub(crate) fn part<T>(slice: &[T], from: usize, len: usize) -> &[T] {
    whole_part(slice, from, len).unwrap_or(&[])
}

/// `slice[from..from + len]`, if that is not out of bounds.
#[inline(always)] // a check of a length
pub(crate) fn whole_part<T>(slice: &[T], from: usize, len: usize) -> Option<&[T]> {
    slice.get(from..)?.get(..len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_copied_as_far_as_both_reach() {
        for len in 0..10_u8 {
            let from: alloc::vec::Vec<u8> = (1..=len).collect();
            let mut to = [0; 8];
            copy_block(&from, &mut to);
            let want = [1, 2, 3, 4, 5, 6, 7, 8].map(|x| if x <= len { x } else { 0 });
            assert_eq!(to, want);
        }
    }

    #[test]
    fn chunks_are_whole_and_ordered() {
        let mut slice = [1, 2, 3, 4, 5];
        assert!(chunks(&slice, 2).eq([[1, 2], [3, 4]]));
        assert!(chunks_mut(&mut slice, 2).eq([[1, 2], [3, 4]]));
        for len in [0, 6] {
            assert!(chunks(&slice, len).next().is_none());
            assert!(chunks_mut(&mut slice, len).next().is_none());
        }
    }
}
