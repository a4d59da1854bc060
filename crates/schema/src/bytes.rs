//! Little-endian values at any address of the file. No alignment is assumed anywhere.

use core::num::NonZeroU32;

use crate::steps;

/// The place of a table, a field or a vector. It is never the first byte, which belongs to the
/// root's offset, so `Option` takes no second register.
pub(crate) type At = NonZeroU32;

/// Returns `N` bytes from `at`, if the file has them.
pub(crate) fn array_at<const N: usize>(file: &[u8], at: u32) -> Option<[u8; N]> {
    file.get(usize::try_from(at).ok()?..)?.first_chunk::<N>().copied()
}

/// Returns the `u16` at `at`.
pub(crate) fn u16_at(file: &[u8], at: u32) -> Option<u16> {
    number_at(file, at, 2).map(|number| number as u16)
}

/// Returns the `u32` at `at`.
pub(crate) fn u32_at(file: &[u8], at: u32) -> Option<u32> {
    number_at(file, at, 4)
}

/// Returns the number of 1, 2 or 4 bytes at `at`; of 8 bytes, the lower half.
// size: called from everywhere; a call is smaller than the checks.
#[inline(never)]
pub(crate) fn number_at(file: &[u8], at: u32, bytes: u32) -> Option<u32> {
    // size: without a loop the compiler knows that it returns, and leaves out what nobody needs.
    match *slice_at(file, at, bytes)? {
        [a] => Some(a.into()),
        [a, b] => Some(u16::from_le_bytes([a, b]).into()),
        [a, b, c, d, ..] => Some(u32::from_le_bytes([a, b, c, d])),
        _ => None,
    }
}

/// Returns `len` bytes from `at`, if the file has them.
// size: a call is smaller than the checks.
#[inline(never)]
pub(crate) fn slice_at(file: &[u8], at: u32, len: u32) -> Option<&[u8]> {
    steps::count();
    let at = usize::try_from(at).ok()?;
    file.get(at..at.checked_add(usize::try_from(len).ok()?)?)
}

/// Follows the offset that is stored at `at`: an offset counts from its own place.
pub(crate) fn follow(file: &[u8], at: u32) -> Option<At> {
    At::new(at.checked_add(u32_at(file, at)?)?)
}

/// Returns where the elements of the vector at `at` begin, and their number, with so many bytes
/// each, if all are in the file.
// size: a call is smaller than the checks.
#[inline(never)]
pub(crate) fn elements_at(file: &[u8], at: At, bytes: u32) -> Option<(At, u32)> {
    let len = u32_at(file, at.get())?;
    let at = At::new(at.get().wrapping_add(4))?;
    slice_at(file, at.get(), len.checked_mul(bytes)?)?;
    Some((at, len))
}
