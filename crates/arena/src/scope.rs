//! Temporary memory.

use bytemuck::Pod;

use crate::bytes::clear;
use crate::ledger::{Ledger, bytes_of};
use crate::mark::Mark;
use crate::records::{slice_mut, value_mut};
use crate::{
    Align, Category, Counter, HandleError, OutOfMemory, Records, Region, Slice, Usage, Value,
};

/// A time during which a caller can borrow memory from the middle of an [`Arena`](crate::Arena).
///
/// Temporary slices come from the low part of the free middle, and any number of them may be in use
/// together. Persistent allocation goes on through the scope. When the scope and the slices
/// borrowed from it end, the temporary bytes are free again and the persistent allocations remain.
/// Scopes nest. A leaked scope (`core::mem::forget`) keeps its bytes until the scope around it ends
/// (or, without one, for good).
///
/// ```
/// use bantam_arena::{Arena, ArenaBytes, Category};
///
/// let mut memory = ArenaBytes::<64>::new();
/// let mut arena = Arena::new(&mut memory.0);
/// let mut scope = arena.scope();
/// let order = scope.alloc::<u16>(8)?;
/// let sizes = scope.alloc::<u32>(8)?;
/// (order[7], sizes[0]) = (7, 100);
/// let kept = scope.alloc_value(i32::from(order[7]), Category::Other)?;
/// assert_eq!(scope.usage().used(), 16 + 32 + 4);
/// drop(scope);
///
/// assert_eq!(arena.usage().used(), 4);
/// assert_eq!(arena.value(kept), Ok(&7));
/// # Ok::<(), bantam_arena::OutOfMemory>(())
/// ```
///
/// As long as a slice is borrowed from a scope, the arena cannot be used:
///
/// ```compile_fail,E0499
/// # use bantam_arena::{Arena, ArenaBytes, Category};
/// # let mut memory = ArenaBytes::<64>::new();
/// # let mut arena = Arena::new(&mut memory.0);
/// let borrowed = arena.scope().alloc::<u8>(1).unwrap();
/// arena.reserve_overlay(1).unwrap();
/// borrowed[0] = 1;
/// ```
#[derive(Debug)]
pub struct Scope<'s> {
    /// Everything above the temporaries: the free bytes, then the persistent ones.
    rest: &'s mut [u8],
    /// Where `rest` begins in the arena.
    position: u32,
    mark: Mark<'s>,
}

impl<'s> Scope<'s> {
    pub(crate) fn new(rest: &'s mut [u8], position: u32, ledger: &'s mut Ledger) -> Self {
        Self { rest, position, mark: Mark::new(ledger) }
    }

