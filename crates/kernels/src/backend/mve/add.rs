//! Sums of two tensors.

use bantam_isa::{Terms, mve};

use crate::backend::elementwise;

/// Adds `a` and `b`; false, and nothing is done, where the constants do not suit `bantam_isa`, or
/// one operand stands for several.
#[inline(never)] // size: one copy for all operators
pub(super) fn row(terms: &elementwise::Terms, a: &[i8], b: &[i8], output: &mut [i8]) -> bool {
    if a.len() != output.len() || b.len() != output.len() {
        return false;
    }
    let elementwise::Terms { multipliers, shifts, quantization } = terms;
    let zero_points = [
        quantization.input1_zero_point,
        quantization.input2_zero_point,
        quantization.output_zero_point,
    ];
    let shifts = shifts.map(|shift| u8::try_from(shift.unsigned_abs()).unwrap_or(u8::MAX));
    let zero_points = zero_points.map(|zero_point| zero_point as i8);
    let Some(terms) = Terms::new(*multipliers, shifts, zero_points) else { return false };
    mve::add(&terms, [quantization.min as i8, quantization.max as i8], a, b, output);
    true
}
