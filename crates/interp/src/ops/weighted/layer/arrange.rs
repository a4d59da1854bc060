//! What an image has of a layer: the factors of channels, and packed filters.

use super::{Form, IN_IMAGE, Layer, PACKED, factor_words};
use crate::constants::{Constants, Isa};
use crate::lut::LutId;
use bantam_kernels::{ChannelFactors, Requant};
use bantam_schema::Vector;

impl Layer {
    /// Whether the loops of the DSP extension take all factors, with any sum of the layer: those of
    /// channels have to be in the image.
    pub(in crate::ops::weighted) fn has_short_factors(&self) -> bool {
        let [input, _, bits] = self.factor;
        if self.per_channel == 0 {
            return self.one_factor().is_for_any_sum();
        }
        input == IN_IMAGE && are_short(bits as u8)
    }

    /// Whether the image has the factors of the channels.
    pub(in crate::ops::weighted) fn has_factors(&self) -> bool {
        let [input, ..] = self.factor;
        self.per_channel != 0 && input == IN_IMAGE
    }

    /// Stores the factors of the channels in an image, if each has its own. `is_depthwise` says
    /// that weights lie tap by tap, and not filter by filter; `can_pack` that the filter is one
    /// that cores with the DSP extension may have packed.
    ///
    /// A channel all of whose outputs are the zero point whatever the inputs, as those are whose
    /// weights are next to nothing, gets the factor 0: any sum may be scaled in the short way then.
    pub(in crate::ops::weighted) fn arrange(
        &mut self,
        form: &Form,
        [is_depthwise, can_pack]: [bool; 2],
        constants: &mut Constants<'_>,
    ) {
        let ([input, output, offset], channels) = (self.factor, usize::from(self.per_channel));
        let scales = Vector::<f32>::new(constants.model(), offset, self.per_channel.into());
        let Some(scales) = scales.filter(|_| channels > 0 && input != IN_IMAGE) else { return };
        let (input, output) = (f32::from_bits(input), f32::from_bits(output));
        let mut words = std::vec![0_u32; factor_words(channels)];
        let (multipliers, shifts) = words.split_at_mut(channels);
        let (shifts, mut bits): (&mut [u8], u8) = (bytemuck::cast_slice_mut(shifts), 0);
        let slots = multipliers.iter_mut().zip(shifts);
        for ((channel, scale), (multiplier, slot)) in scales.iter().enumerate().zip(slots) {
            let mut factor = Requant::from_scales(input, scale, output);
            let mut bound = self.bound(form, constants, channel);
            let sums = self.sums(form, constants, is_depthwise, channel);
            if sums.is_some_and(|sums| self.quantization().is_constant(factor, sums)) {
                (factor, bound) = (Requant::default(), 0);
            }
            let shift = ChannelFactors::shift(factor, bound);
            (*multiplier, *slot) = (factor.multiplier as u32, shift);
            bits |= shift;
        }
        let mut flags = u32::from(bits);
        if can_pack && constants.isa() == Isa::Dsp {
            flags |= self.pack(form, constants, bits, &mut words);
        }
        if let Some(stored) = constants.store(&words) {
            self.factor = [IN_IMAGE, stored.offset(), flags];
        }
    }

    /// Adds packed filters to the factors of an image: [`PACKED`], or 0 where filter, bias or
    /// factors are none for that.
    fn pack(
        &self,
        form: &Form,
        constants: &Constants<'_>,
        bits: u8,
        words: &mut std::vec::Vec<u32>,
    ) -> u32 {
        let channels = usize::from(self.per_channel);
        let inputs = form.positions.map(|position| constants.input(position));
        let ([_, Some(filter), Some(bias)], LutId::NONE) = (inputs, self.lut()) else { return 0 };
        let (biases, _) = bias.as_chunks::<4>();
        if self.is_narrow()
            || !are_short(bits)
            || filter.len() != 9 * channels
            || bias.len() != 4 * channels
        {
            return 0;
        }
        let shifts =
            words.get(channels..).map_or(&[][..], bytemuck::cast_slice::<u32, u8>).to_vec();
        let zero_point = self.quantization().input_zero_point();
        for (c, (bias, shift)) in biases.iter().zip(shifts).enumerate() {
            let weight = |tap: usize| filter.get(tap * channels + c).copied();
            let weights = core::array::from_fn(|tap| weight(tap).unwrap_or_default() as i8);
            let bias = i32::from_le_bytes(*bias);
            words.extend(ChannelFactors::pack(weights, bias, shift, zero_point));
        }
        PACKED
    }

