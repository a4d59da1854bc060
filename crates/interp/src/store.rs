//! Where prepared data goes: into the arena, or nowhere when only its size is wanted.

use crate::reason::{Failed, Reason};
use bantam_arena::{Align, Category, Scope, Slice};
use bytemuck::Pod;

/// Persistent memory, which an arena that [only counts](Arena::count_only) has none of.
#[derive(Debug)]
pub(crate) struct Store<'s>(pub(crate) Scope<'s>);

impl<'s> Store<'s> {
    /// Memory for as long as nothing else is done with that around it.
    pub(crate) fn new(scope: &'s mut Scope<'_>) -> Self {
        Self(scope.scope())
    }

    /// Memory for `len` elements.
    pub(crate) fn alloc<T: Pod>(
        &mut self,
        reason: &Reason,
        len: usize,
        category: Category,
    ) -> Result<Slice<T>, Failed> {
        let offset = self.alloc_elements(reason, len, size_of::<T>(), category)?;
        Ok(Slice::new(offset, len as u32))
    }

    // One copy for all types.
    #[inline(never)]
    fn alloc_elements(
        &mut self,
        reason: &Reason,
        len: usize,
        size: usize,
        category: Category,
    ) -> Result<u32, Failed> {
        let bytes = len.saturating_mul(size);
        alloc_bytes(&mut self.0, reason, bytes, Align::of_size(size), category)
    }

    /// The memory behind `slice`; `None` if nothing is written.
    pub(crate) fn slice_mut<T: Pod>(&mut self, slice: Slice<T>) -> Option<&mut [T]> {
        if const {
            align_of::<T>() == align_of::<u32>() && size_of::<T>().is_multiple_of(size_of::<u32>())
        } {
            return bytemuck::try_cast_slice_mut(self.words_mut(slice)?).ok();
        }
        let bytes = self.elements_mut(slice.offset(), slice.len(), size_of::<T>() as u32)?;
        // No bytes may lie anywhere, also where a cast would find them misaligned.
        if bytes.is_empty() {
            return Some(&mut []);
        }
        bytemuck::try_cast_slice_mut(bytes).ok()
    }

    /// The same as words, for `T` that are made of them.
    pub(crate) fn words_mut<T: Pod>(&mut self, slice: Slice<T>) -> Option<&mut [u32]> {
        self.all_words_mut(slice.offset(), slice.len(), size_of::<T>() as u32)
    }

    #[inline(never)] // size: one copy for all types
    fn all_words_mut(&mut self, offset: u32, len: u32, size: u32) -> Option<&mut [u32]> {
        let bytes = self.elements_mut(offset, len, size)?;
        if bytes.is_empty() {
            return Some(&mut []);
        }
        bytemuck::try_cast_slice_mut(bytes).ok()
    }

    #[inline(never)] // size: one copy for all types
    fn elements_mut(&mut self, offset: u32, len: u32, size: u32) -> Option<&mut [u8]> {
        self.0.slice_mut(Slice::new(offset, len.checked_mul(size)?)).ok()
    }

    /// Stores `value` in element `index`, if anything is written.
    pub(crate) fn set<T: Pod>(&mut self, slice: Slice<T>, index: usize, value: T) {
        self.write(slice.offset(), slice.len(), index, bytemuck::bytes_of(&value));
    }

    #[inline(never)] // size: one copy for all types
    fn write(&mut self, offset: u32, len: u32, index: usize, bytes: &[u8]) {
        let elements = self.elements_mut(offset, len, bytes.len() as u32).unwrap_or_default();
        let memory = elements.get_mut(index.saturating_mul(bytes.len())..).unwrap_or_default();
        memory.iter_mut().zip(bytes).for_each(|(slot, &byte)| *slot = byte);
    }
}

/// The block of variables.
pub(crate) fn alloc_variables(
    scope: &mut Scope<'_>,
    reason: &Reason,
    bytes: u32,
) -> Result<Slice<u8>, Failed> {
    let len = bytes as usize;
    let offset = alloc_bytes(scope, reason, len, Align::Sixteen, Category::Variables)?;
    Ok(Slice::new(offset, bytes))
}

/// The offset of so many bytes.
#[inline(never)] // size: one copy for all types
fn alloc_bytes(
    scope: &mut Scope<'_>,
    reason: &Reason,
    bytes: usize,
    align: Align,
    category: Category,
) -> Result<u32, Failed> {
    let slice = scope.alloc_aligned::<u8>(bytes, align, category);
    slice.map(Slice::offset).map_err(|_| reason.out_of_memory())
}
