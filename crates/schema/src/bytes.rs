//! Little-endian values at any place of the file. No alignment is assumed anywhere.

use core::num::NonZeroU32;

/// Where a table, a field or a vector lies: not at the first byte, which belongs to the root's offset. So that there is none
/// takes no further register.
pub(crate) type At = NonZeroU32;

/// `N` bytes from `at`, if the file has them.
pub(crate) fn array_at<const N: usize>(file: &[u8], at: u32) -> Option<[u8; N]> {
    file.get(usize::try_from(at).ok()?..)?.first_chunk::<N>().copied()
}

/// The `u16` at `at`.
pub(crate) fn u16_at(file: &[u8], at: u32) -> Option<u16> {
    number_at(file, at, 2).map(|number| number as u16)
}

/// The `u32` at `at`.
pub(crate) fn u32_at(file: &[u8], at: u32) -> Option<u32> {
    number_at(file, at, 4)
}

/// The number of so many bytes, at most 4, at `at`.
// Called from everywhere: on a device a call is smaller than the checks. So is what else is not inlined here.
#[inline(never)]
pub(crate) fn number_at(file: &[u8], at: u32, bytes: u32) -> Option<u32> {
    let bytes = slice_at(file, at, bytes)?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte)))
}

/// `len` bytes from `at`, if the file has them.
#[inline(never)]
pub(crate) fn slice_at(file: &[u8], at: u32, len: u32) -> Option<&[u8]> {
    let at = usize::try_from(at).ok()?;
    file.get(at..at.checked_add(usize::try_from(len).ok()?)?)
}

/// Follows the offset that is stored at `at`: offsets count from where they lie.
pub(crate) fn follow(file: &[u8], at: u32) -> Option<At> {
    At::new(at.checked_add(u32_at(file, at)?)?)
}

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
}

/// The number of 8 bytes at `at`.
fn long_at(file: &[u8], at: u32, _: u32) -> Option<u64> {
    array_at(file, at).map(u64::from_le_bytes)
}

fn take_long(from: &mut &[u8], _: u32) -> Option<u64> {
    let (number, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(u64::from_le_bytes(*number))
}

/// Takes the number of the first bytes, at most 4, so many, off `from`.
#[inline(never)]
fn take(from: &mut &[u8], bytes: u32) -> Option<u32> {
    let number = number_at(from, 0, bytes)?;
    *from = from.get(bytes as usize..)?;
    Some(number)
}

pub(crate) mod sealed {
    /// Keeps a trait of this crate to this crate.
    pub trait Sealed {}
}

macro_rules! scalars {
    ($($number:ty, $read:ident, $take:ident, $of:expr;)*) => {$(
        impl sealed::Sealed for $number {}

        impl Scalar for $number {
            const SIZE_BYTES: u32 = size_of::<$number>() as u32;

            fn read_at(file: &[u8], at: u32) -> Option<Self> {
                $read(file, at, Self::SIZE_BYTES).map($of)
            }

            fn take(bytes: &mut &[u8]) -> Option<Self> {
                $take(bytes, Self::SIZE_BYTES).map($of)
            }
        }
    )*};
}
scalars! {
    bool, number_at, take, |number| number != 0;
    i8, number_at, take, |number| number as i8;
    u8, number_at, take, |number| number as u8;
    i16, number_at, take, |number| number as i16;
    u16, number_at, take, |number| number as u16;
    i32, number_at, take, |number| number as i32;
    u32, number_at, take, |number| number;
    f32, number_at, take, f32::from_bits;
    i64, long_at, take_long, |number| number as i64;
    u64, long_at, take_long, |number| number;
    f64, long_at, take_long, f64::from_bits;
}
