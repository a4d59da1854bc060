//! Weighted sums of floats, one pixel after the other, and in the order of the reference: so they
//! are the reference's to the last bit.

use core::ops::Range;

use crate::backend::layer::FloatWeights;
use crate::number::element::Load;
use crate::walk::chunks::part;
use crate::walk::taps::{RowWindows, Taps, from_pixel};

/// Computes one window with the filters of some channels.
#[inline(never)] // size: one copy for all kernels
pub(super) fn pixel<W: Load<f32>>(
    weights: &FloatWeights<'_, W>,
    channels: Range<usize>,
    depth: usize,
    taps: &Taps,
    input: &[f32],
    outputs: &mut [f32],
) {
    for (output, channel) in outputs.iter_mut().zip(channels) {
        let filter = weights.filters(channel, depth);
        let mut sum = 0.0;
        taps.for_each([0; 2], |from, tap| {
            sum = plus_dot(sum, part(input, from, taps.len()), filter.get(tap..).unwrap_or(&[]));
        });
        weights.finish(channel, &[sum], core::slice::from_mut(output));
    }
}

/// Computes a row of a depthwise convolution with so many output channels, `multiplier` of them for
/// each of the input.
#[inline(never)] // size: one copy for all backends
pub(super) fn depthwise_row<W: Load<f32>>(
    weights: &FloatWeights<'_, W>,
    windows: &RowWindows<'_>,
    [channels, multiplier]: [usize; 2],
    input: &[f32],
    output: &mut [f32],
) {
    for at in 0..windows.len() {
        let (taps, pixel) = (windows.taps(at), from_pixel(output, at, channels));
        for (output, channel) in pixel.iter_mut().zip(0..channels) {
            let mut sum = 0.0;
            taps.for_each([channel / multiplier.max(1), channel], |from, tap| {
                if let (Some(x), Some(w)) = (input.get(from), weights.filter.get(tap)) {
                    sum += x * w.load();
                }
            });
            weights.finish(channel, &[sum], core::slice::from_mut(output));
        }
    }
}

/// `sum`, and the products of `inputs` with `weights` in their order.
#[inline(never)] // the loop has the registers for itself
fn plus_dot<W: Load<f32>>(sum: f32, inputs: &[f32], weights: &[W]) -> f32 {
    inputs.iter().zip(weights).fold(sum, |sum, (x, w)| sum + x * w.load())
}
