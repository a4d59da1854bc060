//! TFLM's `OfflineMemoryAllocation`.
//!
//! Source: TFLM 90b983c2b, `lite/micro/micro_allocation_info.cc`, `GetOfflinePlannedOffsets`.

use crate::error::PlanFault;
use bantam_schema::Model;

/// The offsets that a model carries, one little-endian `i32` per tensor, -1 for those to be planned
/// online.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offline<'a>(&'a [[u8; 4]]);

impl<'a> Offline<'a> {
    const NAME: &'static str = "OfflineMemoryAllocation";

    /// The offsets that the model carries, if it carries any.
    ///
    /// # Errors
    ///
    /// Inside: [`PlanFault::Tflm`] if they are malformed.
    pub(super) fn find(model: &Model<'a>) -> Option<Result<Self, PlanFault>> {
        let (words, _) = model.metadata_by_name(Self::NAME)?.as_chunks();
        let tensors = model.subgraphs().map(|s| s.tensor_len() as usize).sum();
        let offsets = words.split_first_chunk().and_then(|(&[_, _, len], offsets)| {
            let len = u32::from_le_bytes(len) as usize;
            offsets.get(..len).filter(|_| len == tensors)
        });
        Some(offsets.map(Self).ok_or(PlanFault::Tflm))
    }

    /// The offset of a tensor of the first subgraph.
    pub(super) fn offset(&self, tensor: u32) -> Option<u32> {
        let word = self.0.get(tensor as usize)?;
        u32::try_from(i32::from_le_bytes(*word)).ok()
    }
}
