//! The constants of a layer with weights.

use core::cell::RefCell;

use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::number::activation::ActivationRange;
#[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
use crate::number::channel_factors::ChannelFactors;
use crate::number::channel_requant::ChannelRequant;
#[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
use crate::number::channel_scales::ChannelScales;
use crate::number::clamp::clamp_f32;
use crate::number::element::{Accumulator, BiasElement, Load, Quantized};
use crate::number::requant::Requant;
use crate::number::room::Room;
use crate::number::weights::{FilterElement, Weights};

/// Constants of a quantized layer: its weights and what scales its sums.
///
/// `F` is an element of the filter: `i8`, a pair of weights of 4 bits
/// ([`Int4Pair`](crate::number::weights::Int4Pair)), or all of it as indices of tables
/// ([`LutFilter`](crate::decode::filter::LutFilter)). `B` is an element of the bias: `i16`, `i32`,
/// `i64`, or [`Le`](crate::Le) bytes of one. With `i16` activations its width decides how sums are
/// kept: see [`BiasElement`].
#[derive(Clone, Copy, Debug)]
pub struct QuantizedWeights<'a, B, F = i8> {
    /// The filter.
    pub filter: &'a [F],
    /// One bias per output channel, or none.
    pub bias: Option<&'a [B]>,
    /// The factor of each output channel: scale of input times scale of filter over scale of
    /// output.
    pub requant: ChannelRequant<'a>,
}

/// Zero points of a layer's input and output, and the range of its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct LayerQuantization {
    pub(crate) input_zero_point: i16,
    pub(crate) output_zero_point: i16,
    pub(crate) min: i16,
    pub(crate) max: i16,
}

impl LayerQuantization {
    /// Quantization of a layer with activations of type `T`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::ZeroPoint`] for a zero point outside the range of `T`,
    /// [`ParamsError::Activation`] for an activation range beyond it.
    pub fn new<T: Quantized>(
        input_zero_point: i32,
        output_zero_point: i32,
        activation: ActivationRange,
    ) -> Result<Self, ParamsError> {
        let narrow = |value: i32| -> Option<i16> {
            if (T::MIN..=T::MAX).contains(&value) { i16::try_from(value).ok() } else { None }
        };
        let zero_point = |value| narrow(value).ok_or(ParamsError::ZeroPoint { value });
        let bound = |value| narrow(value).ok_or(ParamsError::Activation);
        Ok(Self {
            input_zero_point: zero_point(input_zero_point)?,
            output_zero_point: zero_point(output_zero_point)?,
            min: bound(activation.min)?,
            max: bound(activation.max)?,
        })
    }
}

impl LayerQuantization {
    /// The same with an input whose zero point is 0.
    #[must_use]
    pub fn without_input_zero_point(self) -> Self {
        Self { input_zero_point: 0, ..self }
    }

    /// The zero point of the input.
    pub fn input_zero_point(&self) -> i16 {
        self.input_zero_point
    }

    /// Whether the range of the output is smaller than that of `i8`.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    #[inline(always)] // two comparisons
    pub(crate) fn is_limited(&self) -> bool {
        (self.min, self.max) != (i8::MIN.into(), i8::MAX.into())
    }

    /// Whether all sums between these two, the least and the largest, become the zero point of the
    /// output, or that within the output's range, when they are scaled by this factor. False for
    /// factors of 1 and more, whose products may not fit 32 bits.
    ///
    /// ```
    /// use bantam_kernels::backend::layer::LayerQuantization;
    /// use bantam_kernels::{ActivationRange, Requant};
    ///
    /// let range = ActivationRange { min: -128, max: 127 };
    /// let quantization = LayerQuantization::new::<i8>(0, -128, range)?;
    /// let factor = Requant::from_scales(1e-3, 1e-4, 0.1); // a millionth
    /// assert!(quantization.is_constant(factor, [-100_000, 400_000]));
    /// assert!(!quantization.is_constant(factor, [0, 2_000_000]));
    /// # Ok::<(), bantam_kernels::ParamsError>(())
    /// ```
    pub fn is_constant(&self, factor: Requant, sums: [i32; 2]) -> bool {
        factor.shift <= 0 && sums.map(|sum| self.clamp(factor.apply(sum))) == [self.clamp(0); 2]
    }

