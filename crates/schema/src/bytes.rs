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
}

pub(crate) mod sealed {
    /// Keeps a trait of this crate to this crate.
    pub trait Sealed {}
}

macro_rules! scalars {
    ($($number:ty: $file:ident, $at:ident => $read:expr;)*) => {$(
        impl sealed::Sealed for $number {}

        impl Scalar for $number {
            const SIZE_BYTES: u32 = size_of::<$number>() as u32;

            fn read_at($file: &[u8], $at: u32) -> Option<Self> {
                $read
            }
        }
    )*};
}
scalars! {
    bool: file, at => Some(number_at(file, at, 1)? != 0);
    i8: file, at => Some(number_at(file, at, 1)? as i8);
    u8: file, at => Some(number_at(file, at, 1)? as u8);
    i16: file, at => Some(number_at(file, at, 2)? as i16);
    u16: file, at => Some(number_at(file, at, 2)? as u16);
    i32: file, at => Some(number_at(file, at, 4)? as i32);
    u32: file, at => number_at(file, at, 4);
    f32: file, at => Some(f32::from_bits(number_at(file, at, 4)?));
    i64: file, at => array_at(file, at).map(i64::from_le_bytes);
    u64: file, at => array_at(file, at).map(u64::from_le_bytes);
    f64: file, at => array_at(file, at).map(f64::from_le_bytes);
}
