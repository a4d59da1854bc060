//! Weighted sums on cores without vector registers: one way for all geometries, in little code and stack.
//!
//! A few output channels at a time ([`BLOCK`]) go over all pixels of a row, so that their factors are computed once. What
//! is under a window is gathered in a [`Patch`] of 16-bit inputs less their zero point, which is multiplied with four filters at a time: that loop
//! knows neither the geometry nor the types. Sums are `i32` for `i8`, and `i64` for `i16`, whatever the type of the bias.

pub(crate) mod pixels;

use core::marker::PhantomData;

use crate::backend::accumulate::{LayerQuantization, QuantizedWeights};
use crate::backend::dot::widened;
use crate::error::{LengthMismatch, Operand};
use crate::number::channel_requant::ChannelRequant;
use crate::number::element::Accumulator;
use crate::number::element::{Load, Quantized};
use crate::number::requant::Requant;

/// Output channels whose sums are formed at a time, for all pixels of a row.
pub(crate) const BLOCK: usize = 32;

/// [`BLOCK`] where a row is one pixel.
pub(crate) const SMALL_BLOCK: usize = 16;

/// Inputs that are multiplied at a time: few enough for the sum of their products with `i8` to fit 32 bits.
pub(crate) const PATCH: usize = 128;

/// [`PATCH`] where a row is one pixel.
pub(crate) const SMALL_PATCH: usize = 48;

/// Filters that are multiplied at a time, so that an input is read once for all of them.
pub(crate) const FILTERS: usize = 4;

/// The bias of a layer whose sums are `S`, of any type.
trait Bias<S> {
    /// Number of biases, if there are any.
    fn len(&self) -> Option<usize>;
    /// Begins the sums of the channels from `first` on with their bias: 0 where there is none.
    fn fill(&self, first: usize, sums: &mut [S]);
}

/// A bias of elements `B` for sums in `A`.
struct BiasOf<'a, A, B>(Option<&'a [B]>, PhantomData<A>);

impl<S: Accumulator, A: Accumulator, B: Load<A>> Bias<S> for BiasOf<'_, A, B> {
    fn len(&self) -> Option<usize> {
        self.0.map(<[B]>::len)
    }

    fn fill(&self, first: usize, sums: &mut [S]) {
        let Some(bias) = self.0.and_then(|bias| bias.get(first..)) else {
            return sums.fill(S::of(0));
        };
        for (sum, bias) in sums.iter_mut().zip(bias) {
            *sum = S::truncated(bias.load().into());
        }
    }
}

/// A quantized layer without the types of its bias and its sums.
#[derive(Clone, Copy)]
pub(crate) struct Layer<'a, S> {
    pub(crate) filter: &'a [i8],
    bias: &'a dyn Bias<S>,
    requant: &'a ChannelRequant<'a>,
    pub(crate) quantization: LayerQuantization,
    /// Whether sums of `i16` are of 32 bits.
    narrow: bool,
}

