//! Sums, differences and products of two tensors.

use bantam_isa::{Terms, mve};

use crate::backend::elementwise::{self, Combination};

/// A function of `bantam_isa` that combines two operands on a common scale.
type Way = fn(&Terms, [i8; 2], &[i8], &[i8], &mut [i8]);

/// Adds `a` and `b`, or takes `b` from `a`; false, and nothing is done, where the constants do not
/// suit `bantam_isa`, or one operand stands for several.
#[inline(always)] // `combination` is a constant to each operator
pub(super) fn terms(
    terms: &elementwise::Terms,
    combination: Combination,
    a: &[i8],
    b: &[i8],
    output: &mut [i8],
) -> bool {
    match combination {
        Combination::Sum => sums(terms, mve::add, a, b, output),
        Combination::Difference => sums(terms, mve::subtract, a, b, output),
        _ => false,
    }
}

/// [`terms`] by a function of `bantam_isa`.
#[inline(never)] // size: one copy for all operators
fn sums(terms: &elementwise::Terms, way: Way, a: &[i8], b: &[i8], output: &mut [i8]) -> bool {
    if a.len() != output.len() || b.len() != output.len() {
        return false;
    }
    let elementwise::Terms { multipliers, shifts, quantization } = terms;
    let shifts = shifts.map(|shift| u8::try_from(shift.unsigned_abs()).unwrap_or(u8::MAX));
    let Some(terms) = Terms::new(*multipliers, shifts, quantization.zero_points()) else {
        return false;
    };
    way(&terms, [quantization.min as i8, quantization.max as i8], a, b, output);
    true
}

/// Multiplies `a` and `b`, one of which may be one element; false, and nothing is done, where the
/// constants do not suit `bantam_isa`.
#[inline(never)] // size: one copy for all operators
pub(super) fn product(scaled: &elementwise::Scaled, a: &[i8], b: &[i8], output: &mut [i8]) -> bool {
    let Some((product, [a, b])) = scaled.product(a, b) else { return false };
    let quantization = &scaled.quantization;
    mve::product(&product, [quantization.min as i8, quantization.max as i8], a, b, output);
    true
}
