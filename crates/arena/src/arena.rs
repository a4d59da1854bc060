//! The arena: both ends of the caller's memory.

use bytemuck::Pod;

use crate::align::GRANULE;
use crate::ledger::{Ledger, MAX_CAPACITY};
use crate::{
    Align, Category, Counter, HandleError, OutOfMemory, Records, Scope, Slice, Usage, Value,
};

/// Two-ended allocation from a byte slice.
///
/// The [crate's page](crate) shows the layout.
#[derive(Debug)]
pub struct Arena<'a> {
    /// Begins and ends at a multiple of [`GRANULE`].
    bytes: &'a mut [u8],
    /// The overlay's own memory, aligned in the same way.
    overlay: Option<&'a mut [u8]>,
    /// The lengths of the memory as it was given, and of that of the overlay.
    given: [usize; 2],
    /// Bytes before the first multiple of [`GRANULE`] of each.
    // size: as bytes, since arenas are moved.
    before: [u8; 2],
    ledger: Ledger,
}

/// A memory as its owner gave it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Its length in bytes.
    pub len: usize,
    /// Bytes before its first multiple of 16, which are lost.
    pub before: usize,
}

/// The memory of an arena, split into the parts that change and the records that do not.
#[derive(Debug)]
pub struct Parts<'a> {
    /// The overlay, aligned to 16.
    pub overlay: &'a mut [u8],
    /// The block of variables.
    pub variables: &'a mut [u8],
    /// All records that were allocated before the variables.
    pub records: Records<'a>,
}

impl<'a> Arena<'a> {
    /// Takes memory of any length at any address.
    ///
    /// Up to 15 bytes are lost at each end to alignment, see
    /// [`alignment_loss`](Self::alignment_loss). Nothing is written.
    #[must_use]
    pub fn new(bytes: &'a mut [u8]) -> Self {
        let (given, before) = ([bytes.len(), 0], [before_granule(bytes) as u8, 0]);
        let bytes = align(bytes);
        let ledger = Ledger::new(capacity(bytes), None);
        Self { bytes, overlay: None, given, before, ledger }
    }

    /// Takes two memories: `overlay` for the overlay, and `bytes` for everything else.
    ///
    /// So either may be the small fast one. Temporary scopes use `bytes`.
    #[must_use]
    pub fn with_overlay(bytes: &'a mut [u8], overlay: &'a mut [u8]) -> Self {
        let given = [bytes.len(), overlay.len()];
        let before = [before_granule(bytes) as u8, before_granule(overlay) as u8];
        let (bytes, overlay) = (align(bytes), align(overlay));
        let ledger = Ledger::new(capacity(bytes), Some(capacity(overlay)));
        Self { bytes, overlay: Some(overlay), given, before, ledger }
    }

    /// Returns the bytes that can be allocated: a multiple of 16.
    #[must_use]
    pub const fn capacity(&self) -> u32 {
        self.ledger.capacity()
    }

    /// Returns the bytes that the overlay's own memory has; 0 if the overlay is part of the arena.
    #[must_use]
    pub fn overlay_capacity(&self) -> u32 {
        self.overlay.as_deref().map_or(0, capacity)
    }

    /// Returns the bytes of the caller's memory that are not part of the arena because they lie
    /// before or after a multiple of 16.
    #[must_use]
    pub const fn alignment_loss(&self) -> usize {
        let overlay = match &self.overlay {
            Some(overlay) => overlay.len(),
            None => 0,
        };
        self.given[0] + self.given[1] - self.bytes.len() - overlay
    }

    /// Returns the memory as it was given, and that of the overlay, if it has its own: what an
    /// error about too little should speak of.
    #[must_use]
    pub const fn given(&self) -> [Given; 2] {
        let ([len, overlay_len], [before, overlay_before]) = (self.given, self.before);
        [
            Given { len, before: before as usize },
            Given { len: overlay_len, before: overlay_before as usize },
        ]
    }

