//! Plans that travel in a model's metadata: that of the first subgraph under the name [`NAME`],
//! that of another, which nodes call, with a full stop and its index appended.
//!
//! An entry is a row of little-endian 32-bit words:
//!
//! | words      | contents                                                                                  |
//! | ---------- | ----------------------------------------------------------------------------------------- |
//! | 0          | [`VERSION`] of this format                                                                |
//! | 1          | [`KERNEL_CONTRACT`]: the version of the distances that kernels keep                       |
//! | 2          | checksum of all that follows: FNV-1a of its bytes, 32 bits                                |
//! | 3          | [`fingerprint`] of the graph: operators in their order, operands, types and shapes        |
//! | 4, 5       | a bit for each node with parts, the low word first: they lie in the whole                 |
//! | 6          | bytes of the overlay                                                                      |
//! | 7, 8       | numbers of tensors, and of scratch buffers                                                |
//! | then       | for each tensor its offset, [`NOWHERE`] for those that have no place in the overlay       |
//! | then       | for each scratch buffer, in the order of nodes, its offset                                |
//!
//! The operators of a planned model stand in the file in the order in which they run, as in every
//! model. Whether a node runs backwards follows from the offsets.
//!
//! Nothing of this is trusted. An entry whose contract, checksum or fingerprint is another's is a
//! [`PlanFault`]; and the offsets are validated against the distances of this very build, like
//! those of any planner.

use super::entry::SCRATCH;
use super::planning::{Buffers, OVERLAY_ALIGNMENT};
use super::wholes::Wholes;
use crate::error::PlanFault;
use crate::reason::Failed;
use crate::record::{PLACE_LIMIT, round_up};
use bantam_schema::{Model, Subgraph, Vector};

/// The name of the metadata entry.
pub const NAME: &str = "BantamMemoryPlan";
/// The version of the format.
pub const VERSION: u32 = 3;
/// Changes whenever a kernel keeps other distances, or an operator asks for other scratch.
pub const KERNEL_CONTRACT: u32 = 2;
/// In place of an offset: there is none.
pub const NOWHERE: u32 = u32::MAX;

/// Words before the lists.
const HEADER: usize = 9;

/// The longest name of an entry.
pub(crate) const NAME_BYTES: usize = NAME.len() + 11;

/// The name of the entry for a subgraph, written to `buffer`.
pub(crate) fn name_of(subgraph: u32, buffer: &mut [u8; NAME_BYTES]) -> &str {
    if subgraph == 0 {
        return NAME;
    }
    let digits = core::iter::successors(Some(subgraph), |&rest| Some(rest / 10).filter(|&n| n > 0));
    let digits = digits.map(|rest| b'0' + (rest % 10) as u8);
    let name = NAME.bytes().rev();
    let mut len = 0;
    for (slot, byte) in buffer.iter_mut().rev().zip(digits.chain([b'.']).chain(name)) {
        *slot = byte;
        len += 1;
    }
    let name = buffer.get(NAME_BYTES.saturating_sub(len)..).unwrap_or_default();
    core::str::from_utf8(name).unwrap_or(NAME)
}

/// FNV-1a, 32 bits.
#[derive(Clone, Copy, Debug)]
struct Fnv(u32);

impl Fnv {
    const fn new() -> Self {
        Self(0x811C_9DC5)
    }

    #[inline(never)] // size: one copy for all that is hashed
    fn bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }

    fn word(&mut self, word: u32) {
        self.bytes(&word.to_le_bytes());
    }

    /// A list, with its length.
    #[inline(never)] // size: one copy for inputs and outputs
    fn list(&mut self, words: &Vector<'_, i32>) {
        self.bytes(words.as_le_bytes());
        self.word(words.len() as u32);
    }
}