    /// Lends `len` values, all zero, until the scope's memory is given back.
    ///
    /// They begin at a multiple of [`Align::of`] their type.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if the middle is too small. Nothing has changed.
    pub fn alloc<T: Pod>(&mut self, len: usize) -> Result<&'s mut [T], OutOfMemory> {
        let (bytes, align) = (bytes_of::<T>(len), const { Align::of::<T>() });
        let lacking = self.mark.ledger.lacking_low(bytes, align);
        let lent = self.take(bytes, align).ok_or(lacking)?;
        // An empty slice may lie at any address, even where a cast would find it misaligned.
        if lent.is_empty() {
            return Ok(&mut []);
        }
        bytemuck::try_cast_slice_mut(lent).map_err(|_| self.torn())
    }

    /// Lends bytes, all zero.
    // size: one copy for all types.
    #[inline(never)]
    fn take(&mut self, bytes: u32, align: Align) -> Option<&'s mut [u8]> {
        let start = self.mark.ledger.take_low(bytes, align)?;
        let skipped = start.checked_sub(self.position)? as usize;
        let (_, rest) = core::mem::take(&mut self.rest).split_at_mut_checked(skipped)?;
        let (lent, rest) = rest.split_at_mut_checked(bytes as usize)?;
        (self.rest, self.position) = (rest, self.mark.ledger.low());
        clear(lent);
        Some(lent)
    }

    /// Begins a scope within this one.
    #[must_use]
    pub fn scope(&mut self) -> Scope<'_> {
        Scope::new(self.rest, self.position, self.mark.ledger)
    }

    /// Does the same as [`Arena::alloc_persistent`](crate::Arena::alloc_persistent).
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if the middle is too small. Nothing has changed.
    pub fn alloc_persistent<T: Pod>(
        &mut self,
        len: usize,
        category: Category,
    ) -> Result<Slice<T>, OutOfMemory> {
        self.alloc_aligned(len, const { Align::of::<T>() }, category)
    }

    /// Does the same as [`Arena::alloc_aligned`](crate::Arena::alloc_aligned).
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if the middle is too small. Nothing has changed.
    // size: inlined, so that a caller who drops the error does not link its arithmetic.
    #[inline(always)]
    pub fn alloc_aligned<T: Pod>(
        &mut self,
        len: usize,
        align: Align,
        category: Category,
    ) -> Result<Slice<T>, OutOfMemory> {
        let align = align.max(const { Align::of::<T>() });
        let before = self.mark.ledger.high();
        let handle = self.mark.ledger.alloc_slice(len, align, category)?;
        self.clear_since(before);
        Ok(handle)
    }

    /// Does the same as [`Arena::alloc_value`](crate::Arena::alloc_value).
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if the middle is too small. Nothing has changed.
    pub fn alloc_value<T: Pod>(
        &mut self,
        value: T,
        category: Category,
    ) -> Result<Value<T>, OutOfMemory> {
        let before = self.mark.ledger.high();
        let handle = self.mark.ledger.alloc_value(category)?;
        self.clear_since(before);
        let torn = self.torn();
        *self.value_mut(handle).map_err(|_| torn)? = value;
        Ok(handle)
    }

    /// Does the same as [`Arena::slice`](crate::Arena::slice).
    ///
    /// # Errors
    ///
    /// [`HandleError`] if the handle names no such values here.
    pub fn slice<T: Pod>(&self, handle: Slice<T>) -> Result<&[T], HandleError> {
        self.records().slice(handle)
    }

    /// Does the same as [`Arena::slice_mut`](crate::Arena::slice_mut).
    ///
    /// # Errors
    ///
    /// [`HandleError`] if the handle names no such values here.
    pub fn slice_mut<T: Pod>(&mut self, handle: Slice<T>) -> Result<&mut [T], HandleError> {
        slice_mut(self.persistent(), handle)
    }

    /// Does the same as [`Arena::value`](crate::Arena::value).
    ///
    /// # Errors
    ///
    /// [`HandleError`] if the handle names no such value here.
    pub fn value<T: Pod>(&self, handle: Value<T>) -> Result<&T, HandleError> {
        self.records().value(handle)
    }

    /// Does the same as [`Arena::value_mut`](crate::Arena::value_mut).
    ///
    /// # Errors
    ///
    /// [`HandleError`] if the handle names no such value here.
    pub fn value_mut<T: Pod>(&mut self, handle: Value<T>) -> Result<&mut T, HandleError> {
        value_mut(self.persistent(), handle)
    }

    /// Returns the persistent records, for reading.
    #[must_use]
    pub fn records(&self) -> Records<'_> {
        let free = self.free();
        Records::new(self.rest.get(free..).unwrap_or_default())
    }

    /// Returns the bytes in use at this moment, by category.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.mark.ledger.usage()
    }

    /// Returns a [`Counter`] that goes on counting from here, without memory.
    #[must_use]
    pub fn counter(&self) -> Counter {
        Counter::from_ledger(*self.mark.ledger)
    }

    fn persistent(&mut self) -> &mut [u8] {
        let free = self.free();
        self.rest.get_mut(free..).unwrap_or_default()
    }

    /// Returns where in `rest` the persistent end begins.
    fn free(&self) -> usize {
        self.mark.ledger.persistent_start().saturating_sub(self.position) as usize
    }

    /// Sets all bytes to zero that were allocated since `high` was `before`, padding included.
    fn clear_since(&mut self, before: u32) {
        let bytes = self.persistent();
        let new = bytes.len().saturating_sub(before as usize);
        clear(bytes.get_mut(..new).unwrap_or_default());
    }

    /// Returns the error for a ledger and bytes that disagree, which happens only while the arena
    /// just counts: then nothing fits.
    fn torn(&self) -> OutOfMemory {
        let available = self.mark.ledger.capacity();
        OutOfMemory { region: Region::Arena, needed: u32::MAX, available }
    }
}
