//! The functions in Rust, for any core: what those in assembly are compared with.

mod dense;
mod depthwise;
mod elementwise;
mod place;
mod scale;
mod wide;

use crate::operands::{
    DOTS, Edge, Factors, Filters, GROUP, Groups, Outputs, PIXELS, Part, Runs, fours_of_filters,
    patch_len,
};

pub use dense::{dense, dense_pairs, dense_sums};
pub use depthwise::{Channels, CheckedRow, add_window, depthwise, pack};
pub(crate) use elementwise::largest;
pub use elementwise::{add, look_up, maxima, product, subtract, sums};
use place::{put, slot};
pub(crate) use scale::rounded;
use scale::scaled;
pub use wide::{
    depthwise_wide, gather_wide, gather_windows_wide, requantize_wide, requantize_wide_four,
};

/// Widens what lies under the window of one pixel: `input`, less `zero_point`, becomes the inputs
/// of `pixel` from the `at`th on, in a patch of `pixels` pixels.
pub fn gather(
    patch: &mut [i32],
    [pixels, pixel]: [usize; 2],
    at: usize,
    input: &[i8],
    zero_point: i16,
) {
    if pixel >= pixels || patch_len(pixels, at.saturating_add(input.len())) > patch.len() {
        return;
    }
    for (at, x) in (at..).zip(input) {
        let (word, is_upper) = slot([pixels, pixel], at);
        let Some(word) = patch.get_mut(word) else { return };
        put(word, is_upper, i16::from(*x).wrapping_sub(zero_point));
    }
}

/// Makes inputs of `pixel` in a patch of `pixels` pixels 0, the first `len`.
pub fn clear(patch: &mut [i32], [pixels, pixel]: [usize; 2], len: usize) {
    if pixel >= pixels || patch_len(pixels, len) > patch.len() {
        return;
    }
    let words = patch.get_mut(pixel..patch_len(pixels, len)).unwrap_or_default();
    words.iter_mut().step_by(pixels).for_each(|word| *word = 0);
}

/// Widens what lies under the window of one pixel: inputs `from..from + len` of it, less
/// `zero_point`, become the first of `pixel` in a patch of `pixels` pixels. Those that no run has
/// become 0.
pub fn gather_runs(
    patch: &mut [i32],
    [pixels, pixel]: [usize; 2],
    [from, len]: [usize; 2],
    runs: &Runs<'_>,
    zero_point: i16,
) {
    if pixel < pixels && patch_len(pixels, len) <= patch.len() {
        clear(patch, [pixels, pixel], len);
        runs.each_within([from, len], |at, piece| {
            gather(patch, [pixels, pixel], at, piece, zero_point);
        });
    }
}

/// `sum` and the products of one pixel's inputs with a filter.
fn plus_filter(sum: i32, patch: &[i32], pixel: [usize; 2], filter: &[i8]) -> i32 {
    filter.iter().enumerate().fold(sum, |sum, (at, &w)| {
        let (word, is_upper) = slot(pixel, at);
        let word = patch.get(word).copied().unwrap_or(0);
        let x = match (GROUP, is_upper) {
            ([1, _], _) => word,
            (_, false) => i32::from(word as i16),
            (_, true) => word >> 16,
        };
        sum.wrapping_add(x * i32::from(w))
    })
}

/// Adds to the sums of filters their products with the inputs, four filters at a time; returns how
/// many fours there are weights for. Filters are `depth` weights apart.
pub fn dots(inputs: &[i16], weights: &[i8], depth: usize, sums: &mut [[i32; DOTS]]) -> usize {
    let fours = fours_of_filters(inputs.len(), weights.len(), depth).min(sums.len());
    for (f, sum) in sums.iter_mut().take(fours).flatten().enumerate() {
        let filter = weights.get(f * depth..).unwrap_or_default();
        for (&x, &w) in inputs.iter().zip(filter) {
            *sum = sum.wrapping_add(i32::from(x) * i32::from(w));
        }
    }
    fours
}