/// Tells graphs apart: their operators in order, their operands, and the types and shapes of their
/// tensors.
pub fn fingerprint(subgraph: &Subgraph<'_>) -> u32 {
    let mut hash = Fnv::new();
    for tensor in (0..subgraph.tensor_len()).filter_map(|index| subgraph.tensor(index)) {
        hash.word(tensor.tensor_type().0 as u32);
        hash.list(&tensor.shape());
    }
    for operator in (0..subgraph.operator_len()).filter_map(|index| subgraph.operator(index)) {
        hash.word(operator.builtin().0 as u32);
        hash.bytes(operator.custom_name());
        hash.list(&operator.inputs());
        hash.list(&operator.outputs());
    }
    hash.list(&subgraph.inputs());
    hash.list(&subgraph.outputs());
    hash.0
}

/// A plan to be stored.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'c> {
    /// The [`fingerprint`] of the graph, in its new order.
    pub fingerprint: u32,
    /// A bit for each node with parts, in the order of the nodes: they lie in the whole. Those from
    /// the 64th on share the last bit.
    pub wholes: u64,
    /// Bytes of the overlay.
    pub overlay_bytes: u32,
    /// The offset of each tensor, [`NOWHERE`] for those that have no place in the overlay.
    pub tensors: &'c [u32],
    /// The offset of each scratch buffer.
    pub scratch: &'c [u32],
}

impl Contents<'_> {
    /// The words of the metadata entry.
    pub fn words(&self) -> impl Iterator<Item = u32> {
        let mut checksum = Fnv::new();
        self.covered().for_each(|word| checksum.word(word));
        [VERSION, KERNEL_CONTRACT, checksum.0].into_iter().chain(self.covered())
    }

    fn covered(&self) -> impl Iterator<Item = u32> {
        let header = [
            self.fingerprint,
            self.wholes as u32,
            (self.wholes >> 32) as u32,
            self.overlay_bytes,
            self.tensors.len() as u32,
            self.scratch.len() as u32,
        ];
        header.into_iter().chain(self.tensors.iter().chain(self.scratch).copied())
    }
}

/// A stored plan as it stands in a model.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    words: &'a [[u8; 4]],
    tensors: usize,
    scratch: usize,
}

impl<'a> Stored<'a> {
    /// The plan of the first subgraph that the model carries, if it carries one.
    ///
    /// # Errors
    ///
    /// Inside: [`PlanFault::Version`], [`PlanFault::Contract`], [`PlanFault::Checksum`], or
    /// [`PlanFault::Malformed`] if it has not the length that it says.
    pub fn find(model: &Model<'a>) -> Option<Result<Self, PlanFault>> {
        Self::named(model, NAME)
    }

    /// The plan in the entry with this name.
    pub(super) fn named(model: &Model<'a>, name: &str) -> Option<Result<Self, PlanFault>> {
        model.metadata_by_name(name).map(Self::parse)
    }

    fn parse(data: &'a [u8]) -> Result<Self, PlanFault> {
        let (words, rest) = data.as_chunks();
        let Some((&head, covered)) = words.split_first_chunk() else {
            return Err(PlanFault::Malformed);
        };
        let [version, contract, sum] = head.map(u32::from_le_bytes);
        if version != VERSION {
            return Err(PlanFault::Version(version));
        }
        if contract != KERNEL_CONTRACT {
            return Err(PlanFault::Contract(contract));
        }
        let mut checksum = Fnv::new();
        checksum.bytes(covered.as_flattened());
        if checksum.0 != sum {
            return Err(PlanFault::Checksum);
        }
        let Some((&header, lists)) = covered.split_first_chunk() else {
            return Err(PlanFault::Malformed);
        };
        let [_, _, _, _, tensors, scratch] = header.map(u32::from_le_bytes);
        let [tensors, scratch] = [tensors, scratch].map(|n| n as usize);
        if tensors.checked_add(scratch) != Some(lists.len()) || !rest.is_empty() {
            return Err(PlanFault::Malformed);
        }
        Ok(Self { words, tensors, scratch })
    }

    fn word(&self, at: usize) -> u32 {
        self.words.get(at).map_or(NOWHERE, |&word| u32::from_le_bytes(word))
    }

