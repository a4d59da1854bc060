//! Fully connected layers.

use bantam_isa::mve::{self, Dense, Filters};

use crate::backend::layer::Scaling;
use crate::backend::mve::scratch::{begin, plain};
use crate::backend::primitives;
use crate::backend::products::Rows;
use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::Weights;

/// Units whose biases and factors are taken over at a time, where they have to be.
const UNITS: usize = 16;

/// Computes a row of outputs; false, and nothing is done, where the constants do not suit
/// `bantam_isa`.
#[inline(never)] // size: one copy for all types
pub(super) fn row<T: Quantized>(
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    dense: &primitives::Dense<T::Sum>,
    input: &[i8],
    output: &mut [T],
) -> bool {
    let quantization = &scaling.quantization;
    let Some(output) = T::bytes_mut(output) else { return false };
    let input_zero_point = quantization.input_zero_point as i8;
    let (factor, is_plain) = plain(scaling.factor(0));
    let suits = input_zero_point != i8::MAX && dense.offset.low() == 0 && is_plain;
    let layer = Dense {
        input,
        weights: filter,
        bias: &[],
        factors: [&factor[..1], &factor[1..]],
        input_zero_point,
        zero_point: quantization.output_zero_point as i8,
        range: [quantization.min as i8, quantization.max as i8],
    };
    if suits
        && scaling.has_one_factor()
        && let Some(bias) = scaling.bias_words(0)
    {
        mve::dense(&Dense { bias, ..layer }, output);
        return true;
    }
    suits && blocks(scaling, &layer, output)
}

/// Adds to each sum the products of its row of weights with the inputs, less their zero point.
#[inline(never)] // size: one copy for all kernels
pub(super) fn products<S: Accumulator>(inputs: &[i8], zero_point: i8, of: &mut [Rows<'_, S>]) {
    for Rows { weights, sums } in of {
        let Some(sums) = S::words_mut(sums) else { continue };
        let filters = Filters { weights, depth: inputs.len(), channels: sums.len() };
        mve::multiply(inputs, &filters, zero_point, sums);
    }
}

/// As [`row`], some units at a time; false, and some are computed in vain, where a factor does not
/// suit.
#[inline(never)] // stack: apart from what most layers take
fn blocks<T: Quantized>(scaling: &Scaling<'_, T>, layer: &Dense<'_>, output: &mut [i8]) -> bool {
    let mut first = 0;
    for output in output.chunks_mut(UNITS) {
        let len = output.len();
        let (mut words, mut bias) = ([0; UNITS], [[0; 4]; UNITS]);
        begin(scaling, first, words.get_mut(..len).unwrap_or_default());
        bias.iter_mut().zip(words).for_each(|(bias, word)| *bias = word.to_le_bytes());
        let (mut multipliers, mut shifts) = ([0; UNITS], [0; UNITS]);
        let factors = multipliers.iter_mut().zip(&mut shifts).take(len);
        for (unit, (multiplier, slot)) in (first..).zip(factors) {
            let unit = if scaling.has_one_factor() { 0 } else { unit };
            let ([factor, shift], is_plain) = plain(scaling.factor(unit));
            if !is_plain {
                return false;
            }
            (*multiplier, *slot) = (factor, shift);
        }
        let weights = layer.weights.rest(first.saturating_mul(layer.input.len()));
        let factors = [&multipliers[..], &shifts[..]];
        mve::dense(&Dense { weights, bias: &bias, factors, ..*layer }, output);
        first += len;
    }
    true
}