    /// The least and the largest sum of a channel of `i8`, its bias included; `None` where that is
    /// not known, or where there may be more than 32 bits.
    fn sums(
        &self,
        form: &Form,
        constants: &Constants<'_>,
        is_depthwise: bool,
        channel: usize,
    ) -> Option<[i32; 2]> {
        let [_, filter, bias] = form.positions.map(|position| constants.input(position));
        let (filter, (biases, rest), channels) =
            (filter?, bias?.as_chunks::<4>(), usize::from(self.per_channel));
        if self.lut() != LutId::NONE
            || self.is_narrow()
            || !rest.is_empty()
            || biases.len() != channels
        {
            return None;
        }
        let taps = filter.len() / channels.max(1);
        let (first, step) = if is_depthwise { (channel, channels) } else { (taps * channel, 1) };
        let zero_point = i64::from(self.quantization().input_zero_point());
        let bias = i64::from(i32::from_le_bytes(*biases.get(channel)?));
        let mut sums = [bias; 2];
        for weight in filter.get(first..)?.iter().step_by(step).take(taps) {
            let [a, b] = [-128, 127].map(|x| (x - zero_point) * i64::from(*weight as i8));
            // A tap may lie outside the image: 0 is between the two.
            sums = [sums[0] + a.min(b), sums[1] + a.max(b)];
        }
        let [least, most] = sums.map(|sum| i32::try_from(sum).ok());
        Some([least?, most?])
    }

    /// What no sum of a channel exceeds, its bias included.
    fn bound(&self, form: &Form, constants: &Constants<'_>, channel: usize) -> u32 {
        let [_, filter, bias] = form.positions.map(|position| constants.input(position));
        let (Some(filter), Some(bias), LutId::NONE) = (filter, bias, self.lut()) else {
            return u32::MAX;
        };
        let channels = usize::from(self.per_channel).max(1);
        if bias.len() == 8 * channels {
            let bias = bias.as_chunks::<8>().0.get(channel).map_or(0, |b| i64::from_le_bytes(*b));
            let bias = u32::try_from(bias.unsigned_abs()).unwrap_or(u32::MAX);
            return wide_products(filter, channels, channel).saturating_add(bias);
        }
        // A product is below 2^15 in absolute value, and a byte may have two weights.
        let bytes = filter.len() / channels;
        let weights = if self.is_narrow() { 2 * bytes } else { bytes };
        let products = u32::try_from(weights).unwrap_or(u32::MAX).saturating_mul(1 << 15);
        let biases = bias.as_chunks::<4>().0;
        let has_words = bias.is_empty() || bias.len() == 4 * usize::from(self.per_channel);
        let bias = biases.get(channel).map_or(0, |bias| i32::from_le_bytes(*bias));
        if has_words { products.saturating_add(bias.unsigned_abs()) } else { u32::MAX }
    }
}

/// Whether shifts with these bits may all be rounded in the short way.
fn are_short(bits: u8) -> bool {
    let factors = ChannelFactors::new(&[], &[], bits);
    factors.is_ok_and(|factors| factors.are_plain_and_short() == [true; 2])
}

/// What sums of products of activations of 16 bits with the weights of a channel are at most in
/// absolute value. The weights of a channel follow each other, or lie side by side with those of
/// other channels: the larger of both counts.
fn wide_products(filter: &[u8], channels: usize, channel: usize) -> u32 {
    let depth = filter.len() / channels;
    let sum = |weights: &mut dyn Iterator<Item = &u8>| -> u32 {
        weights.map(|&weight| u32::from((weight as i8).unsigned_abs())).sum()
    };
    let following = sum(&mut filter.iter().skip(channel * depth).take(depth));
    let side_by_side = sum(&mut filter.iter().skip(channel).step_by(channels));
    following.max(side_by_side).saturating_mul(1 << 15)
}
