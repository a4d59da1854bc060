//! What convolutions and fully connected layers do with their sums of products: bias, factor, clamping.

use core::ops::Range;

use crate::error::{LengthMismatch, Operand};
use crate::number::activation::ActivationRange;
use crate::number::channel_requant::FactorCache;
use crate::number::channel_requant::{ChannelRequant, only_shrink};
use crate::number::element::{Accumulator, Load, Quantized};
use crate::number::requant::Requant;

/// Output channels whose sums are scaled together: a multiple of what fills the registers of the target.
pub(crate) const CHANNELS: usize = 8;

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

impl<'a, B> QuantizedWeights<'a, B> {
    /// The same weights, with factors that are computed only once.
    pub(crate) fn cached<'s, const N: usize>(
        &self,
        cache: &'s mut FactorCache<N>,
    ) -> QuantizedWeights<'s, B>
    where
        'a: 's,
    {
        let Self { filter, bias, requant } = *self;
        QuantizedWeights { filter, bias, requant: cache.fill(requant) }
    }

    /// Whether factors are computed each time they are needed.
    pub(crate) fn computes_factors(&self) -> bool {
        matches!(self.requant, ChannelRequant::Scales(_))
    }

    /// The weights of some of the channels, each with `depth` weights, and with factors that are computed only once.
    pub(crate) fn some<'s, const N: usize>(
        &self,
        channels: Range<usize>,
        depth: usize,
        cache: &'s mut FactorCache<N>,
    ) -> QuantizedWeights<'s, B>
    where
        'a: 's,
    {
        let weights = channels.start.saturating_mul(depth)..channels.end.saturating_mul(depth);
        let requant = match self.requant {
            ChannelRequant::Scales(scales) => ChannelRequant::Scales(scales.some(channels.clone())),
            ChannelRequant::Given { multipliers, shifts } if multipliers.len() > 1 => {
                ChannelRequant::Given {
                    multipliers: multipliers.get(channels.clone()).unwrap_or(&[]),
                    shifts: shifts.get(channels.clone()).unwrap_or(&[]),
                }
            }
            one @ ChannelRequant::Given { .. } => one,
        };
        QuantizedWeights {
            filter: self.filter.get(weights).unwrap_or(&[]),
            bias: self.bias.map(|bias| bias.get(channels).unwrap_or(&[])),
            requant: cache.fill(requant),
        }
    }

    /// `Ok` if there are `filter_len` weights, and biases and factors for `channels`.
    pub(crate) fn check(&self, filter_len: usize, channels: usize) -> Result<(), LengthMismatch> {
        check_weights(filter_len, channels, self.filter, self.bias)?;
        self.requant.check(channels)
    }
}

/// `Ok` if there are `filter_len` weights, and biases for `channels` if there are any.
pub(crate) fn check_weights<W, B>(
    filter_len: usize,
    channels: usize,
    filter: &[W],
    bias: Option<&[B]>,
) -> Result<(), LengthMismatch> {
    LengthMismatch::check(Operand::Filter, filter_len, filter.len())?;
    bias.map_or(Ok(()), |bias| LengthMismatch::check(Operand::Bias, channels, bias.len()))
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
}

/// Turns sums into outputs, [`CHANNELS`] at a time.
pub(crate) struct Finish<'a, B> {
    weights: QuantizedWeights<'a, B>,
    quantization: LayerQuantization,
    only_shrink: bool,
    /// The factor of all channels, if there is but one.
    shared: Option<([i32; CHANNELS], [i8; CHANNELS])>,
}

impl<'a, B: Copy> Finish<'a, B> {
    pub(crate) fn new(weights: &QuantizedWeights<'a, B>, quantization: &LayerQuantization) -> Self {
        let shared = match weights.requant {
            ChannelRequant::Given { multipliers: [multiplier], shifts: [shift] } => {
                Some(([*multiplier; CHANNELS], [*shift; CHANNELS]))
            }
            _ => None,
        };
        let only_shrink = match weights.requant {
            ChannelRequant::Given { multipliers, shifts } => only_shrink(multipliers, shifts),
            ChannelRequant::Scales(scales) => scales.only_shrink(),
        };
        Self { weights: *weights, quantization: *quantization, only_shrink, shared }
    }

