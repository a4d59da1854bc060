//! Pixels of a convolution, five or four at a time, and single ones.

use super::five::five;
use super::multiply::{ALONE, Block, Four, KEEP, four};
use super::patch::Gather;
use crate::operands::{Edge, Filters, Groups, Outputs, PIXELS, PIXELS_AND_ONE};

/// Computes all channels of pixels of a convolution. A filter that is too deep for the patch is
/// multiplied in parts, with four sums for each channel between them.
///
/// See [`portable::convolve`](crate::portable::convolve).
#[inline(always)] // size: one caller
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
    let in_fives = groups.in_fives(filters, patch.len());
    let (output, stride) = (outputs.output.as_mut_ptr(), outputs.stride);
    let mut gather = Gather::new([groups.row, groups.run], groups.zero_point);
    let mut products = Four::new(filters.channels);
    products.keep(sums);
    products.write(outputs);
    let input = groups.input.as_ptr().wrapping_add(groups.first);
    let [begin, behind] = groups.inside;
    // Pixels of the groups that `gather` and `products` are set for: filters in one part are the
    // same for all of them.
    let (mut at, mut is_for) = (0, 0);
    while at < groups.count {
        let is_alone = groups.count < PIXELS || groups.count - at == 1;
        let (block, pixels): (Block, _) = match () {
            () if at < in_fives => (five, PIXELS_AND_ONE),
            () if is_alone => (four, 1),
            () => (four, PIXELS),
        };
        // The last four may be computed once more.
        at = at.min(groups.count.saturating_sub(pixels));
        products.output = output.wrapping_add(at.wrapping_mul(stride));
        products.stride = if pixels == 1 { 0 } else { stride };
        let is_inside = pixels > 1 && at >= begin && at + pixels <= behind;
        let mut from = 0;
        while from < filters.len {
            let len = most.min(filters.len - from);
            if is_for != pixels {
                gather.part(patch, [from, len]);
                let bias = (from == 0).then_some(filters.bias.as_ptr());
                let keep = if from + len < filters.len { KEEP } else { 0 };
                let alone = if pixels == 1 { ALONE } else { 0 };
                products.part(block, [len, filters.depth], bias, keep | alone);
            }
            if begin < behind && pixels > 1 {
                // In the place of a pixel that does not lie inside there is the nearest.
                let nearest = |pixel: usize| pixel.min(behind - 1).saturating_sub(begin);
                let window = |pixel| input.wrapping_add(nearest(pixel).wrapping_mul(groups.step));
                if is_inside {
                    gather.begin(window(at), groups.step);
                } else {
                    gather.each(|slot| window(at + slot));
                }
                // SAFETY: `Groups::part_len` has checked that all rows of the windows of pixels
                // that lie inside lie within the input, and that there is an input. A part takes no
                // more words than the patch has; that of five pixels is whole words, and all there
                // is (`Groups::in_fives`).
                unsafe { gather.take(pixels) }
            }
            if !is_inside {
                for slot in 0..pixels {
                    if pixels == 1 || !(begin..behind).contains(&(at + slot)) {
                        edge(patch, [pixels, slot], at + slot, [from, len]);
                    }
                }
            }
            products.patch = patch.as_ptr();
            // SAFETY: `Groups::part_len` has checked that there are weights, biases, factors and
            // outputs of all channels, and sums if there are several parts; the patch has the words
            // of a part. Outputs of a pixel alone have one place.
            unsafe { block(&mut products, filters.weights.as_ptr().wrapping_add(from)) }
            from += len;
        }
        at += pixels;
        is_for = if filters.len <= most { pixels } else { 0 };
    }
}
