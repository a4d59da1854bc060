//! The metadata entry from which TFLM takes offsets.
//!
//! The entry has little-endian 32-bit numbers: a version and a number of subgraphs, both of which
//! TFLM ignores, the number of tensors of all subgraphs, and an offset for each; -1 leaves the
//! tensor to TFLM.
//!
//! Source: TFLM 90b983c2b, `micro/micro_allocation_info.cc`, `GetOfflinePlannedOffsets`, and
//! `micro/docs/memory_management.md`.

use bantam_schema::write::{CopyError, ModelBuilder};
use bantam_schema::{Model, Vector};

/// The name of the entry.
pub(crate) const NAME: &str = "OfflineMemoryAllocation";

/// Stands for a tensor that TFLM places by itself.
pub(crate) const ONLINE: i32 = -1;

/// Numbers before the first offset.
const HEADER: usize = 3;

/// Returns the offsets that a model carries; `None` if it carries none that TFLM would take.
pub(super) fn offsets(model: &Model<'_>, tensors: usize) -> Option<Vec<i32>> {
    let words = Vector::<i32>::from_le_bytes(model.metadata_by_name(NAME)?);
    let offsets: Vec<i32> = words.iter().skip(HEADER).take(tensors).collect();
    let count = words.get(2).and_then(|count| usize::try_from(count).ok());
    (count == Some(tensors) && offsets.len() == tensors).then_some(offsets)
}

/// Returns the model with these offsets in place of any that it carries, and the rest of it as it
/// is.
///
/// # Errors
///
/// A [`CopyError`] if the model cannot be written without loss.
pub fn rewrite(model: &Model<'_>, offsets: &[i32]) -> Result<Vec<u8>, CopyError> {
    let header = [1, 1, i32::try_from(offsets.len()).unwrap_or(i32::MAX)];
    let words = header.iter().chain(offsets);
    let data: Vec<u8> = words.flat_map(|word| word.to_le_bytes()).collect();
    let mut builder = ModelBuilder::from_model(model)?;
    builder.remove_metadata(NAME).metadata(NAME, &data);
    Ok(builder.finish())
}