    /// Allocates `len` values, all zero, for as long as the arena exists.
    ///
    /// They lie below all earlier ones, at a multiple of [`Align::of`] their type: packed, if their
    /// size is odd. Types that need an alignment above 4 are a compile error.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if the middle is too small. Nothing has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use bantam_arena::{Arena, ArenaBytes, Category};
    ///
    /// let mut memory = ArenaBytes::<32>::new();
    /// let mut arena = Arena::new(&mut memory.0);
    /// let shifts = arena.alloc_persistent::<i8>(5, Category::OperatorData)?;
    /// let multipliers = arena.alloc_persistent::<i32>(5, Category::OperatorData)?;
    /// // 25, rounded up to a multiple of 4
    /// assert_eq!((shifts.offset(), multipliers.offset()), (5, 28));
    /// assert_eq!(arena.usage().category(Category::Alignment), 3);
    ///
    /// let error = arena.alloc_persistent::<i32>(2, Category::OperatorData).unwrap_err();
    /// // 36 bytes, and arenas come in multiples of 16
    /// assert_eq!((error.needed, error.available), (48, 32));
    /// # Ok::<(), bantam_arena::OutOfMemory>(())
    /// ```
    pub fn alloc_persistent<T: Pod>(
        &mut self,
        len: usize,
        category: Category,
    ) -> Result<Slice<T>, OutOfMemory> {
        self.scope().alloc_persistent(len, category)
    }

    /// Allocates `len` values, all zero. They begin at a multiple of `align`, and of [`Align::of`]
    /// their type.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if the middle is too small. Nothing has changed.
    pub fn alloc_aligned<T: Pod>(
        &mut self,
        len: usize,
        align: Align,
        category: Category,
    ) -> Result<Slice<T>, OutOfMemory> {
        self.scope().alloc_aligned(len, align, category)
    }

    /// Allocates one value for as long as the arena exists.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if the middle is too small. Nothing has changed.
    pub fn alloc_value<T: Pod>(
        &mut self,
        value: T,
        category: Category,
    ) -> Result<Value<T>, OutOfMemory> {
        self.scope().alloc_value(value, category)
    }

    /// Reserves the low end for the overlay: at least `bytes` bytes.
    ///
    /// A larger reservation stays, so several users who take turns get the bytes of the largest of
    /// them.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if the overlay would reach the persistent end, or is longer than its own
    /// memory. Nothing has changed.
    pub fn reserve_overlay(&mut self, bytes: usize) -> Result<(), OutOfMemory> {
        self.ledger.reserve_overlay(bytes)
    }

    /// Forgets everything: the arena is as new, and its earlier handles name nothing.
    pub fn clear(&mut self) {
        self.ledger = Ledger::new(capacity(self.bytes), self.overlay.as_deref().map(capacity));
    }

    /// Forgets everything, and from now on only counts, as if memory had no end, until it is
    /// [cleared](Self::clear).
    ///
    /// Persistent values have no memory: their handles name nothing. A scope lends temporary slices
    /// out of all the memory of the arena. It counts them even if the memory does not suffice, and
    /// then lends nothing more.
    ///
    /// ```
    /// use bantam_arena::{Arena, ArenaBytes, Category};
    ///
    /// let mut memory = ArenaBytes::<16>::new();
    /// let mut arena = Arena::new(&mut memory.0);
    /// arena.count_only();
    /// let handle = arena.alloc_persistent::<u32>(100, Category::Other)?;
    /// assert!(arena.slice(handle).is_err());
    /// assert!(arena.scope().alloc::<u8>(16).is_ok());
    /// assert!(arena.scope().alloc::<u8>(30).is_err());
    /// assert_eq!((arena.usage().used(), arena.usage().peak()), (400, 430));
    /// # Ok::<(), bantam_arena::OutOfMemory>(())
    /// ```
    pub fn count_only(&mut self) {
        self.clear();
        self.ledger = self.ledger.unlimited();
    }

