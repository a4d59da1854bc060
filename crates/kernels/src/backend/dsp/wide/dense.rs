//! Fully connected layers.

use bantam_isa::Part;

use crate::backend::dsp::wide::common::{finish, may_be_short};
use crate::backend::layer::Scaling;
use crate::backend::primitives::Dense;
use crate::number::channel_factors::ChannelFactors;
use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::Weights;

/// Units whose sums are formed at a time.
const UNITS: usize = 16;

/// Words of the patch, and inputs that it has room for.
const WORDS: usize = 128;
const INPUTS: usize = bantam_isa::patch_depth(1, WORDS);

/// Computes a row of outputs.
#[inline(never)] // size: one copy for both ways of going over rows
pub(in crate::backend::dsp) fn row<T: Quantized>(
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    dense: &Dense<T::Sum>,
    input: &[i16],
    output: &mut [T],
) {
    let depth = dense.depth;
    let (patch, words) = (&mut [0; WORDS], &mut [0; UNITS]);
    let gather = |patch: &mut [i32; WORDS], from: usize, len: usize| {
        let last = bantam_isa::patch_len(1, len);
        patch.get_mut(last.saturating_sub(2)..last).unwrap_or_default().fill(0);
        let input = input.get(from..).and_then(|rest| rest.get(..len)).unwrap_or_default();
        bantam_isa::gather_wide(patch, [1, 0], 0, input);
    };
    // A short row stays in the patch.
    let is_short = depth <= INPUTS;
    if is_short {
        gather(patch, 0, depth);
    }
    let (only, shift);
    let given = match scaling.prepared() {
        Some(prepared) => Some(*prepared),
        None if scaling.has_one_factor() => {
            let factor = scaling.factor(0);
            (only, shift) = ([factor.multiplier], [ChannelFactors::shift(factor, 0)]);
            Some(ChannelFactors::of(&only, &shift))
        }
        None => None,
    };
    let may_be_short = given.is_some_and(|factors| may_be_short(scaling, &factors));
    for (block, output) in output.chunks_mut(UNITS).enumerate() {
        let first = block * UNITS;
        let filters = filter.rest(first.saturating_mul(depth));
        let sums = &mut [T::Sum::ZERO; UNITS];
        let sums = sums.get_mut(..output.len()).unwrap_or_default();
        let words = words.get_mut(..output.len()).unwrap_or_default();
        scaling.begin(first, sums);
        let mut from = 0;
        while from < depth {
            let len = INPUTS.min(depth - from);
            if !is_short {
                gather(patch, from, len);
            }
            words.fill(0);
            let part = Part { patch, len, weights: filters.rest(from), depth };
            bantam_isa::multiply(&part, words);
            for (sum, &products) in sums.iter_mut().zip(&*words) {
                *sum = sum.plus(T::Sum::of(products));
            }
            from += len;
        }
        dense.correct::<T>(filters, sums);
        match given {
            Some(factors) => {
                let end = first + output.len();
                let is_one = factors.multipliers.len() == 1;
                let factors = if is_one { factors } else { factors.part(first..end) };
                finish(scaling, &factors, may_be_short, sums, words, output);
            }
            None => scaling.finish(first, sums, output),
        }
    }
}
