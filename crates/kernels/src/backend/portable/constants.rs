//! What turns sums into outputs, some output channels at a time: bias, factor, clamping.

use crate::backend::layer::{LayerQuantization, Scaling};
use crate::number::element::{Accumulator, Quantized};
use crate::number::requant::Requant;

/// Output channels whose sums are scaled together: a multiple of what fills the registers of the
/// target.
pub(super) const CHANNELS: usize = 8;

/// Constants of [`CHANNELS`] output channels.
///
/// TFLM rounds a sum `x` times a multiplier `m` and a right shift `e` twice: half up to 31 bits,
/// then half away from zero. One shift does both:
///
/// ```text
/// floor((x·m + 2^30 + 2^(30+e) - [x < 0]·2^31) / 2^(31+e))        e ≥ 1
/// floor((x·2^(l+1)·m + 2^31) / 2^32)                              a left shift l ≥ 0
/// ```
///
/// Nested floors merge; taking the sign of `x` for that of the first result makes a difference only
/// where the second is 0 either way. A left shift must not lose bits, which limits the sum: if the
/// layer's weights do not rule that out, the channels of this block are scaled one by one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<S> {
    bias: [S; CHANNELS],
    multipliers: [i32; CHANNELS],
    shifts: [i8; CHANNELS],
    /// The left shift as a factor.
    lefts: [i32; CHANNELS],
    /// What is added to the product of `x + 2^31` and the multiplier for `x` times it, rounded.
    offsets: [u64; CHANNELS],
    /// 2^31 where what is negative is lowered.
    signs: [u32; CHANNELS],
    /// 2^(31 - what is left to shift to the right).
    powers: [u32; CHANNELS],
    way: Way,
}

/// How a block of channels is scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// One by one: the sums have 64 bits, or factors are out of the ordinary.
    Each,
    /// All shifts are to the right.
    Right,
    /// Some shifts are to the left.
    Left,
}

impl<S: Accumulator> Block<S> {
    /// No channels: all bits are zeros, so that many blocks are quickly written.
    pub(super) const fn empty(zero: S) -> Self {
        Self {
            bias: [zero; CHANNELS],
            multipliers: [0; CHANNELS],
            shifts: [0; CHANNELS],
            lefts: [0; CHANNELS],
            offsets: [0; CHANNELS],
            signs: [0; CHANNELS],
            powers: [0; CHANNELS],
            way: Way::Each,
        }
    }

    /// Takes over the factors of the channels from `first` on.
    #[inline(never)] // one copy for all ways of going over channels
    pub(super) fn set_factors<T: Quantized<Sum = S>>(
        &mut self,
        scaling: &Scaling<'_, T>,
        first: usize,
    ) {
        let (multipliers, shifts) = scaling.factors::<CHANNELS>(first);
        self.multipliers = multipliers;
        for c in 0..CHANNELS {
            // A channel without a factor gives 0, whatever its shift.
            let shift = if multipliers[c] == 0 { -1 } else { shifts[c].clamp(-31, 30) };
            let right = (-shift).clamp(1, 31) as u32;
            let left = shift >= 0;
            let rounding = if left { 1 << 31 } else { (1 << 30) + (1_u64 << (30 + right)) };
            self.shifts[c] = shifts[c].clamp(i8::MIN.into(), i8::MAX.into()) as i8;
            self.lefts[c] = if left { 2_i32.wrapping_shl(shift as u32) } else { 1 };
            let product = u64::from(multipliers[c] as u32) << 31;
            self.offsets[c] = rounding.wrapping_sub(product);
            self.signs[c] = if left { 0 } else { 1 << 31 };
            self.powers[c] = if left { 1 << 31 } else { 1_u32.wrapping_shl(32 - right) };
        }
    }

    /// Takes over the bias of the channels from `first` on, for sums of so many products.
    pub(super) fn set_bias<T: Quantized<Sum = S>>(
        &mut self,
        scaling: &Scaling<'_, T>,
        first: usize,
        products: usize,
    ) {
        scaling.begin(first, &mut self.bias);
        let mut way = if scaling.is_narrow() { Way::Right } else { Way::Each };
        for c in 0..CHANNELS {
            let (multiplier, shift) = (self.multipliers[c], self.shifts[c]);
            if multiplier < 0 || !(-31..=29).contains(&shift) && multiplier != 0 {
                way = Way::Each;
            } else if shift >= 0 && multiplier != 0 && way != Way::Each {
                // Inputs and weights less their zero points.
                let input = 2 * (i64::from(T::MAX) + 1);
                let most = (input * 256).saturating_mul(products as i64);
                let bias: i64 = self.bias[c].into();
                let most = most.saturating_add(bias.saturating_abs());
                way = if most < 1 << (30 - shift) { Way::Left } else { Way::Each };
            }
        }
        self.way = way;
    }

