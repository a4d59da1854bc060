//! A row of a depthwise convolution, channels as they follow each other.

use crate::backend::compact::loops::{HAS_LOOPS, add_window};
use crate::backend::compact::scratch::{BLOCK, Scratch};
use crate::backend::depthwise::Depthwise;
use crate::backend::layer::Layer;
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
            scratch.part = 0..0;
            while scratch.part.end < len {
                let channel = first + scratch.part.end;
                let most = if multiplier == 1 { BLOCK } else { multiplier - channel % multiplier };
                scratch.part = scratch.part.end..len.min(scratch.part.end + most);
                if multiplier == 1 {
                    scratch.add_products(layer, channel, input);
                } else {
                    scratch.add_scaled(layer, channel / multiplier, input);
                }
            }
            scratch.write(&layer.scaling, 0, from_pixel(output, at, channels));
        }
    }
}

impl<S: Accumulator> Scratch<S> {
    /// Adds to the sums of the channels of the part the products of a window, from a channel of the
    /// input on: each has an input channel of its own.
    #[inline(never)] // stack: apart from the other way
    fn add_products<T: Quantized<Sum = S>, F: FilterElement>(
        &mut self,
        layer: &Layer<'_, T, F>,
        channel: usize,
        input: &[T],
    ) {
        let [mut from, mut tap] = self.taps.first;
        from = from.wrapping_add(channel);
        tap = tap.wrapping_add(self.first()).wrapping_add(self.part.start);
        if HAS_LOOPS && let Some(input) = T::bytes(input) {
            let (taps, zero_point) = (self.taps, self.zero_point);
            let sums = self.part().and_then(S::words_mut).unwrap_or_default();
            let done = add_window(&taps, [from, tap], sums, zero_point, (input, &layer.weights()));
            self.part.start += done;
            if self.part.is_empty() {
                return;
            }
            (from, tap) = (from.wrapping_add(done), tap.wrapping_add(done));
        }
        for _ in 0..self.taps.count[0] {
            let (row_from, row_tap) = (from, tap);
            for _ in 0..self.taps.count[1] {
                self.add_tap(layer, [from, tap], input);
                from = from.wrapping_add(self.taps.columns[0]);
                tap = tap.wrapping_add(self.taps.columns[1]);
            }
            from = row_from.wrapping_add(self.taps.rows[0]);
            tap = row_tap.wrapping_add(self.taps.rows[1]);
        }
    }

    /// Adds the products of one tap.
    #[inline(never)] // stack: the loop over taps keeps nothing of it
    fn add_tap<T: Quantized<Sum = S>, F: FilterElement>(
        &mut self,
        layer: &Layer<'_, T, F>,
        [from, tap]: [usize; 2],
        input: &[T],
    ) {
        let zero_point = self.zero_point;
        let Some(sums) = self.part() else { return };
        let Some(x) = whole_part(input, from, sums.len()) else { return };
        let Some(w) = layer.weights().rest(tap).first(x.len()) else { return };
        w.with(AddEach { x, zero_point, sums });
    }

    /// [`Self::add_products`] where all channels of the part have the same input channel. They are
    /// few, so no tap is a call.
    #[inline(never)] // stack: apart from the other way
    fn add_scaled<T: Quantized<Sum = S>, F: FilterElement>(
        &mut self,
        layer: &Layer<'_, T, F>,
        channel: usize,
        input: &[T],
    ) {
        let filters = layer.weights().rest(self.first().wrapping_add(self.part.start));
        let (taps, zero_point) = (self.taps, self.zero_point);
        let Some(sums) = self.part() else { return };
        taps.for_each([channel, 0], |from, tap| {
            let Some(w) = filters.rest(tap).first(sums.len()) else { return };
            let Some(&x) = input.get(from) else { return };
            w.with(AddScaled { x: centred(x, zero_point), sums });
        });
    }
}

/// Adds to each sum the product of an input and a weight.
struct AddEach<'a, T: Quantized> {
    x: &'a [T],
    zero_point: i16,
    sums: &'a mut [T::Sum],
}

impl<T: Quantized> WithWeights for AddEach<'_, T> {
    #[inline(always)] // a loop of its caller
    fn run(self, weights: impl Weights) {
        for ((sum, &x), w) in self.sums.iter_mut().zip(self.x).zip(weights.each()) {
            *sum = sum.plus_product(centred(x, self.zero_point), w.into());
        }
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

#[inline(always)] // two instructions
fn centred<T: Quantized>(x: T, zero_point: i16) -> i32 {
    x.widened().wrapping_sub(zero_point).into()
}
