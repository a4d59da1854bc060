//! Pixels of a convolution, four at a time.

use super::common::minus;
use super::{multiply, patch};
use crate::operands::{Filters, Groups, Outputs, PIXELS};

/// Computes all channels of pixels of a convolution, four at a time. A filter that is too deep for
/// the patch is multiplied in parts, with four sums for each channel between them.
///
/// See [`portable::convolve`](crate::portable::convolve).
#[inline(never)] // stack: not beside what callers do with pixels at edges
pub fn convolve(
    groups: &Groups<'_>,
    filters: &Filters<'_>,
    patch: &mut [i32],
    sums: &mut [[i32; PIXELS]],
    outputs: Outputs<'_>,
) {
    let sizes = [patch.len(), sums.len()];
    let Some(most) = groups.part_len(filters, sizes, &outputs) else { return };
    let minus = minus(groups.zero_point);
    let mut four = multiply::Four::new(patch.as_ptr(), filters.channels);
    four.sums = sums.as_mut_ptr();
    four.write(outputs);
    let mut by = 0;
    for _ in 0..groups.count {
        four.bias = filters.bias.as_ptr();
        let mut from = 0;
        while from < filters.len {
            let len = most.min(filters.len - from);
            let weights = filters.weights.as_ptr().wrapping_add(from);
            let place = groups.windows.place(from);
            from += len;
            four.part(len, filters.depth, from < filters.len);
            // SAFETY: `Groups::part_len` has checked that all rows of the windows, moved by `by`,
            // lie within the input, and that there are weights, biases, factors and outputs of all
            // channels, and sums if there are several parts. A part takes no more words than the
            // patch has.
            unsafe {
                patch::take(patch, &groups.windows, (place, by), len, minus);
                multiply::four(&four, weights);
            }
            four.bias = core::ptr::null();
        }
        by = by.wrapping_add(groups.step);
        four.output = four.output.wrapping_add(PIXELS * four.stride);
    }
}