    /// A scaled sum with the output's zero point, clamped.
    #[inline(always)] // vector registers hold several of them
    pub(crate) fn clamp(&self, scaled: i32) -> i16 {
        let value = scaled.wrapping_add(self.output_zero_point.into());
        let value = value.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        value.max(self.min).min(self.max)
    }
}

/// The bias of a layer whose sums are `S`, of any type.
trait Bias<S> {
    /// Number of biases, if there are any.
    fn len(&self) -> Option<usize>;
    /// Whether sums are rounded as those of 32 bits.
    fn is_narrow(&self) -> bool;
    /// Begins the sums of the channels from `first` on with their bias: 0 where there is none.
    fn fill(&self, first: usize, sums: &mut [S]);
    /// The biases as little-endian bytes of 32 bits, if they lie so in memory.
    fn words(&self) -> Option<&[[u8; 4]]>;
}

impl<S: Accumulator, B: BiasElement> Bias<S> for Option<&[B]> {
    fn len(&self) -> Option<usize> {
        self.map(<[B]>::len)
    }

    fn is_narrow(&self) -> bool {
        B::IS_32_BITS
    }

    fn fill(&self, first: usize, sums: &mut [S]) {
        sums.fill(S::ZERO);
        let bias = self.unwrap_or(&[]).get(first..).unwrap_or(&[]);
        for (sum, bias) in sums.iter_mut().zip(bias) {
            // size: added, as a copy of 64 bits would become a call of a routine for any bytes.
            *sum = sum.plus(S::truncated(bias.value()));
        }
    }

    fn words(&self) -> Option<&[[u8; 4]]> {
        self.and_then(B::words)
    }
}

/// What is done with the sums of a quantized layer with activations of `T`, whatever the types of
/// its bias and its filter.
#[derive(Clone, Copy)]
pub(crate) struct Scaling<'a, T: Quantized> {
    bias: &'a dyn Bias<T::Sum>,
    pub(crate) requant: &'a ChannelRequant<'a>,
    pub(crate) quantization: LayerQuantization,
    /// Room for the factors of some channels, for a backend that wants it.
    pub(crate) room: Option<&'a RefCell<Room>>,
}

/// A quantized layer with activations of `T`, whatever the type of its bias. `F` is an element of
/// the filter.
#[derive(Clone, Copy)]
pub struct Layer<'a, T: Quantized, F: FilterElement = i8> {
    filter: &'a [F],
    pub(crate) scaling: Scaling<'a, T>,
}

impl<T: Quantized, F: FilterElement> core::fmt::Debug for Layer<'_, T, F> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Layer")
            .field("filter_len", &self.filter.len())
            .field("requant", &self.scaling.requant)
            .field("quantization", &self.scaling.quantization)
            .finish_non_exhaustive()
    }
}

impl<'a, T: Quantized, F: FilterElement> Layer<'a, T, F> {
    /// The layer that these constants make up.
    #[inline(always)] // size: a few stores; a call would move all of it
    pub fn new<B: BiasElement>(
        quantization: &LayerQuantization,
        weights: &'a QuantizedWeights<'a, B, F>,
    ) -> Self {
        Self::of(quantization, weights.filter, &weights.bias, &weights.requant)
    }

    /// [`Self::new`], of what makes up [`QuantizedWeights`].
    // stack: the filter is not kept twice.
    #[inline(always)] // as above
    pub fn of<B: BiasElement>(
        quantization: &LayerQuantization,
        filter: &'a [F],
        bias: &'a Option<&'a [B]>,
        requant: &'a ChannelRequant<'a>,
    ) -> Self {
        Self { filter, scaling: Scaling { bias, requant, quantization: *quantization, room: None } }
    }

    /// `Ok` if there are `filter_len` weights, and biases and factors for `channels`.
    #[inline(never)] // size: one copy for all kernels
    pub(crate) fn check(&self, filter_len: usize, channels: usize) -> Result<(), LengthMismatch> {
        F::check(self.filter, filter_len)?;
        self.scaling.check(channels)
    }