    /// The weights of all channels.
    #[inline(always)]
    pub(crate) fn filter(&self) -> &'a [i8] {
        self.weights.filter
    }

    /// The outputs of the channels from `first` on, as many as there is room for.
    #[inline(always)]
    pub(crate) fn channels<A, T>(&self, first: usize, sums: &[A; CHANNELS], output: &mut [T])
    where
        A: Accumulator,
        T: Quantized,
        B: Load<A>,
    {
        let ChannelRequant::Given { multipliers, shifts } = self.weights.requant else {
            return self.of_block(&self.block(first), sums, output);
        };
        let bias = self.weights.bias.map(|bias| lanes(bias, first));
        let (multipliers, shifts) = match &self.shared {
            Some((multipliers, shifts)) => (Some(multipliers), Some(shifts)),
            None => (lanes(multipliers, first), lanes(shifts, first)),
        };
        match (multipliers, shifts, bias, output.first_chunk_mut()) {
            (Some(multipliers), Some(shifts), Some(Some(bias)), Some(output))
                if self.only_shrink =>
            {
                let mut acc = *sums;
                for c in 0..CHANNELS {
                    acc[c] = acc[c].plus(bias[c].load());
                }
                self.quantization.shrink(&acc, multipliers, shifts, output);
            }
            _ => self.some_channels(&self.block(first), sums, output),
        }
    }

    /// What the outputs of the channels from `first` on need, of any number of pixels.
    #[inline(always)]
    pub(crate) fn block<A: Accumulator>(&self, first: usize) -> Block<A>
    where
        B: Load<A>,
    {
        let mut block = Block {
            bias: [A::of(0); CHANNELS],
            multipliers: [0; CHANNELS],
            shifts: [0; CHANNELS],
            powers: [0; CHANNELS],
        };
        let bias = self.weights.bias.unwrap_or(&[]).get(first..).unwrap_or(&[]);
        for (to, from) in block.bias.iter_mut().zip(bias) {
            *to = from.load();
        }
        match &self.weights.requant {
            ChannelRequant::Scales(scales) => {
                (block.multipliers, block.shifts) = scales.lanes(first);
            }
            given @ ChannelRequant::Given { .. } => {
                for c in 0..CHANNELS {
                    let factor = given.at(first + c);
                    (block.multipliers[c], block.shifts[c]) = (factor.multiplier, factor.shift);
                }
            }
        }
        // 2^(32 + shift) for those below a half.
        block.powers = block.shifts.map(|shift| 1_u32.wrapping_shl(shift as u32));
        block
    }

    /// The outputs of the channels of `block`, as many as there is room for.
    #[inline(always)]
    pub(crate) fn of_block<A, T>(&self, block: &Block<A>, sums: &[A; CHANNELS], output: &mut [T])
    where
        A: Accumulator,
        T: Quantized,
        B: Load<A>,
    {
        match output.first_chunk_mut::<CHANNELS>() {
            Some(output) if self.only_shrink => {
                self.quantization.shrink_by(block, sums, output);
            }
            _ => self.some_channels(block, sums, output),
        }
    }

    /// [`Self::channels`] where not all is as usual: few channels, no bias, large factors.
    #[inline(never)]
    fn some_channels<A, T>(&self, block: &Block<A>, sums: &[A; CHANNELS], output: &mut [T])
    where
        A: Accumulator,
        T: Quantized,
    {
        for (c, output) in output.iter_mut().take(CHANNELS).enumerate() {
            let acc = sums[c].plus(block.bias[c]);
            let factor = Requant { multiplier: block.multipliers[c], shift: block.shifts[c] };
            *output = T::from_clamped(self.quantization.clamp(acc.requantize(factor)).into());
        }
    }
}

/// What [`CHANNELS`] channels are scaled with.
#[derive(Clone, Copy)]
pub(crate) struct Block<A> {
    bias: [A; CHANNELS],
    multipliers: [i32; CHANNELS],
    shifts: [i32; CHANNELS],
    /// 2^(32 + shift).
    powers: [u32; CHANNELS],
}

/// [`CHANNELS`] elements of `slice` from `first` on.
#[inline(always)]
fn lanes<T>(slice: &[T], first: usize) -> Option<&[T; CHANNELS]> {
    slice.get(first..).and_then(|rest| rest.first_chunk())
}

impl LayerQuantization {
    /// Outputs of factors that [`only_shrink`] speaks of.
    #[inline(never)]
    fn shrink<A: Accumulator, T: Quantized>(
        &self,
        acc: &[A; CHANNELS],
        multipliers: &[i32; CHANNELS],
        shifts: &[i8; CHANNELS],
        output: &mut [T; CHANNELS],
    ) {
        for c in 0..CHANNELS {
            let scaled = acc[c].shrink(multipliers[c], shifts[c]);
            output[c] = T::from_clamped(self.clamp(scaled).into());
        }
    }

    /// [`Self::shrink`] with prepared factors.
    #[inline(never)]
    fn shrink_by<A: Accumulator, T: Quantized>(
        &self,
        block: &Block<A>,
        sums: &[A; CHANNELS],
        output: &mut [T; CHANNELS],
    ) {
        for c in 0..CHANNELS {
            let acc = sums[c].plus(block.bias[c]);
            let scaled = acc.shrink_by(block.multipliers[c], block.powers[c]);
            output[c] = T::from_clamped(self.clamp(scaled).into());
        }
    }

    /// With the output's zero point, clamped.
    #[inline(always)]
    fn clamp(&self, scaled: i32) -> i16 {
        let value = scaled.wrapping_add(self.output_zero_point.into());
        let value = value.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        value.max(self.min).min(self.max)
    }
}