    /// Bytes of the overlay.
    pub fn overlay_bytes(&self) -> u32 {
        self.word(6)
    }

    /// The nodes whose parts lie in the whole.
    pub(super) fn wholes(&self) -> Wholes {
        Wholes(u64::from(self.word(5)) << 32 | u64::from(self.word(4)))
    }

    fn tensor(&self, index: usize) -> u32 {
        if index < self.tensors { self.word(HEADER + index) } else { NOWHERE }
    }

    fn scratch(&self, index: usize) -> u32 {
        self.word(HEADER + self.tensors + index)
    }
}

impl Buffers<'_, '_> {
    /// Takes over the offsets of a stored plan, if it is one for these buffers; returns the bytes
    /// of the overlay.
    #[inline(never)] // stack: given back before anything is planned
    pub(super) fn apply(
        &mut self,
        stored: &Stored<'_>,
        subgraph: &Subgraph<'_>,
    ) -> Result<u32, Failed> {
        let reason = self.reason;
        let invalid = |fault| reason.invalid_plan(fault);
        let tensor_len = self.tensor_len();
        if subgraph.tensor_len() as usize != stored.tensors
            || self.len.saturating_sub(tensor_len) != stored.scratch
            || fingerprint(subgraph) != stored.word(3)
        {
            return Err(invalid(PlanFault::Graph));
        }
        let (mut peak, total) = (0, stored.overlay_bytes());
        for (at, slot) in self.offsets.iter_mut().enumerate().take(self.len) {
            let Some(entry) = self.entries.get(at) else { break };
            let mut offset = 0; // of a view: that of its root counts
            if !entry.is_view() {
                offset = if entry.id == SCRATCH {
                    stored.scratch(at.saturating_sub(tensor_len))
                } else {
                    stored.tensor(entry.id as usize)
                };
                peak = offset.saturating_add(entry.bytes).max(peak);
            }
            *slot = offset;
        }
        self.check_plan(total)?;
        // The highest end, rounded up to the alignment.
        if round_up(peak, OVERLAY_ALIGNMENT) != Some(total) || total >= PLACE_LIMIT {
            return Err(invalid(PlanFault::Malformed));
        }
        Ok(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn words() -> Vec<u32> {
        let contents = Contents {
            fingerprint: 7,
            wholes: 1 << 32 | 6,
            overlay_bytes: 64,
            tensors: &[0, NOWHERE, 16],
            scratch: &[48],
        };
        contents.words().collect()
    }

    fn bytes(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn entries_are_read_as_they_were_written() {
        let bytes = bytes(&words());
        let stored = Stored::parse(&bytes).unwrap();
        assert_eq!(stored.wholes(), Wholes(1 << 32 | 6));
        assert_eq!(stored.overlay_bytes(), 64);
        assert_eq!([0, 1, 2, 3].map(|i| stored.tensor(i)), [0, NOWHERE, 16, NOWHERE]);
        assert_eq!(stored.scratch(0), 48);
    }

    #[test]
    fn every_subgraph_has_an_entry_of_its_own() {
        for (subgraph, name) in [
            (0, "BantamMemoryPlan"),
            (7, "BantamMemoryPlan.7"),
            (120, "BantamMemoryPlan.120"),
            (u32::MAX, "BantamMemoryPlan.4294967295"),
        ] {
            assert_eq!(name_of(subgraph, &mut [0; NAME_BYTES]), name);
        }
    }

    #[test]
    fn every_changed_word_is_a_fault() {
        let good = words();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 31);
            let fault = Stored::parse(&bytes(&bad)).unwrap_err();
            match at {
                0 => assert!(matches!(fault, PlanFault::Version(_))),
                1 => assert!(matches!(fault, PlanFault::Contract(_))),
                _ => assert_eq!(fault, PlanFault::Checksum),
            }
        }
        for len in 0..bytes(&good).len() {
            assert!(Stored::parse(&bytes(&good)[..len]).is_err());
        }
    }
}
