//! TRANSPOSE_CONV on cores without vector registers.

use super::TransposeConvParams;
use crate::chunks::{chunks_mut, part};
use crate::compact::{BLOCK, Block, Layer, PATCH, Patch};
use crate::element::Quantized;
use crate::error::LengthMismatch;
use crate::rows::{Activations, for_each_row};
use crate::window::size;

/// Computes all rows of the output.
#[inline(never)]
pub(super) fn rows<T: Quantized>(
    params: &TransposeConvParams,
    layer: &Layer<'_, T::Sum>,
    activations: Activations<'_, T>,
) -> Result<(), LengthMismatch> {
    layer.check(params.filter_len(), params.output_channels.into())?;
    layer.with_block::<BLOCK, _>(|block| {
        for_each_row(params, activations, |at, input, output| {
            row(params, block, at, input, output);
            Ok(())
        })
    })
}

/// Computes one row of the output.
#[inline(never)]
pub(super) fn row<T: Quantized>(
    params: &TransposeConvParams,
    block: &mut Block<'_, T::Sum>,
    row: usize,
    input: &[T],
    output: &mut [T],
) {
    let layer = block.layer;
    let (depth, in_c) = (params.depth(), size(params.input_channels));
    let channels = size(params.output_channels);
    let rows = params.row_span(row);
    let inputs = &mut [0; PATCH];
    let mut patch = Patch::new(inputs, layer.quantization.input_zero_point);
    for first in (0..channels).step_by(BLOCK) {
        block.set(first, BLOCK.min(channels - first));
        let filters = layer.filters(first, depth);
        for (ox, pixel) in chunks_mut(output, channels).enumerate() {
            params.pixels([rows, params.x.span(ox)], |from, tap| {
                let filters = filters.get(tap..).unwrap_or(&[]);
                patch.add(part(input, from, in_c), filters, depth, block.sums());
            });
            block.write(pixel);
        }
    }
}
