//! Numbers in tables and vectors.

use crate::{
    bytes::{array_at, number_at},
    steps,
    table::Table,
};

/// A number that a FlatBuffer stores in a field or in a vector.
///
/// Sealed: the crate implements it for the integers, floats, `bool` and its own number types.
pub trait Scalar: Copy + PartialEq + core::fmt::Debug + sealed::Sealed {
    /// Bytes it takes in the file.
    const SIZE_BYTES: u32;

    /// Reads the value at `at`, `None` if the file ends before it does.
    fn read_at(file: &[u8], at: u32) -> Option<Self>;

    /// Takes the first value off `bytes`.
    #[doc(hidden)]
    fn take(bytes: &mut &[u8]) -> Option<Self>;

    /// Returns the value of a table's field.
    #[doc(hidden)]
    fn field(table: &Table<'_>, slot: u16, default: Self) -> Self;
}

pub(crate) mod sealed {
    /// Keeps others from implementing a trait of this crate.
    pub trait Sealed {}
}

/// Numbers of at most 4 bytes; the same few functions read all of them as `u32`.
macro_rules! words {
    ($($number:ty: $of:expr, $bits:expr;)*) => {$(
        impl sealed::Sealed for $number {}

        impl Scalar for $number {
            const SIZE_BYTES: u32 = size_of::<$number>() as u32;

            fn read_at(file: &[u8], at: u32) -> Option<Self> {
                number_at(file, at, Self::SIZE_BYTES).map($of)
            }

            fn take(bytes: &mut &[u8]) -> Option<Self> {
                let number = if Self::SIZE_BYTES == 4 {
                    take_word(bytes)?
                } else {
                    let (number, rest) = bytes.split_at_checked(Self::SIZE_BYTES as usize)?;
                    *bytes = rest;
                    number_at(number, 0, Self::SIZE_BYTES)?
                };
                Some($of(number))
            }

            fn field(table: &Table<'_>, slot: u16, default: Self) -> Self {
                $of(table.number(slot, Self::SIZE_BYTES, $bits(default)))
            }
        }
    )*};
}
words! {
    bool: |number| number != 0, u32::from;
    i8: |number| number as i8, |number| number as u32;
    u8: |number| number as u8, u32::from;
    i16: |number| number as i16, |number| number as u32;
    u16: |number| number as u16, u32::from;
    i32: |number| number as i32, |number| number as u32;
    u32: |number| number, |number| number;
    f32: f32::from_bits, f32::to_bits;
}

// size: a call is smaller than the checks.
#[inline(never)]
fn take_word(from: &mut &[u8]) -> Option<u32> {
    steps::count();
    let (number, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(u32::from_le_bytes(*number))
}

macro_rules! longs {
    ($($number:ty),*) => {$(
        impl sealed::Sealed for $number {}

        impl Scalar for $number {
            const SIZE_BYTES: u32 = 8;

            fn read_at(file: &[u8], at: u32) -> Option<Self> {
                array_at(file, at).map(Self::from_le_bytes)
            }

            fn take(bytes: &mut &[u8]) -> Option<Self> {
                let (number, rest) = bytes.split_first_chunk()?;
                *bytes = rest;
                Some(Self::from_le_bytes(*number))
            }

            fn field(table: &Table<'_>, slot: u16, default: Self) -> Self {
                let at = table.field(slot);
                at.and_then(|at| Self::read_at(table.file, at.get())).unwrap_or(default)
            }
        }
    )*};
}
longs!(i64, u64, f64);

impl Table<'_> {
    /// The number in a field.
    pub(crate) fn scalar<T: Scalar>(&self, slot: u16, default: T) -> T {
        T::field(self, slot, default)
    }
}
