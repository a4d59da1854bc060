//! Where prepared data goes: into the arena, or nowhere when only its size is wanted.

use crate::error::OutOfMemory;
use bantam_arena::{Align, Arena, Category, Counter, Scope, Slice};
use bytemuck::Pod;

/// Persistent memory, written or only counted.
#[derive(Debug)]
pub(crate) enum Store<'s> {
    /// Records are written.
    Arena(Scope<'s>),
    /// Records are only counted.
    Counter(&'s mut Counter),
}

impl<'s> From<&'s mut Arena<'_>> for Store<'s> {
    fn from(arena: &'s mut Arena<'_>) -> Self {
        Self::Arena(arena.scope())
    }
}

impl Store<'_> {
    pub(crate) fn alloc<T: Pod>(
        &mut self,
        len: usize,
        category: Category,
    ) -> Result<Slice<T>, OutOfMemory> {
        let bytes =
            self.alloc_bytes(len.saturating_mul(size_of::<T>()), Align::of::<T>(), category);
        Ok(Slice::new(bytes.ok_or(OutOfMemory)?, len as u32))
    }

    /// The offset of so many bytes.
    // One copy for all types.
    #[inline(never)]
    fn alloc_bytes(&mut self, bytes: usize, align: Align, category: Category) -> Option<u32> {
        let slice = match self {
            Self::Arena(scope) => scope.alloc_aligned::<u8>(bytes, align, category),
            Self::Counter(counter) => counter.alloc_aligned::<u8>(bytes, align, category),
        };
        slice.ok().map(Slice::offset)
    }

    /// The memory behind `slice`; `None` if nothing is written.
    pub(crate) fn slice_mut<T: Pod>(&mut self, slice: Slice<T>) -> Option<&mut [T]> {
        let bytes = (slice.len() as usize).checked_mul(size_of::<T>())?;
        let bytes = self.bytes_mut(slice.offset(), u32::try_from(bytes).ok()?)?;
        // No bytes may lie anywhere, also where a cast would find them misaligned.
        if bytes.is_empty() {
            return Some(&mut []);
        }
        bytemuck::try_cast_slice_mut(bytes).ok()
    }

    #[inline(never)]
    fn bytes_mut(&mut self, offset: u32, bytes: u32) -> Option<&mut [u8]> {
        match self {
            Self::Arena(scope) => scope.slice_mut(Slice::new(offset, bytes)).ok(),
            Self::Counter(_) => None,
        }
    }

    /// Stores `value` in element `index`, if anything is written.
    pub(crate) fn set<T: Pod>(&mut self, slice: Slice<T>, index: usize, value: T) {
        if let Some(slot) = self.slice_mut(slice).and_then(|s| s.get_mut(index)) {
            *slot = value;
        }
    }
}