    /// Begins a scope, during which the caller can borrow memory from the middle.
    #[must_use]
    pub fn scope(&mut self) -> Scope<'_> {
        let low = self.ledger.low();
        Scope::new(self.bytes.get_mut(low as usize..).unwrap_or_default(), low, &mut self.ledger)
    }

    /// Returns the values that `handle` names.
    ///
    /// # Errors
    ///
    /// [`HandleError`] if it names no such values here.
    pub fn slice<T: Pod>(&self, handle: Slice<T>) -> Result<&[T], HandleError> {
        self.records().slice(handle)
    }

    /// Returns the values that `handle` names, to be changed.
    ///
    /// # Errors
    ///
    /// [`HandleError`] if it names no such values here.
    pub fn slice_mut<T: Pod>(&mut self, handle: Slice<T>) -> Result<&mut [T], HandleError> {
        crate::records::slice_mut(self.persistent(), handle)
    }

    /// Returns the value that `handle` names.
    ///
    /// # Errors
    ///
    /// [`HandleError`] if it names no such value here.
    pub fn value<T: Pod>(&self, handle: Value<T>) -> Result<&T, HandleError> {
        self.records().value(handle)
    }

    /// Returns the value that `handle` names, to be changed.
    ///
    /// # Errors
    ///
    /// [`HandleError`] if it names no such value here.
    pub fn value_mut<T: Pod>(&mut self, handle: Value<T>) -> Result<&mut T, HandleError> {
        crate::records::value_mut(self.persistent(), handle)
    }

    /// Returns the persistent records, for reading.
    #[must_use]
    pub fn records(&self) -> Records<'_> {
        Records::new(self.bytes.get(self.persistent_start()..).unwrap_or_default())
    }

    /// Returns the bytes in use at this moment, by category.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.ledger.usage()
    }

    /// Returns a [`Counter`] that goes on counting from here, without memory.
    #[must_use]
    pub fn counter(&self) -> Counter {
        Counter::from_ledger(self.ledger)
    }

    /// Splits the memory into the parts that change and the records that do not, for a while.
    ///
    /// `variables` is a block of bytes, allocated after all the records to be read. The parts do
    /// not reach allocations after it: several users who share an arena have their own records and
    /// then their own variables. Without variables, allocate a block of 0 bytes in their place
    /// ([`Slice::EMPTY`] has no records above it).
    ///
    /// # Errors
    ///
    /// [`HandleError`] if `variables` names no bytes of this arena.
    ///
    /// # Examples
    ///
    /// ```
    /// use bantam_arena::{Arena, ArenaBytes, Category};
    ///
    /// let mut memory = ArenaBytes::<64>::new();
    /// let mut arena = Arena::new(&mut memory.0);
    ///
    /// let first_record = arena.alloc_value(11_u32, Category::Nodes)?;
    /// let first_variables = arena.alloc_persistent(4, Category::Variables)?;
    /// arena.reserve_overlay(16)?;
    ///
    /// let second_record = arena.alloc_value(22_u32, Category::Nodes)?;
    /// let second_variables = arena.alloc_persistent(0, Category::Variables)?;
    /// arena.reserve_overlay(8)?;
    ///
    /// let first = arena.parts(first_variables)?;
    /// assert_eq!(first.records.value(first_record), Ok(&11));
    /// assert_eq!((first.overlay.len(), first.variables.len()), (16, 4));
    ///
    /// let second = arena.parts(second_variables)?;
    /// assert_eq!(second.records.value(second_record), Ok(&22));
    /// assert_eq!((second.overlay.len(), second.variables.len()), (16, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parts(&mut self, variables: Slice<u8>) -> Result<Parts<'_>, HandleError> {
        let overlay = self.overlay.as_deref_mut();
        split(self.bytes, overlay, &self.ledger, variables)
    }

    /// Does the same as [`parts`](Self::parts), for as long as the memory is borrowed; allocation
    /// ends.
    ///
    /// # Errors
    ///
    /// As [`parts`](Self::parts).
    pub fn into_parts(mut self, variables: Slice<u8>) -> Result<Parts<'a>, HandleError> {
        self.take_parts(variables)
    }

    /// Does the same as [`into_parts`](Self::into_parts), and leaves an arena without memory, whose
    /// handles name nothing.
    ///
    /// # Errors
    ///
    /// As [`parts`](Self::parts).
    // size: an arena that is moved is copied.
    pub fn take_parts(&mut self, variables: Slice<u8>) -> Result<Parts<'a>, HandleError> {
        let (bytes, overlay) = (core::mem::take(&mut self.bytes), self.overlay.take());
        split(bytes, overlay, &self.ledger, variables)
    }

    /// Takes the persistent end out of the arena: variables and records, and no overlay. The arena
    /// goes on as a new one in the memory below: for users who take turns with the overlay and keep
    /// all else.
    ///
    /// # Errors
    ///
    /// As [`parts`](Self::parts). The persistent end is lost all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// use bantam_arena::{Arena, ArenaBytes, Category};
    ///
    /// let mut memory = ArenaBytes::<64>::new();
    /// let mut arena = Arena::new(&mut memory.0);
    /// let record = arena.alloc_value(11_u32, Category::Nodes)?;
    /// let variables = arena.alloc_persistent(20, Category::Variables)?;
    ///
    /// let first = arena.take_persistent(variables)?;
    /// assert_eq!(first.records.value(record), Ok(&11));
    /// assert_eq!((first.overlay.len(), first.variables.len()), (0, 20));
    /// // 24 bytes are gone, in multiples of 16.
    /// assert_eq!((arena.capacity(), arena.usage().used()), (32, 0));
    /// assert_eq!(arena.into_overlay().len(), 32);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn take_persistent(&mut self, variables: Slice<u8>) -> Result<Parts<'a>, HandleError> {
        let start = self.persistent_start();
        let bytes = core::mem::take(&mut self.bytes);
        let (low, persistent) =
            bytes.split_at_mut_checked(start - start % GRANULE as usize).unwrap_or_default();
        self.bytes = low;
        self.clear();
        split(persistent, None, &Ledger::new(0, None), variables)
    }

    /// Returns all the memory that an overlay may take, for a while.
    #[must_use]
    pub fn overlay_mut(&mut self) -> &mut [u8] {
        self.overlay.as_deref_mut().unwrap_or(self.bytes)
    }

    /// Does the same as [`overlay_mut`](Self::overlay_mut), for as long as the memory is borrowed.
    #[must_use]
    pub fn into_overlay(self) -> &'a mut [u8] {
        self.overlay.unwrap_or(self.bytes)
    }

    fn persistent(&mut self) -> &mut [u8] {
        let start = self.persistent_start();
        self.bytes.get_mut(start..).unwrap_or_default()
    }

    fn persistent_start(&self) -> usize {
        self.ledger.persistent_start() as usize
    }
}

