//! Pixels of a convolution, four at a time.

use super::{multiply, patch};
use crate::operands::{Edge, Filters, Groups, Outputs, PIXELS};

/// Computes all channels of pixels of a convolution. A filter that is too deep for the patch is
/// multiplied in parts, with four sums for each channel between them.
///
/// See [`portable::convolve`](crate::portable::convolve).
#[inline(never)] // stack: not beside what callers do with single pixels
pub fn convolve(
    groups: &Groups<'_>,
    filters: &Filters<'_>,
    patch: &mut [i32],
    sums: &mut [[i32; PIXELS]],
    outputs: Outputs<'_>,
    edge: &mut Edge<'_>,
) {
    let sizes = [patch.len(), sums.len()];
    let Some(most) = groups.part_len(filters, sizes, &outputs) else { return };
    let &Groups { input, count, inside: [begin, behind], first, step, .. } = groups;
    let (input, output) = (input.as_ptr().wrapping_add(first), outputs.output.as_mut_ptr());
    // A pixel alone is the last of four. The others are anything: their outputs, which are written
    // before its own, lie in the same place.
    let (is_alone, stride) = (count < PIXELS, outputs.stride);
    let mut four = multiply::Four::new(filters.channels);
    four.sums = sums.as_mut_ptr();
    four.write(outputs);
    if is_alone {
        four.stride = 0;
    }
    for at in (0..count).step_by(if is_alone { 1 } else { PIXELS }) {
        // The last four may be computed once more.
        let at = if is_alone { at } else { at.min(count - PIXELS) };
        four.output = output.wrapping_add(at.wrapping_mul(stride));
        four.bias = filters.bias.as_ptr();
        // In the place of a pixel that does not lie inside there is the nearest.
        let window = |pixel: usize| {
            let nearest = pixel.min(behind.wrapping_sub(1)).saturating_sub(begin);
            input.wrapping_add(step.wrapping_mul(nearest))
        };
        let windows = [window(at), window(at + 1), window(at + 2), window(at + 3)];
        let is_inside = !is_alone && at >= begin && at + PIXELS <= behind;
        let mut from = 0;
        while from < filters.len {
            let len = most.min(filters.len - from);
            if begin < behind && !is_alone {
                // SAFETY: `Groups::part_len` has checked that all rows of the windows of pixels
                // that lie inside lie within the input, and that there is an input. A part takes no
                // more words than the patch has.
                unsafe {
                    patch::take(patch.as_mut_ptr(), &windows, groups, [from, len]);
                }
            }
            if is_alone {
                edge(patch, [PIXELS, PIXELS - 1], at, [from, len]);
            } else if !is_inside {
                for slot in 0..PIXELS {
                    if !(begin..behind).contains(&(at + slot)) {
                        edge(patch, [PIXELS, slot], at + slot, [from, len]);
                    }
                }
            }
            let weights = filters.weights.as_ptr().wrapping_add(from);
            from += len;
            four.patch = patch.as_ptr();
            four.part(len, filters.depth, from < filters.len);
            // SAFETY: `Groups::part_len` has checked that there are weights, biases, factors and
            // outputs of all channels, and sums if there are several parts. The patch has the words
            // of a part.
            unsafe { multiply::four(&four, weights) }
            four.bias = core::ptr::null();
        }
    }
}