/// Calls `f` with the layer that these weights make up.
#[inline(always)]
pub(crate) fn with_layer<T: Quantized, A: Accumulator, B: Load<A>, R>(
    quantization: &LayerQuantization,
    weights: &QuantizedWeights<'_, B>,
    f: impl FnOnce(&Layer<'_, T::Sum>) -> R,
) -> R {
    f(&Layer {
        filter: weights.filter,
        bias: &BiasOf::<A, B>(weights.bias, PhantomData),
        requant: &weights.requant,
        quantization: *quantization,
        narrow: size_of::<A>() == size_of::<i32>(),
    })
}

impl<'a, S: Accumulator> Layer<'a, S> {
    /// `Ok` if there are `filter_len` weights, and biases and factors for `channels`.
    #[inline(never)]
    pub(crate) fn check(&self, filter_len: usize, channels: usize) -> Result<(), LengthMismatch> {
        LengthMismatch::check(Operand::Filter, filter_len, self.filter.len())?;
        LengthMismatch::check(Operand::Bias, channels, self.bias.len().unwrap_or(channels))?;
        self.requant.check(channels)
    }

    /// Calls `f` with a block for its channels, none of which are set.
    #[inline(always)]
    pub(crate) fn with_block<R>(&self, f: impl FnOnce(&mut Block<'_, S>) -> R) -> R {
        // Behind references: what is moved may be copied, and that takes twice the stack.
        let sums = &mut [[S::of(0); FILTERS]; BLOCK / FILTERS];
        let channels = &mut [Channel { bias: S::of(0), multiplier: 0 }; BLOCK];
        let shifts = &mut [0; BLOCK];
        f(&mut Block { layer: self, sums, channels, shifts, first: 0, len: 0 })
    }

    /// Begins the sums of the channels from `first` on with their bias.
    pub(crate) fn begin(&self, first: usize, sums: &mut [S]) {
        self.bias.fill(first, sums);
    }

    /// Turns the sums of the channels from `first` on into outputs.
    pub(crate) fn finish<T: Quantized>(&self, first: usize, sums: &[S], outputs: &mut [T]) {
        let to_output = self.outputs();
        let outputs = outputs.iter_mut().zip(sums);
        if self.requant.len() == 1 {
            let factor = self.factor(first);
            outputs.for_each(|(output, &sum)| *output = to_output(sum, factor));
        } else {
            for ((output, &sum), index) in outputs.zip(first..) {
                *output = to_output(sum, self.factor(index));
            }
        }
    }

    /// The factor of a channel.
    #[inline(always)]
    fn factor(&self, channel: usize) -> Requant {
        match self.requant {
            ChannelRequant::Scales(scales) => scales.factor(channel),
            given @ ChannelRequant::Given { .. } => given.at(channel),
        }
    }

    /// What makes outputs of sums. By value, so that it stays in registers while outputs are written.
    #[inline(always)]
    fn outputs<T: Quantized>(&self) -> impl Fn(S, Requant) -> T + use<S, T> {
        let LayerQuantization { output_zero_point, min, max, .. } = self.quantization;
        let narrow = self.narrow;
        move |sum, factor| {
            let value = sum.scaled(factor, narrow).wrapping_add(output_zero_point.into());
            T::from_clamped(value.max(min.into()).min(max.into()))
        }
    }

    /// The filters from output channel `first` on, of `depth` weights each.
    pub(crate) fn filters(&self, first: usize, depth: usize) -> &'a [i8] {
        self.filter.get(first.saturating_mul(depth)..).unwrap_or(&[])
    }
}

/// What makes an output of a channel's sum, besides a shift.
#[derive(Clone, Copy)]
struct Channel<S> {
    bias: S,
    multiplier: i32,
}

/// Some output channels, for many pixels. Their sums are the bias unless a pixel is being computed.
pub(crate) struct Block<'a, S> {
    pub(crate) layer: &'a Layer<'a, S>,
    sums: &'a mut [[S; FILTERS]; BLOCK / FILTERS],
    channels: &'a mut [Channel<S>; BLOCK],
    /// Apart from the rest, because they are bytes.
    shifts: &'a mut [i8; BLOCK],
    first: usize,
    len: usize,
}

impl<S: Accumulator> Block<'_, S> {
    /// Takes over what `len` output channels from `first` on need, if it has not done so already.
    #[inline(never)]
    pub(crate) fn set(&mut self, first: usize, len: usize) {
        if (self.first, self.len) == (first, len) {
            return;
        }
        (self.first, self.len) = (first, len);
        let layer = self.layer;
        layer.begin(first, self.each_sum());
        let channels = self.channels.iter_mut().zip(&mut *self.shifts);
        let channels = channels.zip(self.sums.as_flattened()).take(len);
        for (((channel, shift), &bias), index) in channels.zip(first..) {
            let factor = layer.factor(index);
            *channel = Channel { bias, multiplier: factor.multiplier };
            *shift = factor.shift as i8;
        }
    }

    /// The sums of the channels, and of as many more as fill the last group.
    #[inline(always)]
    pub(crate) fn sums(&mut self) -> &mut [[S; FILTERS]] {
        self.sums.get_mut(..self.len.div_ceil(FILTERS)).unwrap_or(&mut [])
    }

    /// The sums one by one.
    #[inline(always)]
    pub(crate) fn each_sum(&mut self) -> &mut [S] {
        self.sums.as_flattened_mut().get_mut(..self.len).unwrap_or(&mut [])
    }

    /// Turns the sums into outputs of their channels of a pixel.
    #[inline(never)]
    pub(crate) fn write<T: Quantized>(&mut self, pixel: &mut [T]) {
        let outputs = pixel.get_mut(self.first..).unwrap_or(&mut []);
        let outputs = outputs.get_mut(..self.len.min(BLOCK)).unwrap_or(&mut []);
        let to_output = self.layer.outputs();
        let sums = self.sums.as_flattened_mut().iter_mut();
        let channels = self.channels.iter().zip(&*self.shifts);
        for ((output, sum), (channel, &shift)) in outputs.iter_mut().zip(sums).zip(channels) {
            let factor = Requant { multiplier: channel.multiplier, shift: shift.into() };
            *output = to_output(*sum, factor);
            *sum = channel.bias;
        }
    }
}

/// A part of the inputs under a window, less their zero point.
pub(crate) struct Patch<'a> {
    inputs: &'a mut [i16],
    /// Where in the window the part begins.
    at: usize,
    zero_point: i16,
}

