//! A row of a convolution, one pixel after the other.

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
    for at in 0..row.windows.len() {
        row.windows.put_taps(at, &mut scratch.taps);
        scratch.taps.begin_at(row.channel);
        scratch.taps.join();
        scratch.multiply(layer, row.depth, input);
        scratch.write(&layer.scaling, from_pixel(output, at, row.channels));
    }
}
