//! Weighted sums on cores without vector registers: one way for all geometries, in little code and stack.
//!
//! A few output channels at a time ([`BLOCK`]) go over all pixels of a row, so that their factors are computed once. What
//! is under a window is gathered in a [`Patch`] of 16-bit inputs less their zero point, which is multiplied with four filters at a time: that loop
//! knows neither the geometry nor the types. Sums are `i32` for `i8`, and `i64` for `i16`, whatever the type of the bias.

use core::marker::PhantomData;

use crate::accumulate::{Accumulator, LayerQuantization, QuantizedWeights};
use crate::chunks::part;
use crate::dot::widened;
use crate::element::{Load, Quantized};
use crate::error::{LengthMismatch, Operand};
use crate::quant::{ChannelRequant, Requant};

/// Output channels whose sums are formed at a time.
pub(crate) const BLOCK: usize = 32;

/// Inputs that are multiplied at a time: few enough for the sum of their products with `i8` to fit 32 bits.
const PATCH: usize = 128;

/// Filters that are multiplied at a time, so that an input is read once for all of them.
const FILTERS: usize = 4;

/// The bias of a layer, of any type.
trait Bias {
    /// Number of biases, if there are any.
    fn len(&self) -> Option<usize>;
    /// The bias of `channel`; 0 where there is none.
    fn at(&self, channel: usize) -> i64;
}

/// A bias of elements `B` for sums in `A`.
struct BiasOf<'a, A, B>(Option<&'a [B]>, PhantomData<A>);

impl<A: Accumulator, B: Load<A>> Bias for BiasOf<'_, A, B> {
    fn len(&self) -> Option<usize> {
        self.0.map(<[B]>::len)
    }

    fn at(&self, channel: usize) -> i64 {
        let bias = self.0.and_then(|bias| bias.get(channel));
        bias.map_or(0, |bias| bias.load().into())
    }
}

/// A quantized layer without the types of its bias and its sums.
#[derive(Clone, Copy)]
pub(crate) struct Layer<'a> {
    pub(crate) filter: &'a [i8],
    bias: &'a dyn Bias,
    requant: &'a ChannelRequant<'a>,
    pub(crate) quantization: LayerQuantization,
    /// Whether sums of `i16` are of 32 bits.
    narrow: bool,
}

/// Calls `f` with the layer that these weights make up.
#[inline(always)]
pub(crate) fn with_layer<A: Accumulator, B: Load<A>, R>(
    quantization: &LayerQuantization,
    weights: &QuantizedWeights<'_, B>,
    f: impl FnOnce(&Layer<'_>) -> R,
) -> R {
    f(&Layer {
        filter: weights.filter,
        bias: &BiasOf::<A, B>(weights.bias, PhantomData),
        requant: &weights.requant,
        quantization: *quantization,
        narrow: size_of::<A>() == size_of::<i32>(),
    })
}

impl Layer<'_> {
    /// `Ok` if there are `filter_len` weights, and biases and factors for `channels`.
    #[inline(never)]
    pub(crate) fn check(&self, filter_len: usize, channels: usize) -> Result<(), LengthMismatch> {
        LengthMismatch::check(Operand::Filter, filter_len, self.filter.len())?;
        LengthMismatch::check(Operand::Bias, channels, self.bias.len().unwrap_or(channels))?;
        self.requant.check(channels)
    }

    /// A block for its channels, none of which are set.
    pub(crate) fn block<S: Accumulator>(&self) -> Block<'_, S> {
        let (sums, factors) = ([S::of(0); BLOCK], [Requant::default(); BLOCK]);
        Block { layer: self, bias: sums, factors, first: 0, len: 0, sums }
    }

    /// The filters from output channel `first` on, of `depth` weights each.
    pub(crate) fn filters(&self, first: usize, depth: usize) -> &[i8] {
        self.filter.get(first.saturating_mul(depth)..).unwrap_or(&[])
    }
}

/// Bias and factors of up to [`BLOCK`] output channels, and sums of products for each.
pub(crate) struct Block<'a, S> {
    pub(crate) layer: &'a Layer<'a>,
    bias: [S; BLOCK],
    factors: [Requant; BLOCK],
    first: usize,
    len: usize,
    sums: [S; BLOCK],
}

impl<S: Accumulator> Block<'_, S> {
    /// Takes over what `len` output channels from `first` on need, if it has not done so already.
    #[inline(never)]
    pub(crate) fn set(&mut self, first: usize, len: usize) {
        if (self.first, self.len) == (first, len) {
            return;
        }
        self.first = first;
        let slots = self.bias.iter_mut().zip(&mut self.factors).take(len);
        for ((bias, factor), channel) in slots.zip(first..) {
            *bias = S::truncated(self.layer.bias.at(channel));
            *factor = match self.layer.requant {
                ChannelRequant::Scales(scales) => scales.factor(channel),
                given @ ChannelRequant::Given { .. } => given.at(channel),
            };
        }
        self.len = len;
    }

    /// The sums of the channels.
    pub(crate) fn sums(&mut self) -> &mut [S] {
        self.sums.get_mut(..self.len).unwrap_or(&mut [])
    }

    /// Turns the sums into outputs of their channels of a pixel.
    #[inline(never)]
    pub(crate) fn write<T: Quantized>(&self, pixel: &mut [T]) {
        let LayerQuantization { output_zero_point, min, max, .. } = self.layer.quantization;
        let output = pixel.get_mut(self.first..).unwrap_or(&mut []).iter_mut().take(self.len);
        for (((output, sum), bias), factor) in
            output.zip(&self.sums).zip(&self.bias).zip(&self.factors)
        {
            let scaled = sum.plus(*bias).scaled(*factor, self.layer.narrow);
            let value = scaled.wrapping_add(output_zero_point.into());
            *output = T::from_clamped(value.max(min.into()).min(max.into()));
        }
    }
}

