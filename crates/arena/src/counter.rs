//! Allocation that only counts.

use bytemuck::Pod;

use crate::ledger::{Ledger, MAX_CAPACITY};
use crate::mark::Mark;
use crate::{Align, Category, OutOfMemory, Slice, Usage, Value};

/// An [`Arena`](crate::Arena) without memory: the same calls give the same handles and the same
/// figures.
///
/// Use it to find the size of an arena, or to find how much more a full arena would have needed:
/// [`Arena::counter`](crate::Arena::counter) goes on from the allocations so far.
///
/// ```
/// use bantam_arena::{Arena, Category, Counter};
///
/// let mut counter = Counter::new();
/// counter.alloc_persistent::<i32>(5, Category::OperatorData)?;
/// counter.scope().alloc::<u16>(3)?;
/// counter.reserve_overlay(2)?;
/// assert_eq!(counter.usage().peak(), 20 + 6);
/// assert_eq!(counter.usage().required(), 32);
/// # Ok::<(), bantam_arena::OutOfMemory>(())
/// ```
#[derive(Clone, Debug)]
pub struct Counter {
    ledger: Ledger,
}

impl Counter {
    /// Counts the needs of one arena for everything.
    #[must_use]
    pub const fn new() -> Self {
        Self { ledger: Ledger::new(MAX_CAPACITY, None) }
    }

    /// Counts the needs of an arena whose overlay has memory of its own.
    #[must_use]
    pub const fn with_overlay() -> Self {
        Self { ledger: Ledger::new(MAX_CAPACITY, Some(MAX_CAPACITY)) }
    }

    pub(crate) const fn from_ledger(ledger: Ledger) -> Self {
        Self { ledger: ledger.unlimited() }
    }

    /// Counts temporaries until the scope ends.
    #[must_use]
    pub fn scope(&mut self) -> CounterScope<'_> {
        CounterScope { mark: Mark::new(&mut self.ledger) }
    }

    /// Counts [`Arena::alloc_persistent`](crate::Arena::alloc_persistent).
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if no arena can be that large.
    pub fn alloc_persistent<T: Pod>(
        &mut self,
        len: usize,
        category: Category,
    ) -> Result<Slice<T>, OutOfMemory> {
        self.scope().alloc_persistent(len, category)
    }

    /// Counts [`Arena::alloc_aligned`](crate::Arena::alloc_aligned).
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if no arena can be that large.
    // size: inlined, so that a caller who drops the error does not link its arithmetic.
    #[inline(always)]
    pub fn alloc_aligned<T: Pod>(
        &mut self,
        len: usize,
        align: Align,
        category: Category,
    ) -> Result<Slice<T>, OutOfMemory> {
        self.scope().alloc_aligned(len, align, category)
    }

    /// Counts [`Arena::alloc_value`](crate::Arena::alloc_value).
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if no arena can be that large.
    pub fn alloc_value<T: Pod>(&mut self, category: Category) -> Result<Value<T>, OutOfMemory> {
        self.scope().alloc_value(category)
    }

    /// Counts [`Arena::reserve_overlay`](crate::Arena::reserve_overlay).
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if no arena can be that large.
    pub fn reserve_overlay(&mut self, bytes: usize) -> Result<(), OutOfMemory> {
        self.ledger.reserve_overlay(bytes)
    }

    /// Returns the figures so far. The capacity is the largest there can be.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.ledger.usage()
    }
}

impl Default for Counter {
    fn default() -> Self {
        Self::new()
    }
}

/// A [`Scope`](crate::Scope) without memory.
#[derive(Debug)]
pub struct CounterScope<'s> {
    mark: Mark<'s>,
}

impl CounterScope<'_> {
    /// Counts [`Scope::alloc`](crate::Scope::alloc).
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if no arena can be that large.
    pub fn alloc<T: Pod>(&mut self, len: usize) -> Result<(), OutOfMemory> {
        self.mark.ledger.alloc_low::<T>(len).map(|_| ())
    }

    /// Begins a scope within this one.
    #[must_use]
    pub fn scope(&mut self) -> CounterScope<'_> {
        CounterScope { mark: Mark::new(self.mark.ledger) }
    }

    /// Does the same as [`Counter::alloc_persistent`].
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if no arena can be that large.
    pub fn alloc_persistent<T: Pod>(
        &mut self,
        len: usize,
        category: Category,
    ) -> Result<Slice<T>, OutOfMemory> {
        self.alloc_aligned(len, const { Align::of::<T>() }, category)
    }

    /// Does the same as [`Counter::alloc_aligned`].
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if no arena can be that large.
    // size: inlined, so that a caller who drops the error does not link its arithmetic.
    #[inline(always)]
    pub fn alloc_aligned<T: Pod>(
        &mut self,
        len: usize,
        align: Align,
        category: Category,
    ) -> Result<Slice<T>, OutOfMemory> {
        let align = align.max(const { Align::of::<T>() });
        self.mark.ledger.alloc_slice(len, align, category)
    }

    /// Does the same as [`Counter::alloc_value`].
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if no arena can be that large.
    pub fn alloc_value<T: Pod>(&mut self, category: Category) -> Result<Value<T>, OutOfMemory> {
        self.mark.ledger.alloc_value(category)
    }

    /// Returns the figures so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.mark.ledger.usage()
    }
}
