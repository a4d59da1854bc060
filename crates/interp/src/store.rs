//! Where prepared data goes: into the arena, or nowhere when only its size is wanted.

use bantam_arena::{Arena, Category, Counter, OutOfMemory, Scope, Slice};
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
    /// The same store, for a while.
    pub(crate) fn reborrow(&mut self) -> Store<'_> {
        match self {
            Self::Arena(scope) => Store::Arena(scope.scope()),
            Self::Counter(counter) => Store::Counter(counter),
        }
    }

    pub(crate) fn alloc<T: Pod>(
        &mut self,
        len: usize,
        category: Category,
    ) -> Result<Slice<T>, OutOfMemory> {
        match self {
            Self::Arena(scope) => scope.alloc_persistent(len, category),
            Self::Counter(counter) => counter.alloc_persistent(len, category),
        }
    }

    /// The memory behind `slice`; `None` if nothing is written.
    pub(crate) fn slice_mut<T: Pod>(&mut self, slice: Slice<T>) -> Option<&mut [T]> {
        match self {
            Self::Arena(scope) => scope.slice_mut(slice).ok(),
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
