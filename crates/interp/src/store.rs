//! Where prepared data goes: into the arena, or nowhere when only its size is wanted.

use crate::error::OutOfMemory;
use bantam_arena::{Align, Arena, Category, Scope, Slice};
use bytemuck::Pod;

/// Persistent memory, which an arena that [only counts](Arena::count_only) has none of.
#[derive(Debug)]
pub(crate) struct Store<'s>(pub(crate) Scope<'s>);

impl<'s> Store<'s> {
    pub(crate) fn new(arena: &'s mut Arena<'_>) -> Self {
        Self(arena.scope())
    }

    pub(crate) fn alloc<T: Pod>(
        &mut self,
        len: usize,
        category: Category,
    ) -> Result<Slice<T>, OutOfMemory> {
        let bytes = len.saturating_mul(size_of::<T>());
        match self.alloc_bytes(bytes, const { Align::of::<T>() }, category) {
            Some(offset) => Ok(Slice::new(offset, len as u32)),
            None => Err(OutOfMemory),
        }
    }

    /// The block of variables.
    pub(crate) fn alloc_variables(&mut self, bytes: u32) -> Option<Slice<u8>> {
        let offset = self.alloc_bytes(bytes as usize, Align::Sixteen, Category::Variables)?;
        Some(Slice::new(offset, bytes))
    }

    /// The offset of so many bytes.
    // One copy for all types.
    #[inline(never)]
    fn alloc_bytes(&mut self, bytes: usize, align: Align, category: Category) -> Option<u32> {
        self.0.alloc_aligned::<u8>(bytes, align, category).ok().map(Slice::offset)
    }

    /// The memory behind `slice`; `None` if nothing is written.
    pub(crate) fn slice_mut<T: Pod>(&mut self, slice: Slice<T>) -> Option<&mut [T]> {
        let bytes = self.elements_mut(slice.offset(), slice.len(), size_of::<T>() as u32)?;
        // No bytes may lie anywhere, also where a cast would find them misaligned.
        if bytes.is_empty() {
            return Some(&mut []);
        }
        bytemuck::try_cast_slice_mut(bytes).ok()
    }

    #[inline(never)]
    fn elements_mut(&mut self, offset: u32, len: u32, size: u32) -> Option<&mut [u8]> {
        self.0.slice_mut(Slice::new(offset, len.checked_mul(size)?)).ok()
    }

    /// Stores `value` in element `index`, if anything is written.
    pub(crate) fn set<T: Pod>(&mut self, slice: Slice<T>, index: usize, value: T) {
        if let Some(slot) = self.slice_mut(slice).and_then(|s| s.get_mut(index)) {
            *slot = value;
        }
    }
}
