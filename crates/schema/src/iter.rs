//! The lists of a model.

use core::{fmt, marker::PhantomData, ops::Range};

use crate::{scalar::sealed::Sealed, table::Table};

/// An entry of one of the model's lists. Sealed: the types of this crate implement it.
pub trait View<'a>: Copy + Sealed {
    /// Returns the view of the table.
    #[doc(hidden)]
    fn view(table: Table<'a>) -> Self;
}

/// The entries of one of the model's lists, in order.
pub struct Iter<'a, V> {
    file: &'a [u8],
    /// The place of the list.
    at: u32,
    range: Range<u32>,
    entry: PhantomData<fn() -> V>,
}

impl<'a, V: View<'a>> Iter<'a, V> {
    /// Returns the entries of the list in a field.
    pub(crate) fn new(table: &Table<'a>, slot: u16) -> Self {
        let (at, len) = table.elements(slot, 4);
        Self { file: table.file, at, range: 0..len, entry: PhantomData }
    }

    fn entry(&self, index: u32) -> Option<V> {
        Table::entry_at(self.file, self.at, index).map(V::view)
    }
}

impl<V> Clone for Iter<'_, V> {
    fn clone(&self) -> Self {
        Self { range: self.range.clone(), ..*self }
    }
}

impl<V> fmt::Debug for Iter<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Iter").field(&self.range).finish()
    }
}

impl<'a, V: View<'a>> Iterator for Iter<'a, V> {
    type Item = V;

    fn next(&mut self) -> Option<V> {
        let index = self.range.next()?;
        self.entry(index)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<V> {
        let index = self.range.nth(n)?;
        self.entry(index)
    }
}

impl<'a, V: View<'a>> DoubleEndedIterator for Iter<'a, V> {
    fn next_back(&mut self) -> Option<V> {
        let index = self.range.next_back()?;
        self.entry(index)
    }
}

impl<'a, V: View<'a>> ExactSizeIterator for Iter<'a, V> {
    // The range counts in `u32`, whose iterator does not know its length if `usize` is smaller.
    fn len(&self) -> usize {
        self.range.end.saturating_sub(self.range.start) as usize
    }
}
