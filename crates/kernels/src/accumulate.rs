//! Sums of products: what convolutions and fully connected layers come down to.
//!
//! The integer sums are exact, so every order of summation gives the same result. The loops here have the shapes
//! that LLVM turns into the multiply-and-add instructions of the target (`pmaddwd` on x86-64) without any
//! intrinsics: a fixed number of products of 16-bit factors, summed in 32 bits.

use crate::element::{Load, Quantized};
use crate::error::{LengthMismatch, Operand};
use crate::quant::{ActivationRange, ChannelRequant, Requant};

/// Filters that are computed together, so that an input is read and offset once for all of them.
pub(crate) const FILTERS: usize = 4;

/// An accumulator of products: `i32`, or `i64` for long sums over 16-bit activations.
pub trait Accumulator: Load<Self> + private::Sealed + 'static {
    /// The sum, modulo the type's range.
    fn plus(self, sum: Self) -> Self;
    /// `self + a · b`, modulo the type's range.
    fn plus_product(self, a: i32, b: i32) -> Self;
    /// The accumulator that holds `sum`.
    fn of(sum: i32) -> Self;
    /// The scaled accumulator, rounded as TFLite rounds this type.
    fn requantize(self, factor: Requant) -> i32;
}

impl Accumulator for i32 {
    #[inline(always)]
    fn plus(self, sum: Self) -> Self {
        self.wrapping_add(sum)
    }
    #[inline(always)]
    fn plus_product(self, a: i32, b: i32) -> Self {
        self.wrapping_add(a.wrapping_mul(b))
    }
    #[inline(always)]
    fn of(sum: i32) -> Self {
        sum
    }
    #[inline(always)]
    fn requantize(self, factor: Requant) -> i32 {
        factor.apply(self)
    }
}

impl Accumulator for i64 {
    #[inline(always)]
    fn plus(self, sum: Self) -> Self {
        self.wrapping_add(sum)
    }
    #[inline(always)]
    fn plus_product(self, a: i32, b: i32) -> Self {
        self.wrapping_add(Self::from(a) * Self::from(b))
    }
    #[inline(always)]
    fn of(sum: i32) -> Self {
        sum.into()
    }
    #[inline(always)]
    fn requantize(self, factor: Requant) -> i32 {
        factor.apply_i64(self)
    }
}

mod private {
    /// Limits [`super::Accumulator`] to the types of this crate.
    pub trait Sealed {}
    impl Sealed for i32 {}
    impl Sealed for i64 {}
}

/// Constants of a quantized layer: its weights and what scales its sums.
///
/// `B` is an element of the bias: `i32`, `i64`, or [`Le`](crate::Le) bytes of one. Its type selects the accumulator.
#[derive(Clone, Copy, Debug)]
pub struct QuantizedWeights<'a, B> {
    /// The filter.
    pub filter: &'a [i8],
    /// One bias per output channel, or none.
    pub bias: Option<&'a [B]>,
    /// The factor of each output channel: scale of input times scale of filter over scale of output.
    pub requant: ChannelRequant<'a>,
}

impl<B> QuantizedWeights<'_, B> {
    /// `Ok` if there are `filter_len` weights, and biases and factors for `channels`.
    pub(crate) fn check(&self, filter_len: usize, channels: usize) -> Result<(), LengthMismatch> {
        LengthMismatch::check(Operand::Filter, filter_len, self.filter.len())?;
        if let Some(bias) = self.bias {
            LengthMismatch::check(Operand::Bias, channels, bias.len())?;
        }
        if self.requant.covers(channels) {
            Ok(())
        } else {
            let actual = self.requant.multipliers.len().min(self.requant.shifts.len());
            Err(LengthMismatch { operand: Operand::Requant, expected: channels, actual })
        }
    }
}

impl<B: Copy> QuantizedWeights<'_, B> {
    /// The bias of `channel`, or zero.
    #[inline(always)]
    pub(crate) fn bias<A: Accumulator>(&self, channel: usize) -> A
    where
        B: Load<A>,
    {
        self.bias.and_then(|bias| bias.get(channel)).map_or(A::of(0), |bias| bias.load())
    }
}

/// Zero points of a layer's input and output, and the range of its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct LayerQuantization {
    pub(crate) input_zero_point: i16,
    output_zero_point: i16,
    min: i16,
    max: i16,
}

impl LayerQuantization {
    /// Quantization of a layer with activations of type `T`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::ZeroPoint`](crate::ParamsError) for a zero point outside the range of `T`,
    /// [`ParamsError::Activation`](crate::ParamsError) for an activation range beyond it.
    pub fn new<T: Quantized>(
        input_zero_point: i32,
        output_zero_point: i32,
        activation: ActivationRange,
    ) -> Result<Self, crate::ParamsError> {
        let narrow = |value: i32| -> Option<i16> {
            if (T::MIN..=T::MAX).contains(&value) { i16::try_from(value).ok() } else { None }
        };
        let zero_point = |value| narrow(value).ok_or(crate::ParamsError::ZeroPoint { value });
        let bound = |value| narrow(value).ok_or(crate::ParamsError::Activation);
        Ok(Self {
            input_zero_point: zero_point(input_zero_point)?,
            output_zero_point: zero_point(output_zero_point)?,
            min: bound(activation.min)?,
            max: bound(activation.max)?,
        })
    }

    /// The output for an accumulator.
    #[inline(always)]
    pub(crate) fn finish<T: Quantized, A: Accumulator>(&self, acc: A, factor: Requant) -> T {
        let scaled = acc.requantize(factor).wrapping_add(self.output_zero_point.into());
        T::from_clamped(scaled.max(self.min.into()).min(self.max.into()))
    }
}

/// `x - zero_point` in 16 bits: exact for `i8`; for `i16` zero points are dealt with elsewhere.
#[inline(always)]
pub(crate) fn centered<T: Quantized>(x: T, zero_point: i16) -> i16 {
    let x: i32 = x.into();
    (x as i16).wrapping_sub(zero_point)
}

/// `Σ (x[k] - zero_point) · w[f][k]` for each filter `f`, over what all the slices have.
#[inline]
pub(crate) fn dot<T, A, I>(x: &[I], w: [&[i8]; FILTERS], zero_point: i16) -> [A; FILTERS]
where
    T: Quantized,
    A: Accumulator,
    I: Load<T>,
{
    let mut acc = [A::of(0); FILTERS];
    let [w0, w1, w2, w3] = w;
    for ((((x, w0), w1), w2), w3) in x.iter().zip(w0).zip(w1).zip(w2).zip(w3) {
        let x = i32::from(centered(x.load(), zero_point));
        for (acc, w) in acc.iter_mut().zip([*w0, *w1, *w2, *w3]) {
            *acc = acc.plus(A::of(x * i32::from(w)));
        }
    }
    acc
}

/// `Σ x[k] · w[f][k]` for each filter `f`, over what all the slices have.
#[inline]
pub(crate) fn dot_f32<I, W>(x: &[I], w: [&[W]; FILTERS]) -> [f32; FILTERS]
where
    I: Load<f32>,
    W: Load<f32>,
{
    let mut acc = [0.0; FILTERS];
    let [w0, w1, w2, w3] = w;
    for ((((x, w0), w1), w2), w3) in x.iter().zip(w0).zip(w1).zip(w2).zip(w3) {
        let x = x.load();
        for (acc, w) in acc.iter_mut().zip([*w0, *w1, *w2, *w3]) {
            *acc += x * w.load();
        }
    }
    acc
}