fn split<'b>(
    bytes: &'b mut [u8],
    overlay: Option<&'b mut [u8]>,
    ledger: &Ledger,
    variables: Slice<u8>,
) -> Result<Parts<'b>, HandleError> {
    let (low_len, overlay_len) = (ledger.persistent_start() as usize, ledger.overlay() as usize);
    let (low, persistent) = bytes.split_at_mut_checked(low_len).unwrap_or_default();
    let range = variables.range(persistent.len())?;
    let (below, records) = persistent.split_at_mut_checked(range.end).unwrap_or_default();
    let overlay = overlay.unwrap_or(low).get_mut(..overlay_len).unwrap_or_default();
    let variables = below.get_mut(range.start..).unwrap_or_default();
    Ok(Parts { overlay, variables, records: Records::new(records) })
}

/// Bytes before the first multiple of [`GRANULE`].
fn before_granule(bytes: &[u8]) -> usize {
    bytes.as_ptr().addr().wrapping_neg() % GRANULE as usize
}

/// Returns the part of `bytes` that begins and ends at a multiple of [`GRANULE`] and is not too
/// long.
fn align(bytes: &mut [u8]) -> &mut [u8] {
    let granule = GRANULE as usize;
    let start = before_granule(bytes);
    let bytes = bytes.get_mut(start..).unwrap_or_default();
    let max = usize::try_from(MAX_CAPACITY).unwrap_or(usize::MAX);
    let len = bytes.len().min(max);
    bytes.get_mut(..len - len % granule).unwrap_or_default()
}

fn capacity(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(MAX_CAPACITY)
}
