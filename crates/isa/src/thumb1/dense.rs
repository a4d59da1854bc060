//! Fully connected layers.

use super::{multiply, requantize};
use crate::operands::{Factors, Part};

/// Outputs whose sums are formed at a time.
const AT_ONCE: usize = 16;

/// Multiplies the inputs of one pixel with a filter for each output.
///
/// See [`portable::dense`](crate::portable::dense).
pub fn dense(part: &Part<'_>, bias: &[[u8; 4]], factors: &Factors<'_>, output: &mut [i8]) {
    let filters = output.len();
    if !part.is_for(1, filters) || bias.len() < filters || !factors.are_for_all(filters) {
        return;
    }
    let &Factors { mut multipliers, mut shifts, zero_point, is_short } = factors;
    let (mut weights, mut bias, mut one) = (part.weights, bias, ([0; AT_ONCE], [0; AT_ONCE]));
    if let (&[multiplier], &[shift]) = (multipliers, shifts) {
        one = ([multiplier; AT_ONCE], [shift; AT_ONCE]);
    }
    for output in output.chunks_mut(AT_ONCE) {
        let mut sums = [0; AT_ONCE];
        let sums = sums.get_mut(..output.len()).unwrap_or_default();
        sums.iter_mut().zip(bias).for_each(|(sum, bias)| *sum = i32::from_le_bytes(*bias));
        multiply(&Part { weights, ..*part }, sums);
        let these = if factors.is_one() {
            Factors { multipliers: &one.0, shifts: &one.1, zero_point, is_short }
        } else {
            Factors { multipliers, shifts, zero_point, is_short }
        };
        requantize(sums, &these, output);
        weights = weights.get(AT_ONCE * part.depth..).unwrap_or_default();
        bias = bias.get(AT_ONCE..).unwrap_or_default();
        multipliers = multipliers.get(AT_ONCE..).unwrap_or_default();
        shifts = shifts.get(AT_ONCE..).unwrap_or_default();
    }
}
