//! TFLM's `OfflineMemoryAllocation`.
//!
//! Source: TFLM 90b983c2b, `lite/micro/micro_allocation_info.cc`, `GetOfflinePlannedOffsets`.

use crate::error::{Error, PlanFault};
use bantam_schema::Model;

/// The offsets that a model carries, one little-endian `i32` per tensor, -1 for those to be planned online.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offline<'a>(&'a [[u8; 4]]);

impl<'a> Offline<'a> {
    const NAME: &'static str = "OfflineMemoryAllocation";

    /// `Ok(None)` if the model carries none; an error if it is malformed.
    pub(super) fn find(model: &Model<'a>) -> Result<Option<Self>, Error> {
        let Some(data) = model.metadata_by_name(Self::NAME) else { return Ok(None) };
        let malformed = Error::InvalidPlan(PlanFault::Tflm);
        let (words, _) = data.as_chunks();
        let tensors: usize = model.subgraphs().map(|s| s.tensor_len() as usize).sum();
        let n = words.get(2).map(|&w| u32::from_le_bytes(w) as usize).ok_or(malformed)?;
        let offsets = words.get(3..).and_then(|w| w.get(..n)).ok_or(malformed)?;
        if n == tensors { Ok(Some(Self(offsets))) } else { Err(malformed) }
    }

    /// The offset of a tensor of the first subgraph.
    pub(super) fn offset(&self, tensor: u32) -> Option<u32> {
        let word = self.0.get(tensor as usize)?;
        u32::try_from(i32::from_le_bytes(*word)).ok()
    }
}
