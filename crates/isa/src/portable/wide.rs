//! Activations of 16 bits.
//!
//! Their products with weights of a byte are exact in 32 bits up to a depth of 511, and so are sums
//! whose weights and bias are small enough: who calls these functions has to know that.

use crate::operands::{Factors, GROUP, Grid, PIXELS, Windows, patch_len};
use crate::portable::place::{put, slot};

/// Takes over what lies under the window of one pixel: `input` becomes the inputs of `pixel` from
/// the `at`th on, in a patch of `pixels` pixels.
pub fn gather_wide(patch: &mut [i32], [pixels, pixel]: [usize; 2], at: usize, input: &[i16]) {
    if pixel >= pixels || patch_len(pixels, at.saturating_add(input.len())) > patch.len() {
        return;
    }
    let [group, words] = GROUP;
    let (mut at, mut input) = (at, input);
    loop {
        let (mut word, is_upper) = slot([pixels, pixel], at);
        while group == 4
            && at % 4 == 0
            && let Some((&[x0, x1, x2, x3], rest)) = input.split_first_chunk()
        {
            let pair = |low: i16, high: i16| i32::from(low as u16) | i32::from(high) << 16;
            let Some(a) = patch.get_mut(word) else { return };
            *a = pair(x0, x2);
            let Some(b) = patch.get_mut(word + pixels) else { return };
            *b = pair(x1, x3);
            (at, word, input) = (at + 4, word + words * pixels, rest);
        }
        let Some((&x, rest)) = input.split_first() else { return };
        let Some(word) = patch.get_mut(word) else { return };
        put(word, is_upper, x);
        (at, input) = (at + 1, rest);
    }
}

/// Takes over what lies under the windows of four pixels: inputs `from..from + len` of each,
/// counted through its rows, become the first of the patch.
pub fn gather_windows_wide(patch: &mut [i32], windows: &Windows<'_, i16>, [from, len]: [usize; 2]) {
    if !windows.have([from, len]) || patch_len(PIXELS, len) > patch.len() {
        return;
    }
    let [inputs, _] = GROUP;
    let last = patch_len(PIXELS, len - len % inputs)..patch_len(PIXELS, len);
    patch.get_mut(last).unwrap_or_default().fill(0);
    for (pixel, begin) in windows.pixels.into_iter().enumerate() {
        let ([mut row, mut column], mut at) = (windows.place(from), 0);
        while at < len {
            let run = (windows.run - column).min(len - at);
            let input = windows.input.get(begin + row * windows.row + column..);
            let input = input.and_then(|rest| rest.get(..run)).unwrap_or_default();
            gather_wide(patch, [PIXELS, pixel], at, input);
            (row, column, at) = (row + 1, 0, at + run);
        }
    }
}

/// Adds to the sum of each channel the products of a window of a depthwise convolution: of the
/// inputs with the weights under the same tap. The number of sums is a multiple of 4.
pub fn depthwise_wide(grid: &Grid, input: &[i16], filter: &[i8], sums: &mut [i32]) {
    let channels = sums.len();
    if !channels.is_multiple_of(4) || !grid.is_within([input.len(), filter.len()], channels) {
        return;
    }
    for row in 0..grid.rows {
        for column in 0..grid.columns {
            let at = |i: usize| row * grid.row[i] + column * grid.column[i];
            let inputs = input.get(at(0)..).unwrap_or_default();
            let weights = filter.get(at(1)..).unwrap_or_default();
            for ((sum, &x), &w) in sums.iter_mut().zip(inputs).zip(weights) {
                *sum = sum.wrapping_add(i32::from(x) * i32::from(w));
            }
        }
    }
}

/// Makes outputs of sums, one for each channel. A single factor is that of all.
///
/// For a sum `s`, with `m` the multiplier rounded to its upper 16 bits, at most 2^15 - 1, and `n`
/// the shift: five bits of it, which are not 0 unless the multiplier is,
///
/// ```text
/// output = clamp((s · m + 2^(n + 15)) >> (n + 16))
/// ```
///
/// This is TFLite's `MultiplyByQuantizedMultiplier` of sums of 64 bits, whose low bits cannot carry
/// into the rounding: `((s · m >> 16) + 2^(n - 1)) >> n`.
pub fn requantize_wide(sums: &[i32], factors: &Factors<'_>, outputs: &mut [i16]) {
    if sums.len() != outputs.len() || !factors.are_for_all(sums.len()) {
        return;
    }
    for (c, (output, &sum)) in outputs.iter_mut().zip(sums).enumerate() {
        *output = scaled(factors, if factors.is_one() { 0 } else { c }, sum);
    }
}

/// [`requantize_wide`] of four sums for each channel, those of four pixels. From pixel to pixel
/// there are `stride` outputs.
pub fn requantize_wide_four(
    sums: &[[i32; PIXELS]],
    factors: &Factors<'_>,
    stride: usize,
    outputs: &mut [i16],
) {
    if !factors.are_for_four(sums.len(), stride, outputs.len()) {
        return;
    }
    for (c, sums) in sums.iter().enumerate() {
        for (pixel, &sum) in sums.iter().enumerate() {
            if let Some(output) = outputs.get_mut(pixel * stride + c) {
                *output = scaled(factors, c, sum);
            }
        }
    }
}

/// The output of a channel for its sum.
fn scaled(factors: &Factors<'_>, channel: usize, sum: i32) -> i16 {
    let multiplier = factors.multipliers.get(channel).copied().unwrap_or(0);
    let shift = factors.shifts.get(channel).copied().unwrap_or(0) & 31;
    let reduced = multiplier.saturating_add(1 << 15) >> 16;
    let product = ((i64::from(sum) * i64::from(reduced)) >> 16) as i32;
    let round = (1_u32 << shift >> 1) as i32;
    ((product + round) >> shift).clamp(-32768, 32767) as i16
}
