//! Pixels of a convolution, four at a time.

use super::common::minus;
use super::{multiply, patch};
use crate::operands::{Filters, Groups, Outputs, PIXELS, Windows};

/// Computes all channels of pixels of a convolution. A filter that is too deep for the patch is
/// multiplied in parts, with four sums for each channel between them.
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
    let &Groups { input, first, step, count, row, run, zero_point } = groups;
    let output = outputs.output.as_mut_ptr();
    let mut four = multiply::Four::new(patch.as_ptr(), filters.channels);
    four.sums = sums.as_mut_ptr();
    four.write(outputs);
    for at in (0..count).step_by(PIXELS) {
        // The last four may be computed once more.
        let at = at.min(count.saturating_sub(PIXELS));
        four.output = output.wrapping_add(at.wrapping_mul(four.stride));
        four.bias = filters.bias.as_ptr();
        let place = |pixel| first.wrapping_add(step.wrapping_mul(at + pixel));
        let windows = Windows { input, pixels: [place(0), place(1), place(2), place(3)], row, run };
        let mut from = 0;
        while from < filters.len {
            let len = most.min(filters.len - from);
            let weights = filters.weights.as_ptr().wrapping_add(from);
            let place = windows.place(from);
            from += len;
            four.part(len, filters.depth, from < filters.len);
            // SAFETY: `Groups::part_len` has checked that all rows of the windows of `count` pixels
            // lie within the input, and that there are weights, biases, factors and outputs of all
            // channels, and sums if there are several parts. A part takes no more words than the
            // patch has.
            unsafe {
                patch::take(patch, &windows, place, len, minus(zero_point));
                multiply::four(&four, weights);
            }
            four.bias = core::ptr::null();
        }
    }
}
