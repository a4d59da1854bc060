//! What operators store in an image beside their records.

use bantam_arena::Slice;
use core::ops::Range;
use std::vec::Vec;

/// Cores that an image has constants for, beside those that all cores read.
///
/// Every core reads every image: what is for others only takes flash. A [lean](crate::host::lean)
/// file may have weights in an order that only these cores read: see [`Lean`](crate::host::Lean).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isa {
    /// None.
    #[default]
    Any,
    /// Cortex-M4, M7, M33 and others with the DSP extension, in programs with the feature `dsp`:
    /// filters of depthwise convolutions with a window of 3 × 3, 24 bytes for each channel; and in
    /// a lean file weights of FULLY_CONNECTED in pairs.
    Dsp,
}

/// Constants of nodes on their way into an image, where they lie in front of the records.
#[derive(Debug)]
pub struct Constants<'a> {
    /// The bytes of the model.
    pub(crate) model: &'a [u8],
    /// For each input of the node whether it is known, and what it is.
    pub(crate) inputs: Vec<Option<&'a [u8]>>,
    /// The one that was stored last comes first.
    words: Vec<u32>,
    /// Words of the records behind them.
    records: usize,
    isa: Isa,
    /// Whether only cores of `isa` can run the node.
    is_bound: bool,
    /// Bytes of the overlay above all that any tensor needs while the node runs.
    pub(crate) free: Range<u32>,
}

/// Inputs of a node, and their new contents.
pub type Folded = Vec<(usize, Vec<u8>)>;

impl<'a> Constants<'a> {
    /// None yet, for an image with so many words of records, of a model with these bytes.
    pub(crate) fn new(model: &'a [u8], records: usize, isa: Isa) -> Self {
        let (inputs, words) = (Vec::new(), Vec::new());
        Self { model, inputs, words, records, isa, is_bound: false, free: 0..0 }
    }

    /// The cores that the image is for.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Says that only cores of [`isa`](Self::isa) can run the node.
    pub fn bind(&mut self) {
        self.is_bound = true;
    }

    /// Whether only cores of [`isa`](Self::isa) can run the node.
    pub fn is_bound(&self) -> bool {
        self.is_bound
    }

    /// The bytes of the overlay above all that any tensor needs while the node runs.
    pub fn free(&self) -> Range<u32> {
        self.free.clone()
    }

    /// The bytes of the model file.
    pub fn model(&self) -> &'a [u8] {
        self.model
    }

    /// An input of the node that is a constant of the model; no bytes if it is absent. `None` if it
    /// is none.
    pub fn input(&self, index: usize) -> Option<&'a [u8]> {
        self.inputs.get(index).copied().unwrap_or(Some(&[]))
    }

    /// Stores words for [`Io::persistent`](crate::Io::persistent); `None` if the image becomes too
    /// large.
    pub fn store(&mut self, words: &[u32]) -> Option<Slice<u32>> {
        let end = self.records.checked_add(self.words.len())?.checked_add(words.len())?;
        let place = u32::try_from(end.checked_mul(4)?).ok()?;
        self.words.splice(..0, words.iter().copied());
        Some(Slice::new(place, u32::try_from(words.len()).ok()?))
    }

    /// All of them, as they lie in front of the records.
    pub(crate) fn words(&self) -> &[u32] {
        &self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bantam_arena::Records;

    #[test]
    fn constants_are_found_from_the_end() {
        let mut constants = Constants::new(&[], 2, Isa::Any);
        let slices = [&[1, 2, 3][..], &[], &[4]].map(|words| constants.store(words).unwrap());
        let mut image = constants.words().to_vec();
        image.extend([8, 9]);
        let records = Records::new(bytemuck::cast_slice(&image));
        let found = slices.map(|slice| records.slice(slice).unwrap());
        assert_eq!(found, [&[1, 2, 3][..], &[], &[4]]);
    }
}
