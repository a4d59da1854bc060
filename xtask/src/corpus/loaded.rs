//! What the emulator puts into the memory of the firmware.
//!
//! A word with the number of entries; for each entry nine words: the bytes of the arena, then
//! beginning and length of the model, the image (of length 0 if there is none), inputs and outputs.
//! All numbers are little-endian, and all parts begin at multiples of 16.

use super::cases::{Case, Way};

/// The room that there is.
pub(super) const MOST_BYTES: usize = 12 << 20;
/// The largest arena.
const ARENA_BYTES: usize = 4 << 20;

/// Words of an entry.
const ENTRY_WORDS: usize = 9;
/// Entries of a batch at most: their words come before all parts.
const MOST_ENTRIES: usize = 1024;

const ALIGNMENT: usize = 16;
/// Parts of a model.
const PARTS: usize = 6;

/// Why a model does not run, if it does not: the board has no room for it, or it has no output.
pub(super) fn lack(case: &Case) -> Option<String> {
    if case.expected.is_empty() {
        return Some("no output has an element".to_owned());
    }
    let bytes = HEAD_BYTES + case.bytes() + PARTS * ALIGNMENT;
    if bytes > MOST_BYTES {
        return Some(format!("{bytes} bytes of models and data; there is room for {MOST_BYTES}"));
    }
    let arena = Way::ALL.map(|way| case.arena(way)).into_iter().max()?;
    (arena > ARENA_BYTES)
        .then(|| format!("an arena of {arena} bytes; there is room for {ARENA_BYTES}"))
}

/// Some models with their data.
#[derive(Default)]
pub(super) struct Batch {
    /// The place of each model in the list, and the way in which it runs.
    entries: Vec<(usize, Way)>,
    words: Vec<u32>,
    /// What comes behind the words.
    parts: Vec<u8>,
}

const HEAD_BYTES: usize = (4 + 4 * ENTRY_WORDS * MOST_ENTRIES).next_multiple_of(ALIGNMENT);

impl Batch {
    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What it has to run.
    pub(super) fn entries(&self) -> &[(usize, Way)] {
        &self.entries
    }

    /// The bytes that it would have with a model; more than there can be if it is full.
    pub(super) fn bytes_with(&self, case: &Case) -> usize {
        if self.entries.len() + Way::ALL.len() > MOST_ENTRIES {
            return usize::MAX;
        }
        HEAD_BYTES + self.parts.len() + case.bytes() + PARTS * ALIGNMENT
    }

    /// Adds a model, in each way to run it.
    pub(super) fn add(&mut self, at: usize, case: &Case) {
        let [model, planned, image, lean, inputs, expected] =
            case.parts().map(|part| self.part(part));
        for way in Way::ALL {
            let (model, image) = match way {
                Way::Interpreted => (model, [0; 2]),
                Way::StoredPlan => (planned, [0; 2]),
                Way::Prepared => (lean, image),
            };
            self.words.push(case.arena(way) as u32);
            self.words.extend([model, image, inputs, expected].concat());
            self.entries.push((at, way));
        }
    }

    /// Adds bytes; gives their beginning and length.
    fn part(&mut self, bytes: &[u8]) -> [u32; 2] {
        let start = self.parts.len().next_multiple_of(ALIGNMENT);
        self.parts.resize(start, 0);
        self.parts.extend_from_slice(bytes);
        [(HEAD_BYTES + start) as u32, bytes.len() as u32]
    }

    /// All of it.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let count = self.entries.len() as u32;
        let words = [count].into_iter().chain(self.words.iter().copied());
        let mut bytes: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
        bytes.resize(HEAD_BYTES, 0);
        bytes.extend_from_slice(&self.parts);
        bytes
    }
}