/// A part of the inputs under a window, less their zero point.
pub(crate) struct Patch {
    inputs: [i16; PATCH],
    /// Where in the window the part begins.
    at: usize,
    zero_point: i16,
}

impl Patch {
    /// Inputs with this zero point, which must be 0 for `i16`.
    pub(crate) fn new(zero_point: i16) -> Self {
        Self { inputs: [0; PATCH], at: 0, zero_point }
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

    /// Sets each of `sums` to the sum of products of the `depth` inputs of a window with its filter, one part after the other, each of
    /// which `gather` sets.
    #[inline(always)]
    pub(crate) fn dot<S: Accumulator>(
        &mut self,
        filters: &[i8],
        depth: usize,
        sums: &mut [S],
        gather: impl Fn(&mut Self),
    ) {
        self.at = 0;
        while self.at < depth {
            gather(self);
            let place = Part { len: depth - self.at, depth, first: self.at == 0 };
            self.dot_part(filters.get(self.at..).unwrap_or(&[]), place, sums);
            self.at += PATCH;
        }
    }

    /// Adds to each of `sums` the products of `input` with its filter; the filters are `depth` apart.
    #[inline(never)]
    pub(crate) fn add<T: Quantized>(
        &mut self,
        input: &[T],
        filters: &[i8],
        depth: usize,
        sums: &mut [T::Sum],
    ) {
        self.at = 0;
        while self.at < input.len() {
            self.set(0, input);
            let place = Part { len: input.len() - self.at, depth, first: false };
            self.dot_part(filters.get(self.at..).unwrap_or(&[]), place, sums);
            self.at += PATCH;
        }
    }

    /// Adds the products of a part; the first sets the sums.
    #[inline(never)]
    fn dot_part<S: Accumulator>(&self, mut filters: &[i8], place: Part, sums: &mut [S]) {
        let inputs = self.inputs.get(..place.len).unwrap_or(&self.inputs);
        for sums in sums.chunks_mut(FILTERS) {
            let products = dot(inputs, filters, place.depth);
            for (sum, product) in sums.iter_mut().zip(&products) {
                let before = if place.first { S::of(0) } else { *sum };
                *sum = before.plus(S::of(*product));
            }
            filters = filters.get(place.depth.saturating_mul(FILTERS)..).unwrap_or(&[]);
        }
    }
}

/// What of a window a [`Patch`] holds.
#[derive(Clone, Copy)]
struct Part {
    /// Inputs from the beginning of the part on.
    len: usize,
    /// Weights from one filter to the next.
    depth: usize,
    /// Whether it is the first.
    first: bool,
}

/// The sums of products of `inputs` with filters that are `depth` apart. Beyond the last filter they are of no use.
///
/// Spelled out, because loops over arrays stay loops where code is to be small.
#[inline(never)]
fn dot(inputs: &[i16], filters: &[i8], depth: usize) -> [i32; FILTERS] {
    // Rows beyond the last are as good as that.
    let last = filters.len().saturating_sub(inputs.len());
    let row = |at: usize| part(filters, at.saturating_mul(depth).min(last), inputs.len());
    let (x, x_rest) = inputs.as_chunks();
    let (w0, w0_rest) = row(0).as_chunks();
    let (w1, w1_rest) = row(1).as_chunks();
    let (w2, w2_rest) = row(2).as_chunks();
    let (w3, w3_rest) = row(3).as_chunks();
    let (mut sum0, mut sum1, mut sum2, mut sum3) = (0, 0, 0, 0);
    for ((((x, w0), w1), w2), w3) in x.iter().zip(w0).zip(w1).zip(w2).zip(w3) {
        sum0 = plus_products(sum0, x, w0);
        sum1 = plus_products(sum1, x, w1);
        sum2 = plus_products(sum2, x, w2);
        sum3 = plus_products(sum3, x, w3);
    }
    let rest = x_rest.iter().zip(w0_rest).zip(w1_rest).zip(w2_rest).zip(w3_rest);
    for ((((&x, &w0), &w1), &w2), &w3) in rest {
        sum0 = plus_product(sum0, x, w0);
        sum1 = plus_product(sum1, x, w1);
        sum2 = plus_product(sum2, x, w2);
        sum3 = plus_product(sum3, x, w3);
    }
    [sum0, sum1, sum2, sum3]
}

#[inline(always)]
fn plus_product(sum: i32, x: i16, w: i8) -> i32 {
    sum.wrapping_add(i32::from(x) * i32::from(w))
}

#[inline(always)]
fn plus_products(sum: i32, [x0, x1, x2, x3]: &[i16; 4], [w0, w1, w2, w3]: &[i8; 4]) -> i32 {
    let sum = plus_product(plus_product(sum, *x0, *w0), *x1, *w1);
    plus_product(plus_product(sum, *x2, *w2), *x3, *w3)
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