/// [`dots`] of the inputs of two pixels, of which there are as many for each, with sums for each
/// pixel. Returns the fours that both have sums for, and 0 where the pixels do not have as many
/// inputs.
pub fn dots_of_two(
    [inputs, others]: [&[i16]; 2],
    weights: &[i8],
    depth: usize,
    [sums, other_sums]: [&mut [[i32; DOTS]]; 2],
) -> usize {
    if others.len() != inputs.len() {
        return 0;
    }
    let both = sums.len().min(other_sums.len());
    dots(inputs, weights, depth, sums.get_mut(..both).unwrap_or_default());
    dots(others, weights, depth, other_sums.get_mut(..both).unwrap_or_default())
}

/// Adds to the sum of each filter its products with the inputs of one pixel: [`multiply`] in little
/// code, for the few pixels of convolutions that go one by one.
pub fn multiply_one(part: &Part<'_>, sums: &mut [i32]) {
    multiply(part, sums);
}

/// Adds to the sum of each filter its products with the inputs of one pixel.
pub fn multiply(part: &Part<'_>, sums: &mut [i32]) {
    if !part.is_for(1, sums.len()) {
        return;
    }
    for (f, sum) in sums.iter_mut().enumerate() {
        let filter = part.weights.get(f * part.depth..).and_then(|rest| rest.get(..part.len));
        *sum = plus_filter(*sum, part.patch, [1, 0], filter.unwrap_or(&[]));
    }
}

/// Adds to the sums of each filter its products with the inputs of four pixels. With `bias`, four
/// little-endian bytes for each filter, sums begin with that.
pub fn multiply_four(part: &Part<'_>, bias: Option<&[[u8; 4]]>, sums: &mut [[i32; PIXELS]]) {
    if !part.is_for(PIXELS, sums.len()) || bias.is_some_and(|bias| bias.len() < sums.len()) {
        return;
    }
    for (f, sums) in sums.iter_mut().enumerate() {
        if let Some(bias) = bias.and_then(|bias| bias.get(f)) {
            *sums = [i32::from_le_bytes(*bias); PIXELS];
        }
        let filter = part.weights.get(f * part.depth..).and_then(|rest| rest.get(..part.len));
        for (pixel, sum) in sums.iter_mut().enumerate() {
            *sum = plus_filter(*sum, part.patch, [PIXELS, pixel], filter.unwrap_or(&[]));
        }
    }
}

/// Computes all channels of pixels of a convolution, several at a time. A filter that is too deep
/// for the patch is multiplied in parts, with four sums for each channel between them. Inputs of
/// pixels whose windows do not lie within the input are taken over by `edge`.
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
    let Outputs { factors, stride, output } = outputs;
    let &Groups { input, count, inside: [begin, behind], first, step, row, run, zero_point } =
        groups;
    let channels = filters.bias.iter().enumerate().take(filters.channels);
    for (pixel, (c, bias)) in (0..count).flat_map(|p| channels.clone().map(move |c| (p, c))) {
        let mut sum = i32::from_le_bytes(*bias);
        for from in (0..filters.len).step_by(most) {
            let len = most.min(filters.len - from);
            let place = [PIXELS, pixel % PIXELS];
            if (begin..behind).contains(&pixel) {
                let window = first + (pixel - begin) * step;
                for at in 0..len {
                    let x = window + (from + at) / run * row + (from + at) % run;
                    let x = input.get(x..).and_then(|rest| rest.get(..1)).unwrap_or_default();
                    gather(patch, place, at, x, zero_point);
                }
            } else {
                edge(patch, place, pixel, [from, len]);
            }
            let filter = filters.weights.get(c * filters.depth + from..);
            let filter = filter.and_then(|rest| rest.get(..len)).unwrap_or_default();
            sum = plus_filter(sum, patch, place, filter);
        }
        if let Some(output) = output.get_mut(pixel * stride + c) {
            *output = scaled(&factors, c, sum);
        }
    }
}

/// Makes outputs of sums, one for each channel.
pub fn requantize(sums: &[i32], factors: &Factors<'_>, outputs: &mut [i8]) {
    if sums.len() != outputs.len() || !factors.are_for(sums.len()) {
        return;
    }
    for (c, (output, sum)) in outputs.iter_mut().zip(sums).enumerate() {
        *output = scaled(factors, c, *sum);
    }
}
