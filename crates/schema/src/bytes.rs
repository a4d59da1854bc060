//! Little-endian values at any place of the file. No alignment is assumed anywhere.

/// `N` bytes from `at`, if the file has them.
pub(crate) fn array_at<const N: usize>(file: &[u8], at: u32) -> Option<[u8; N]> {
    file.get(usize::try_from(at).ok()?..)?.first_chunk::<N>().copied()
}

/// The `u16` at `at`.
pub(crate) fn u16_at(file: &[u8], at: u32) -> Option<u16> {
    array_at(file, at).map(u16::from_le_bytes)
}

/// The `u32` at `at`.
pub(crate) fn u32_at(file: &[u8], at: u32) -> Option<u32> {
    array_at(file, at).map(u32::from_le_bytes)
}

/// `len` bytes from `at`, if the file has them.
pub(crate) fn slice_at(file: &[u8], at: u32, len: u32) -> Option<&[u8]> {
    let at = usize::try_from(at).ok()?;
    file.get(at..at.checked_add(usize::try_from(len).ok()?)?)
}

/// Follows the offset that is stored at `at`: offsets count from where they lie.
pub(crate) fn follow(file: &[u8], at: u32) -> Option<u32> {
    at.checked_add(u32_at(file, at)?)
}

/// A number that a FlatBuffer stores in a field or in a vector.
///
/// Sealed: the crate implements it for the integers, floats, `bool` and its own number types.
pub trait Scalar: Copy + PartialEq + core::fmt::Debug + sealed::Sealed {
    /// Bytes it takes in the file.
    const SIZE_BYTES: u32;

    /// Reads the value from the first [`SIZE_BYTES`](Self::SIZE_BYTES) bytes, `None` if there are
    /// fewer.
    fn read_le(bytes: &[u8]) -> Option<Self>;
}

pub(crate) mod sealed {
    /// Keeps a trait of this crate to this crate.
    pub trait Sealed {}
}

macro_rules! scalars {
    ($($number:ty)*) => {$(
        impl sealed::Sealed for $number {}

        impl Scalar for $number {
            const SIZE_BYTES: u32 = size_of::<$number>() as u32;

            fn read_le(bytes: &[u8]) -> Option<Self> {
                bytes.first_chunk().map(|bytes| Self::from_le_bytes(*bytes))
            }
        }
    )*};
}
scalars!(i8 u8 i16 u16 i32 u32 i64 u64 f32 f64);

impl sealed::Sealed for bool {}

impl Scalar for bool {
    const SIZE_BYTES: u32 = 1;

    fn read_le(bytes: &[u8]) -> Option<Self> {
        bytes.first().map(|byte| *byte != 0)
    }
}
