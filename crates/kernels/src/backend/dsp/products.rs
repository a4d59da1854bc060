//! Products of one row of inputs with several rows of weights.

use bantam_isa::{Part, patch_depth, patch_len};

use crate::backend::products::Rows;
use crate::number::element::Accumulator;
use crate::number::weights::Weights;

/// Words of memory for a few inputs that are widened.
const FEW: usize = 16;

/// The same for more: half of a spectrum of 512 points, 257 numbers, takes two parts.
const MANY: usize = 66;

/// Adds to each sum the products of a row of weights with the inputs, less their zero point.
#[inline(always)] // a choice
pub(super) fn add<S: Accumulator>(inputs: &[i8], zero_point: i16, of: &mut [Rows<'_, S>]) {
    let is_few = inputs.len() <= const { patch_depth(1, FEW) };
    let run = if is_few { with_patch::<S, FEW> } else { with_patch::<S, MANY> };
    run(inputs, zero_point, of);
}

/// With a patch of so many words.
#[inline(never)] // stack: the larger memory is not there for few inputs
fn with_patch<S: Accumulator, const WORDS: usize>(
    inputs: &[i8],
    zero_point: i16,
    of: &mut [Rows<'_, S>],
) {
    let patch = &mut [0; WORDS];
    let most = const { patch_depth(1, WORDS) };
    for (index, part) in inputs.chunks(most.max(1)).enumerate() {
        widen(patch, part, zero_point);
        for Rows { weights, sums } in &mut *of {
            let Some(sums) = S::words_mut(sums) else { continue };
            let weights = weights.rest(index * most);
            let part = Part { patch, len: part.len(), weights, depth: inputs.len() };
            bantam_isa::multiply(&part, sums);
        }
    }
}

/// Widens inputs of one pixel into a patch.
pub(super) fn widen(patch: &mut [i32], inputs: &[i8], zero_point: i16) {
    let last = patch_len(1, inputs.len());
    patch.get_mut(last.saturating_sub(2)..last).unwrap_or_default().fill(0);
    bantam_isa::gather(patch, [1, 0], 0, inputs, zero_point);
}
