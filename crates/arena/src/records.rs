//! Reads persistent records.

use bytemuck::{Pod, PodCastError};

use crate::{HandleError, Slice, Value};

/// The persistent end of an arena, read-only, to be indexed by handles.
#[derive(Clone, Copy, Debug)]
pub struct Records<'a> {
    bytes: &'a [u8],
}

impl<'a> Records<'a> {
    /// Takes the bytes of records as they lie at the high end of an arena: `bytes` ends there.
    ///
    /// So a program can read records from flash that were prepared elsewhere. The end of `bytes`
    /// must be aligned to 4 (or to the [`Align`](crate::Align) of the blocks, if that is larger);
    /// otherwise reading gives [`HandleError::Misaligned`].
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Returns all bytes, the newest allocation first.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the values that `handle` names.
    ///
    /// # Errors
    ///
    /// [`HandleError`] if it names no such values in these records.
    // size: inlined, so that a caller who drops the error does not link what makes it.
    #[inline(always)]
    pub fn slice<T: Pod>(self, handle: Slice<T>) -> Result<&'a [T], HandleError> {
        if const {
            align_of::<T>() == align_of::<u32>() && size_of::<T>().is_multiple_of(size_of::<u32>())
        } {
            let words = const { size_of::<T>() as u32 / 4 };
            let words = self.words(handle.offset(), handle.len().saturating_mul(words));
            let values = words.and_then(|words| bytemuck::try_cast_slice(words).ok());
            return values.ok_or_else(|| match handle.range(self.bytes.len()) {
                Ok(_) => HandleError::Misaligned { offset: handle.offset() },
                Err(error) => error,
            });
        }
        let range = handle.range(self.bytes.len())?;
        // An empty slice may lie at any address, even where a cast would find it misaligned.
        if range.is_empty() {
            return Ok(&[]);
        }
        let bytes = self.bytes.get(range).unwrap_or_default();
        bytemuck::try_cast_slice(bytes).map_err(|error| misaligned(handle.offset(), error))
    }

    /// Does the same as [`slice`](Self::slice) for words, without the error.
    // size: one copy for all types that are made of words, whose result fits into two registers.
    #[inline(never)]
    fn words(self, offset: u32, len: u32) -> Option<&'a [u32]> {
        let start = self.bytes.len().checked_sub(offset as usize)?;
        let bytes = self.bytes.get(start..)?.get(..len.checked_mul(4)? as usize)?;
        if bytes.is_empty() {
            return Some(&[]);
        }
        bytemuck::try_cast_slice(bytes).ok()
    }

    /// Returns the value that `handle` names.
    ///
    /// # Errors
    ///
    /// [`HandleError`] if it names no such value in these records.
    pub fn value<T: Pod>(self, handle: Value<T>) -> Result<&'a T, HandleError> {
        let range = handle.range(self.bytes.len())?;
        let bytes = self.bytes.get(range).unwrap_or_default();
        bytemuck::try_from_bytes(bytes).map_err(|error| misaligned(handle.offset(), error))
    }
}

/// Returns the values that `handle` names, to be changed; `bytes` ends at the high end.
pub(crate) fn slice_mut<T: Pod>(
    bytes: &mut [u8],
    handle: Slice<T>,
) -> Result<&mut [T], HandleError> {
    let range = handle.range(bytes.len())?;
    if range.is_empty() {
        return Ok(&mut []);
    }
    let bytes = bytes.get_mut(range).unwrap_or_default();
    bytemuck::try_cast_slice_mut(bytes).map_err(|error| misaligned(handle.offset(), error))
}

pub(crate) fn value_mut<T: Pod>(bytes: &mut [u8], handle: Value<T>) -> Result<&mut T, HandleError> {
    let range = handle.range(bytes.len())?;
    let bytes = bytes.get_mut(range).unwrap_or_default();
    bytemuck::try_from_bytes_mut(bytes).map_err(|error| misaligned(handle.offset(), error))
}

/// Returns the error of a failed cast. The lengths are right by construction, so only the alignment
/// can be wrong.
fn misaligned(offset: u32, _: PodCastError) -> HandleError {
    HandleError::Misaligned { offset }
}