impl<'a> Patch<'a> {
    /// Inputs (at most [`PATCH`]) with this zero point, which must be 0 for `i16`.
    #[inline(always)]
    pub(crate) fn new(inputs: &'a mut [i16], zero_point: i16) -> Self {
        Self { inputs, at: 0, zero_point }
    }

    /// Makes all inputs zeros.
    pub(crate) fn clear(&mut self) {
        self.inputs.fill(0);
    }

    /// Takes over what lies within the part of inputs from the `from`th of the window on.
    #[inline(never)]
    pub(crate) fn set<T: Quantized>(&mut self, from: usize, input: &[T]) {
        let input = input.get(self.at.saturating_sub(from)..).unwrap_or(&[]);
        let slots = self.inputs.get_mut(from.saturating_sub(self.at)..).unwrap_or(&mut []);
        for (slot, x) in slots.iter_mut().zip(input) {
            *slot = widened(x.load()).wrapping_sub(self.zero_point);
        }
    }

    /// Adds to the sums the products of the `depth` inputs of a window with their filters, one part after the other, each of which `gather`
    /// sets.
    #[inline(always)]
    pub(crate) fn dot<S: Accumulator>(
        &mut self,
        filters: &[i8],
        depth: usize,
        sums: &mut [[S; FILTERS]],
        gather: impl Fn(&mut Self),
    ) {
        self.at = 0;
        while self.at < depth {
            gather(self);
            self.dot_part([depth - self.at, depth], filters, sums);
            self.at += self.inputs.len().max(1);
        }
    }

    /// Adds to the sums the products of `input` with their filters, which are `depth` apart.
    #[inline(never)]
    pub(crate) fn add<T: Quantized>(
        &mut self,
        input: &[T],
        filters: &[i8],
        depth: usize,
        sums: &mut [[T::Sum; FILTERS]],
    ) {
        self.at = 0;
        while self.at < input.len() {
            self.set(0, input);
            self.dot_part([input.len() - self.at, depth], filters, sums);
            self.at += self.inputs.len().max(1);
        }
    }

    /// Adds the products of this part, of at most `len` inputs, with filters that are `depth` apart. Beyond the last filter they are of no use.
    ///
    /// Spelled out, because loops over arrays stay loops where code is to be small. All slices are seen to be of one length.
    #[inline(never)]
    fn dot_part<S: Accumulator>(
        &self,
        [len, depth]: [usize; 2],
        filters: &[i8],
        sums: &mut [[S; FILTERS]],
    ) {
        let inputs = self.inputs.get(..len).unwrap_or(self.inputs);
        let mut filters = filters.get(self.at..).unwrap_or(&[]);
        for [a, b, c, d] in sums {
            let Some(w0) = filters.get(..inputs.len()) else { return };
            // The next filter; the first one again where there is none.
            let mut next = || {
                filters = filters.get(depth..).unwrap_or(&[]);
                filters.get(..inputs.len()).unwrap_or(w0)
            };
            let (w1, w2, w3) = (next(), next(), next());
            let (mut sum0, mut sum1, mut sum2, mut sum3) = (0, 0, 0, 0);
            for ((((&x, &w0), &w1), &w2), &w3) in inputs.iter().zip(w0).zip(w1).zip(w2).zip(w3) {
                sum0 = plus_product(sum0, x, w0);
                sum1 = plus_product(sum1, x, w1);
                sum2 = plus_product(sum2, x, w2);
                sum3 = plus_product(sum3, x, w3);
            }
            *a = a.plus(S::of(sum0));
            *b = b.plus(S::of(sum1));
            *c = c.plus(S::of(sum2));
            *d = d.plus(S::of(sum3));
            filters = filters.get(depth..).unwrap_or(&[]);
        }
    }
}

#[inline(always)]
fn plus_product(sum: i32, x: i16, w: i8) -> i32 {
    sum.wrapping_add(i32::from(x) * i32::from(w))
}

/// `sum`, and the products of `inputs` with `weights` in their order: the reference's, so that floats are equal to the last bit.
#[inline(never)]
pub(crate) fn plus_dot_f32<W: Load<f32>>(sum: f32, inputs: &[f32], weights: &[W]) -> f32 {
    inputs.iter().zip(weights).fold(sum, |sum, (x, w)| sum + x * w.load())
}

/// A float sum with its bias, clamped.
#[inline(never)]
pub(crate) fn finish_f32<B: Load<f32>>(
    sum: f32,
    bias: Option<&[B]>,
    channel: usize,
    (min, max): (f32, f32),
) -> f32 {
    let bias = bias.and_then(|bias| bias.get(channel)).map_or(0.0, |bias| bias.load());
    (sum + bias).max(min).min(max)
}
