//! Sums, differences and products of two tensors.

use bantam_isa::Terms;

use crate::backend::elementwise::{self, BinaryQuantization, Combination};

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
        Combination::Sum => sums(terms, bantam_isa::add, a, b, output),
        Combination::Difference if bantam_isa::DSP => {
            sums(terms, bantam_isa::subtract, a, b, output)
        }
        _ => false,
    }
}

/// [`terms`] by a function of `bantam_isa`.
#[inline(never)] // size: one copy for all operators
fn sums(
    terms: &elementwise::Terms,
    way: fn(&Terms, &[i8], &[i8], &mut [i8]),
    a: &[i8],
    b: &[i8],
    output: &mut [i8],
) -> bool {
    if a.len() != output.len() || b.len() != output.len() {
        return false;
    }
    let elementwise::Terms { multipliers, shifts, quantization } = terms;
    let shifts = shifts.map(|shift| u8::try_from(shift.unsigned_abs()).unwrap_or(u8::MAX));
    let Some(terms) = Terms::new(*multipliers, shifts, quantization.zero_points()) else {
        return false;
    };
    way(&terms, a, b, output);
    clamp(quantization, output);
    true
}

/// Multiplies `a` and `b`, one of which may be one element; false, and nothing is done, where the
/// constants do not suit `bantam_isa`.
#[inline(never)] // size: one copy for all operators
pub(super) fn product(scaled: &elementwise::Scaled, a: &[i8], b: &[i8], output: &mut [i8]) -> bool {
    let Some((product, [a, b])) = scaled.product(a, b) else { return false };
    bantam_isa::product(&product, a, b, output);
    clamp(&scaled.quantization, output);
    true
}

/// Applies a range of the output that is smaller than that of `i8`.
fn clamp(quantization: &BinaryQuantization, output: &mut [i8]) {
    let (min, max) = (quantization.min as i8, quantization.max as i8);
    if (min, max) != (i8::MIN, i8::MAX) {
        output.iter_mut().for_each(|output| *output = (*output).max(min).min(max));
    }
}
