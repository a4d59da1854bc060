//! A row of a convolution, one pixel after the other, or two at a time.

use crate::backend::compact::loops::PIXELS;
use crate::backend::compact::scratch::Scratch;
use crate::backend::layer::Layer;
use crate::backend::primitives::Convolution;
use crate::number::element::Quantized;
use crate::number::weights::FilterElement;
use crate::walk::taps::from_pixel;

/// Computes the selected channels of a row of the output.
#[inline(always)] // stack: one frame
pub(super) fn row<T: Quantized, F: FilterElement>(
    scratch: &mut Scratch<T::Sum>,
    layer: &Layer<'_, T, F>,
    row: &Convolution<'_>,
    input: &[T],
    output: &mut [T],
) {
    let mut at = 0;
    while at < row.windows.len() {
        let pixels = if PIXELS == 1 { 1 } else { PIXELS.min(row.windows.len() - at) };
        scratch.multiply_pixels(layer, row, at..at + pixels, input);
        for slot in 0..pixels {
            scratch.write(&layer.scaling, slot, from_pixel(output, at + slot, row.channels));
        }
        at += pixels;
    }
}
