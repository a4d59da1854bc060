//! TRANSPOSE_CONV on cores without vector registers.

use super::TransposeConvParams;
use crate::backend::compact::pixels::Convolution;
use crate::backend::compact::{BLOCK, Block, PATCH, Patch};
use crate::number::element::Quantized;
use crate::walk::chunks::{chunks_mut, part};
use crate::walk::window::size;

impl<T: Quantized> Convolution<T> for TransposeConvParams {
    fn sizes(&self) -> [usize; 2] {
        [self.filter_len(), self.output_channels.into()]
    }

    #[inline(never)]
    fn row(&self, block: &mut Block<'_, T::Sum>, row: usize, input: &[T], output: &mut [T]) {
        let layer = block.layer;
        let (depth, in_c) = (self.depth(), size(self.input_channels));
        let channels = size(self.output_channels);
        let rows = self.row_span(row);
        let inputs = &mut [0; PATCH];
        let mut patch = Patch::new(inputs, layer.quantization.input_zero_point);
        for first in (0..channels).step_by(BLOCK) {
            block.set(first, BLOCK.min(channels - first));
            let filters = layer.filters(first, depth);
            for (ox, pixel) in chunks_mut(output, channels).enumerate() {
                self.pixels([rows, self.x.span(ox)], |from, tap| {
                    let filters = filters.get(tap..).unwrap_or(&[]);
                    patch.add(part(input, from, in_c), filters, depth, block.sums());
                });
                block.write(pixel);
            }
        }
    }
}
