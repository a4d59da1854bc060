//! Entries of metadata that hold a plan, to be taken apart and written again.

use bantam_interp::plan::stored::{Contents, NAME};
use bantam_schema::Model;
use bantam_schema::write::ModelBuilder;

/// What an entry says, behind its version, contract and checksum.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) fingerprint: u32,
    pub(crate) wholes: u64,
    pub(crate) overlay_bytes: u32,
    pub(crate) tensors: Vec<u32>,
    pub(crate) scratch: Vec<u32>,
}

impl Entry {
    /// The entry of a model, which must have one that is whole.
    pub(crate) fn of(file: &[u8]) -> Self {
        let words: Vec<u32> = bytes_of(file)
            .as_chunks()
            .0
            .iter()
            .map(|&word: &[u8; 4]| u32::from_le_bytes(word))
            .collect();
        let [tensors, scratch] = [7, 8].map(|at| words[at] as usize);
        let offsets = &words[9..];
        assert_eq!(offsets.len(), tensors + scratch);
        Self {
            fingerprint: words[3],
            wholes: u64::from(words[5]) << 32 | u64::from(words[4]),
            overlay_bytes: words[6],
            tensors: offsets[..tensors].to_vec(),
            scratch: offsets[tensors..].to_vec(),
        }
    }

    /// The bytes of the entry, with the checksum that belongs to it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let contents = Contents {
            fingerprint: self.fingerprint,
            wholes: self.wholes,
            overlay_bytes: self.overlay_bytes,
            tensors: &self.tensors,
            scratch: &self.scratch,
        };
        contents.words().flat_map(u32::to_le_bytes).collect()
    }
}

/// The bytes of the entry of a model, which must have one.
pub(crate) fn bytes_of(file: &[u8]) -> Vec<u8> {
    Model::parse(file).unwrap().metadata_by_name(NAME).unwrap().to_vec()
}

/// The model with another entry in place of its own, or with none.
pub(crate) fn with_entry(file: &[u8], entry: Option<&[u8]>) -> Vec<u8> {
    let mut builder = ModelBuilder::from_model(&Model::parse(file).unwrap()).unwrap();
    builder.remove_metadata(NAME);
    if let Some(entry) = entry {
        builder.metadata(NAME, entry);
    }
    builder.finish()
}