    /// The outputs of these channels, as many as there is room for.
    #[inline(always)] // chooses the way; those are calls
    pub(super) fn finish<T: Quantized<Sum = S>>(
        &self,
        scaling: &Scaling<'_, T>,
        sums: &[S; CHANNELS],
        output: &mut [T],
    ) {
        match output.first_chunk_mut::<CHANNELS>() {
            Some(output) if self.way == Way::Right => {
                self.requantize::<T, false>(&scaling.quantization, sums, output);
            }
            Some(output) if self.way == Way::Left => {
                self.requantize::<T, true>(&scaling.quantization, sums, output);
            }
            _ => self.finish_each(scaling, sums, output),
        }
    }

    /// [`Self::finish`] where not all is as usual: few channels, wide sums, large factors.
    #[inline(never)] // out of the way of the usual
    fn finish_each<T: Quantized<Sum = S>>(
        &self,
        scaling: &Scaling<'_, T>,
        sums: &[S; CHANNELS],
        output: &mut [T],
    ) {
        let to_output = scaling.outputs();
        for (c, output) in output.iter_mut().take(CHANNELS).enumerate() {
            let factor = Requant { multiplier: self.multipliers[c], shift: self.shifts[c].into() };
            *output = to_output(sums[c].plus(self.bias[c]), factor);
        }
    }

    /// [`Self::finish`] in vector registers.
    #[inline(never)] // all registers are its own
    fn requantize<T: Quantized, const LEFT: bool>(
        &self,
        quantization: &LayerQuantization,
        sums: &[S; CHANNELS],
        output: &mut [T; CHANNELS],
    ) {
        for c in 0..CHANNELS {
            let sum = sums[c].plus(self.bias[c]).low();
            let sum = if LEFT { sum.wrapping_mul(self.lefts[c]) } else { sum };
            // With 2^31 added no factor is negative: vector registers multiply unsigned numbers.
            let product = u64::from(sum as u32 ^ (1 << 31)) * u64::from(self.multipliers[c] as u32);
            // The sign bit is 2^31 already.
            let lowered = u64::from(sum as u32 & if LEFT { self.signs[c] } else { 1 << 31 });
            let high = (product.wrapping_add(self.offsets[c]).wrapping_sub(lowered) >> 32) as i32;
            // A shift by a vector, as a product.
            let power = self.powers[c];
            let product = u64::from(high as u32 ^ (1 << 31)) * u64::from(power);
            let scaled = ((product >> 31) as u32).wrapping_sub(power) as i32;
            output[c] = T::from_clamped(quantization.clamp(scaled).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::layer::{Layer, QuantizedWeights};
    use crate::number::activation::ActivationRange;
    use crate::number::channel_requant::ChannelRequant;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        /// One shift rounds as the reference's two do, next to ties as well.
        #[test]
        fn outputs_are_those_of_the_reference(
            sums in prop::array::uniform8(-(1 << 29)..(1_i32 << 29)),
            bias in prop::array::uniform8(-1000..1000_i32),
            multipliers in prop::array::uniform8(prop_oneof![9 => 1 << 30..=i32::MAX, 1 => Just(0)]),
            shifts in prop::array::uniform8(prop_oneof![8 => -31..0_i8, 1 => 0..12_i8]),
            near in prop::array::uniform8(prop::option::of(-2..=2_i32)),
        ) {
            let quantization =
                LayerQuantization::new::<i16>(0, 3, ActivationRange::full::<i16>()).unwrap();
            let requant = ChannelRequant::Given { multipliers: &multipliers, shifts: &shifts };
            let weights = QuantizedWeights { filter: &[], bias: Some(&bias[..]), requant };
            let scaling = Layer::<i16>::new(&quantization, &weights).scaling;
            let mut block = Block::empty(0_i64);
            block.set_factors(&scaling, 0);
            block.set_bias(&scaling, 0, 0);
            let sums: [i64; 8] = core::array::from_fn(|c| {
                // Small enough for a left shift, or next to a tie of the second rounding.
                let small = sums[c] >> (3 + shifts[c].max(0));
                let right = i64::from(-shifts[c].min(0));
                let odd = i128::from(2 * (small % 64) + 1);
                let tie = (odd << (30 + right)) / i128::from(multipliers[c].max(1));
                let sum = match near[c] {
                    Some(near) if right > 0 && tie.abs() < 1 << 29 => tie as i64 + i64::from(near),
                    _ => small.into(),
                };
                sum - i64::from(bias[c])
            });
            let mut output = [0_i16; 8];
            block.finish(&scaling, &sums, &mut output);
            for c in 0..8 {
                let factor = Requant { multiplier: multipliers[c], shift: shifts[c].into() };
                let scaled = factor.apply(sums[c] as i32 + bias[c]);
                let want = scaled.wrapping_add(3).clamp(i16::MIN.into(), i16::MAX.into());
                prop_assert_eq!(i32::from(output[c]), want, "channel {} {:?} {}", c, block.way, sums[c]);
            }
        }
    }
}
