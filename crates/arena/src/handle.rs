//! Names of places in the arena: numbers, not pointers.

use core::fmt;
use core::marker::PhantomData;

use bytemuck::{Pod, Zeroable};

use crate::HandleError;

/// The place of `len` values of type `T` among the persistent allocations of an arena.
///
/// It is a pair of `u32`, and [`Pod`] itself, so a record in the arena can hold it. It means the
/// same in every arena with the same allocations in the same order, whatever the arena's size and
/// address.
///
/// Any bit pattern is a handle. A handle that names no place in an arena gives a [`HandleError`]
/// there, never a panic.
#[derive(Pod, Zeroable)]
#[repr(transparent)]
pub struct Slice<T> {
    raw: Raw,
    values: PhantomData<T>,
}

/// The place of one value of type `T` among the persistent allocations of an arena.
///
/// One `u32`; otherwise as [`Slice`]. `T` may have no size: `Value<()>` takes no memory.
#[derive(Pod, Zeroable)]
#[repr(transparent)]
pub struct Value<T> {
    offset: u32,
    value: PhantomData<T>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
struct Raw {
    offset: u32,
    len: u32,
}

impl<T: Pod> Slice<T> {
    /// A slice without values, which every arena has.
    pub const EMPTY: Self = Self::new(0, 0);

    /// Returns the handle of `len` values, the first of which begins `offset` bytes below the high
    /// end.
    #[must_use]
    pub const fn new(offset: u32, len: u32) -> Self {
        const { assert!(size_of::<T>() > 0, "a slice of values without size has no place") };
        Self { raw: Raw { offset, len }, values: PhantomData }
    }

    /// Returns the distance of its first byte from the high end of the arena.
    #[must_use]
    pub const fn offset(self) -> u32 {
        self.raw.offset
    }

    /// Returns the number of values.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.raw.len
    }

    /// Returns whether there are no values.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.raw.len == 0
    }

    /// Returns the handle of one of its values; `None` if there is no such value.
    #[must_use]
    pub fn element(self, index: u32) -> Option<Value<T>> {
        Some(Value::new(self.sub(index, 1)?.offset()))
    }

    /// Returns the handle of `len` of its values, from number `first` on; `None` if there are
    /// fewer.
    #[must_use]
    pub fn sub(self, first: u32, len: u32) -> Option<Self> {
        if first.checked_add(len)? > self.len() {
            return None;
        }
        let skipped = first.checked_mul(u32::try_from(size_of::<T>()).ok()?)?;
        Some(Self::new(self.offset().checked_sub(skipped)?, len))
    }

    /// Returns the place as indices into a slice of `available` persistent bytes.
    pub(crate) fn range(self, available: usize) -> Result<core::ops::Range<usize>, HandleError> {
        let bytes = u64::from(self.len()).saturating_mul(size_of::<T>() as u64);
        range(self.offset(), bytes, available)
    }
}

impl<T: Pod> Value<T> {
    /// Returns the handle of the value that begins `offset` bytes below the high end.
    #[must_use]
    pub const fn new(offset: u32) -> Self {
        Self { offset, value: PhantomData }
    }

    /// Returns the distance of its first byte from the high end of the arena.
    #[must_use]
    pub const fn offset(self) -> u32 {
        self.offset
    }

    /// Returns the place as indices into a slice of `available` persistent bytes.
    pub(crate) fn range(self, available: usize) -> Result<core::ops::Range<usize>, HandleError> {
        range(self.offset, size_of::<T>() as u64, available)
    }
}

fn range(
    offset: u32,
    bytes: u64,
    available: usize,
) -> Result<core::ops::Range<usize>, HandleError> {
    let find = || {
        let start = available.checked_sub(usize::try_from(offset).ok()?)?;
        let end = start.checked_add(usize::try_from(bytes).ok()?)?;
        (end <= available).then_some(start..end)
    };
    let saturate = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX);
    find().ok_or_else(|| HandleError::OutOfRange {
        offset,
        bytes: saturate(bytes),
        available: saturate(available as u64),
    })
}

/// Implements the traits by hand: `derive` would demand them of `T`, but a handle is a number
/// whatever `T` is.
macro_rules! plain_number {
    ($name:ident { $($field:ident),+ }) => {
        impl<T: Pod> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T: Pod> Copy for $name<T> {}

        impl<T: Pod> PartialEq for $name<T> {
            fn eq(&self, other: &Self) -> bool {
                ($(self.$field()),+) == ($(other.$field()),+)
            }
        }

        impl<T: Pod> Eq for $name<T> {}

        impl<T: Pod> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))$(.field(stringify!($field), &self.$field()))+.finish()
            }
        }
    };
}

plain_number!(Slice { offset, len });
plain_number!(Value { offset });

impl<T: Pod> Default for Slice<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}