    /// All weights.
    #[inline(always)] // no instruction
    pub(crate) fn weights(&self) -> F::Weights<'a> {
        F::weights(self.filter)
    }

    /// All weights, if each has a byte.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    #[inline(always)] // no instruction
    pub(crate) fn bytes(&self) -> Option<&'a [i8]> {
        F::bytes(self.filter)
    }

    /// The same with room for factors.
    #[inline(always)] // size: made where it stays
    pub(crate) fn in_room<'b>(&'b self, room: &'b RefCell<Room>) -> Layer<'b, T, F> {
        Layer { scaling: Scaling { room: Some(room), ..self.scaling }, ..*self }
    }

    /// The filters from output channel `first` on, of `depth` weights each.
    pub(crate) fn filters(&self, first: usize, depth: usize) -> F::Weights<'a> {
        self.weights().rest(first.saturating_mul(depth))
    }
}

impl<'a, T: Quantized> Scaling<'a, T> {
    /// `Ok` if there are biases and factors for `channels`.
    fn check(&self, channels: usize) -> Result<(), LengthMismatch> {
        LengthMismatch::check(Operand::Bias, channels, self.bias.len().unwrap_or(channels))?;
        self.requant.check(channels)
    }

    /// Whether there are biases.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    pub(crate) fn has_bias(&self) -> bool {
        self.bias.len().is_some()
    }

    /// Begins the sums of the channels from `first` on with their bias.
    pub(crate) fn begin(&self, first: usize, sums: &mut [T::Sum]) {
        self.bias.fill(first, sums);
    }

    /// The biases of the channels from `first` on, if they lie in memory as little-endian bytes of
    /// 32 bits.
    pub(crate) fn bias_words(&self, first: usize) -> Option<&'a [[u8; 4]]> {
        let bias: &'a dyn Bias<T::Sum> = self.bias;
        bias.words()?.get(first..)
    }

    /// The factors of the channels, if they come out of an image.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    #[inline(always)] // a comparison
    pub(crate) fn prepared(&self) -> Option<&'a ChannelFactors<'a>> {
        match self.requant {
            ChannelRequant::Factors(factors) => Some(factors),
            _ => None,
        }
    }

    /// The scales that the factors are computed from, if they are.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    #[inline(always)] // a comparison
    pub(crate) fn scales(&self) -> Option<&'a ChannelScales<'a>> {
        match self.requant {
            ChannelRequant::Scales(scales) => Some(scales),
            _ => None,
        }
    }

    /// Whether sums are rounded as those of 32 bits.
    #[inline(always)] // nothing where all sums are
    pub(crate) fn is_narrow(&self) -> bool {
        size_of::<T::Sum>() == size_of::<i32>() || self.bias.is_narrow()
    }

    /// Whether all channels have one factor.
    pub(crate) fn has_one_factor(&self) -> bool {
        self.requant.len() == 1
    }

    /// Computes the factors of the channels from `first` on, if there is room for them.
    #[inline(always)] // one caller
    pub(crate) fn fill_room(&self, first: usize) {
        if let ChannelRequant::Scales(scales) = self.requant
            && let Some(mut room) = self.room.and_then(|room| room.try_borrow_mut().ok())
        {
            room.fill(scales, first);
        }
    }

    /// The factor of a channel.
    #[inline(always)] // one caller in a loop that chooses once
    pub(crate) fn factor(&self, channel: usize) -> Requant {
        match self.requant {
            ChannelRequant::Scales(scales) => scales.factor(channel),
            ChannelRequant::Factors(factors) => factors.at(channel),
            given @ ChannelRequant::Given { .. } => given.at(channel),
        }
    }

    /// The multipliers and shifts of `N` channels from `first` on; unspecified beyond the last
    /// channel.
    #[inline(always)] // vector registers hold all of them
    pub(crate) fn factors<const N: usize>(&self, first: usize) -> ([i32; N], [i32; N]) {
        match self.requant {
            ChannelRequant::Scales(scales) => scales.lanes(first),
            given => {
                let (mut multipliers, mut shifts) = ([0; N], [0; N]);
                for c in 0..N {
                    let factor = given.at(first + c);
                    (multipliers[c], shifts[c]) = (factor.multiplier, factor.shift);
                }
                (multipliers, shifts)
            }
        }
    }

    /// What makes outputs of sums. By value, so that it stays in registers while outputs are
    /// written.
    #[inline(always)] // see above
    pub(crate) fn outputs(&self) -> impl Fn(T::Sum, Requant) -> T + use<T> {
        let LayerQuantization { output_zero_point, min, max, .. } = self.quantization;
        let narrow = self.is_narrow();
        move |sum, factor| {
            let value = sum.scaled(factor, narrow).wrapping_add(output_zero_point.into());
            T::from_clamped(value.max(min.into()).min(max.into()))
        }
    }

    /// Turns the sums of the channels from `first` on, which hold their bias, into outputs.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    pub(crate) fn finish(&self, first: usize, sums: &[T::Sum], outputs: &mut [T]) {
        let to_output = self.outputs();
        let outputs = outputs.iter_mut().zip(sums);
        if self.has_one_factor() {
            let factor = self.factor(first);
            outputs.for_each(|(output, &sum)| *output = to_output(sum, factor));
        } else {
            for ((output, &sum), index) in outputs.zip(first..) {
                *output = to_output(sum, self.factor(index));
            }
        }
    }
}

