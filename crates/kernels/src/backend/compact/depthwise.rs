//! A row of a depthwise convolution, channels as they follow each other.

use core::ops::Range;

use crate::backend::compact::scratch::{BLOCK, Scratch};
use crate::backend::layer::Layer;
use crate::backend::primitives::Depthwise;
use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::{FilterElement, Weights, WithWeights};
use crate::walk::chunks::whole_part;
use crate::walk::taps::{Block, Blocks, from_pixel};

/// Computes one row of the output.
#[inline(always)] // size: one caller for each type; two frames take more stack
pub(super) fn row<T: Quantized, F: FilterElement>(
    scratch: &mut Scratch<T::Sum>,
    layer: &Layer<'_, T, F>,
    depthwise: &Depthwise<'_>,
    input: &[T],
    output: &mut [T],
) {
    // stack: by value, so that nothing else of the row is kept.
    let &Depthwise { windows, channels, multiplier, .. } = depthwise;
    let multiplier = multiplier.max(1);
    for Block { first, len, .. } in Blocks::new([channels, channels, BLOCK]) {
        scratch.select(&layer.scaling, first..first + len);
        for at in 0..windows.len() {
            windows.put_taps(at, &mut scratch.taps);
            let mut done = 0;
            while done < len {
                let channel = first + done;
                let most = if multiplier == 1 { BLOCK } else { multiplier - channel % multiplier };
                let part = done..len.min(done + most);
                scratch.add_products(layer, multiplier, part, input);
                done += most;
            }
            scratch.write(&layer.scaling, from_pixel(output, at, channels));
        }
    }
}

impl<S: Accumulator> Scratch<S> {
    /// Adds to the sums of some selected channels the products of a window. Each has an input
    /// channel of its own, or all have the same.
    #[inline(never)] // size: one copy for both kinds of channels
    fn add_products<T: Quantized<Sum = S>, F: FilterElement>(
        &mut self,
        layer: &Layer<'_, T, F>,
        multiplier: usize,
        part: Range<usize>,
        input: &[T],
    ) {
        let channel = self.first() + part.start;
        let zero_point = layer.scaling.quantization.input_zero_point;
        let (taps, sums) = self.taps_and_sums();
        let Some(sums) = sums.get_mut(part) else { return };
        taps.for_each([channel / multiplier, channel], |from, tap| {
            let Some(w) = layer.weights().rest(tap).first(sums.len()) else { return };
            if multiplier == 1 {
                let Some(x) = whole_part(input, from, sums.len()) else { return };
                w.with(AddEach { x, zero_point, sums });
            } else if let Some(&x) = input.get(from) {
                w.with(AddScaled { x: centred(x, zero_point), sums });
            }
        });
    }
}

/// [`add_each`].
struct AddEach<'a, T: Quantized> {
    x: &'a [T],
    zero_point: i16,
    sums: &'a mut [T::Sum],
}

impl<T: Quantized> WithWeights for AddEach<'_, T> {
    #[inline(always)] // a call
    fn run(self, weights: impl Weights) {
        add_each(self.x, weights, self.zero_point, self.sums);
    }
}

/// Adds to each sum the product of the same input and a weight.
struct AddScaled<'a, S> {
    x: i32,
    sums: &'a mut [S],
}

impl<S: Accumulator> WithWeights for AddScaled<'_, S> {
    #[inline(always)] // a loop of its caller
    fn run(self, weights: impl Weights) {
        for (sum, w) in self.sums.iter_mut().zip(weights.each()) {
            *sum = sum.plus_product(self.x, w.into());
        }
    }
}

/// Adds to each sum the product of an input and a weight.
#[inline(never)] // the loop has the registers for itself
fn add_each<T: Quantized>(x: &[T], w: impl Weights, zero_point: i16, sums: &mut [T::Sum]) {
    for ((sum, &x), w) in sums.iter_mut().zip(x).zip(w.each()) {
        *sum = sum.plus_product(centred(x, zero_point), w.into());
    }
}

#[inline(always)] // two instructions
fn centred<T: Quantized>(x: T, zero_point: i16) -> i32 {
    x.widened().wrapping_sub(zero_point).into()
}
