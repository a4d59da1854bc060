//! Reading what is persistent.

use bytemuck::{Pod, PodCastError};

use crate::{HandleError, Slice, Value};

/// A read-only view of the persistent end of an arena, to be indexed by handles.
#[derive(Clone, Copy, Debug)]
pub struct Records<'a> {
    bytes: &'a [u8],
}

impl<'a> Records<'a> {
    /// Records as they lie at the high end of an arena: `bytes` ends there.
    ///
    /// So records that were prepared elsewhere can be read from flash. The end of `bytes` must be
    /// aligned to 4 (or, for blocks allocated with a larger [`Align`](crate::Align), to that);
    /// otherwise reading gives [`HandleError::Misaligned`].
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// All bytes, the newest allocation first.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The values that `handle` names.
    ///
    /// # Errors
    ///
    /// [`HandleError`] if it names no such values in these records.
    pub fn slice<T: Pod>(self, handle: Slice<T>) -> Result<&'a [T], HandleError> {
        let range = handle.range(self.bytes.len())?;
        // No bytes may lie anywhere, also where a cast would find them misaligned.
        if range.is_empty() {
            return Ok(&[]);
        }
        let bytes = self.bytes.get(range).unwrap_or_default();
        bytemuck::try_cast_slice(bytes).map_err(|error| misaligned(handle.offset(), error))
    }

    /// The value that `handle` names.
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

/// The same for changing; `bytes` ends at the high end.
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

/// The lengths are right by construction, so alignment is all that a cast can complain of.
fn misaligned(offset: u32, _: PodCastError) -> HandleError {
    HandleError::Misaligned { offset }
}