/// Constants of a float layer. `W` is `f32`, or [`Le`](crate::Le) bytes of one.
#[derive(Clone, Copy, Debug)]
pub struct FloatWeights<'a, W> {
    /// The filter.
    pub filter: &'a [W],
    /// One bias per output channel, or none.
    pub bias: Option<&'a [W]>,
    /// The range of the fused activation
    /// ([`Activation::range_f32`](crate::number::activation::Activation::range_f32)).
    pub range: (f32, f32),
}

impl<'a, W: Load<f32>> FloatWeights<'a, W> {
    /// `Ok` if there are `filter_len` weights, and biases for `channels` if there are any.
    pub(crate) fn check(&self, filter_len: usize, channels: usize) -> Result<(), LengthMismatch> {
        LengthMismatch::check(Operand::Filter, filter_len, self.filter.len())?;
        let biases = self.bias.map_or(channels, <[W]>::len);
        LengthMismatch::check(Operand::Bias, channels, biases)
    }

    /// The filters from output channel `first` on, of `depth` weights each.
    pub(crate) fn filters(&self, first: usize, depth: usize) -> &'a [W] {
        self.filter.get(first.saturating_mul(depth)..).unwrap_or(&[])
    }

    /// Writes the sums of the channels from `first` on, as many as there are, with their bias and
    /// clamped.
    ///
    /// As in the reference the bias comes last, and a NaN stays one.
    #[inline(never)] // size: one copy for all kernels
    pub(crate) fn finish(&self, first: usize, sums: &[f32], outputs: &mut [f32]) {
        let (min, max) = self.range;
        let bias = self.bias.unwrap_or(&[]).get(first..).unwrap_or(&[]);
        let mut bias = bias.iter();
        for (output, sum) in outputs.iter_mut().zip(sums) {
            let bias = bias.next().map_or(0.0, |bias| bias.load());
            *output = clamp_f32(sum + bias, min, max);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_constant_channel_has_one_output(
            ends in (-1_000_000..1_000_000_i32, -1_000_000..1_000_000_i32),
            place in 0..=1000_i64,
            scale in 1e-9..1e-3_f32,
            zero_point in -128..128_i32,
            min in -128..0_i32,
        ) {
            let range = ActivationRange { min, max: 127 };
            let quantization = LayerQuantization::new::<i8>(0, zero_point, range).unwrap();
            let factor = Requant::from_scales(scale, 1.0, 1.0);
            let sums = [ends.0.min(ends.1), ends.0.max(ends.1)];
            let [least, most] = sums.map(i64::from);
            let sum = (least + (most - least) * place / 1000) as i32;
            if quantization.is_constant(factor, sums) {
                let output = quantization.clamp(factor.apply(sum));
                prop_assert_eq!(output, quantization.clamp(0));
            }
        }
    }

    #[test]
    fn a_range_hides_what_is_below_it() {
        let range = ActivationRange { min: -128, max: 127 };
        let quantization = LayerQuantization::new::<i8>(0, -128, range).unwrap();
        let factor = Requant::from_scales(0.01, 1.0, 1.0);
        assert!(quantization.is_constant(factor, [-1_000_000, 40]));
        assert!(!quantization.is_constant(factor, [-1_000_000, 60]));
    }
}
