//! What CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV and FULLY_CONNECTED share: their types, their
//! factors and their constants.

use super::lent;
#[cfg(feature = "host")]
use crate::constants::{Constants, Isa};
use crate::lut::LutId;
use crate::ops::common::{activation, quantization as affine};
use crate::ops::types::Types;
use crate::prepare::Prepare;
use crate::tensor::TensorInfo;
use crate::{Cause, EvalError, Failed, Io};
use bantam_arena::Slice;
use bantam_kernels::backend::layer::LayerQuantization;
use bantam_kernels::{
    ActivationRange, ChannelFactors, ChannelRequant, Packed, Quantization, Requant,
};
#[cfg(feature = "host")]
use bantam_schema::Vector;
use bantam_schema::{ActivationFunction, TensorType};
use bytemuck::{Pod, Zeroable};
use core::ops::Range;
use core::slice::from_ref;

const OUTPUT: usize = 0;

/// In what the operators differ besides their kernels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// Positions of input, filter and bias.
    pub(super) positions: [usize; 3],
    /// The narrower bias that `i16` activations may have.
    pub(super) narrow_bias: Kind,
    /// Whether the filter of `i8` activations may be of 4 bits.
    pub(super) int4_filter: bool,
    /// Whether zero points of `i16` activations are honoured.
    i16_zero_points: bool,
}

impl Form {
    /// CONV_2D and DEPTHWISE_CONV_2D.
    pub(crate) const CONVOLUTION: Self = Self {
        positions: [0, 1, 2],
        narrow_bias: Kind::I16Acc32,
        int4_filter: true,
        i16_zero_points: false,
    };
    /// FULLY_CONNECTED.
    pub(crate) const DENSE: Self = Self { i16_zero_points: true, ..Self::CONVOLUTION };
    /// TRANSPOSE_CONV, whose first operand is the shape of its output.
    pub(crate) const TRANSPOSED: Self = Self {
        positions: [2, 1, 3],
        narrow_bias: Kind::I16Bias16,
        int4_filter: false,
        ..Self::CONVOLUTION
    };
}

/// The combinations of types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Everything `f32`.
    F32,
    /// `i8` activations and weights, `i32` bias.
    I8,
    /// `i8` activations, weights of 4 bits, `i32` bias.
    I8Int4,
    /// `i16` activations, `i8` weights, `i64` bias and sums.
    I16Acc64,
    /// `i16` activations, `i8` weights, `i32` bias and sums.
    I16Acc32,
    /// `i16` activations, `i8` weights, `i16` bias, `i64` sums.
    I16Bias16,
}

impl Kind {
    /// The combination of a node of this form, with activations of this type.
    #[inline(always)] // a constant where there is one type
    pub(super) fn of<K: Types>(activations: TensorType, is_narrow: bool, form: &Form) -> Self {
        match activations {
            TensorType::FLOAT32 => Self::F32,
            TensorType::INT8 if K::INT4_FILTERS && form.int4_filter && is_narrow => Self::I8Int4,
            TensorType::INT8 => Self::I8,
            _ if is_narrow => form.narrow_bias,
            _ => Self::I16Acc64,
        }
    }

    fn filter_type(self) -> TensorType {
        match self {
            Self::F32 => TensorType::FLOAT32,
            Self::I8Int4 => TensorType::INT4,
            _ => TensorType::INT8,
        }
    }

    fn bias_type(self) -> TensorType {
        match self {
            Self::F32 => TensorType::FLOAT32,
            Self::I8 | Self::I8Int4 | Self::I16Acc32 => TensorType::INT32,
            Self::I16Acc64 => TensorType::INT64,
            Self::I16Bias16 => TensorType::INT16,
        }
    }
}

/// The tensors of a weighted node, of a combination of types that there is.
#[derive(Debug)]
pub(crate) struct Operands<'a> {
    kind: Kind,
    pub(crate) input: TensorInfo<'a>,
    pub(crate) filter: TensorInfo<'a>,
    pub(crate) bias: Option<TensorInfo<'a>>,
    pub(crate) output: TensorInfo<'a>,
}

impl<'a> Operands<'a> {
    /// Finds the operands and checks their types. `bias_type` is what the options call for where
    /// there is no bias.
    pub(crate) fn new<K: Types>(
        node: &Prepare<'a, '_>,
        form: &Form,
        bias_type: TensorType,
    ) -> Result<Self, Failed> {
        let [input, filter, bias] = form.positions;
        node.require_operands(bias..=bias + 1, 1)?;
        let (input, filter, output) =
            (node.input(input)?, node.input(filter)?, node.output(OUTPUT)?);
        let bias = node.optional_input(bias)?;
        input.require_aligned()?;
        output.require_type_of(&input)?;
        let bias_type = bias.map_or(bias_type, |b| b.tensor_type());
        let kind = match K::of(&input)? {
            TensorType::FLOAT32 => Kind::F32,
            TensorType::INT8
                if K::INT4_FILTERS
                    && form.int4_filter
                    && filter.tensor_type() == TensorType::INT4 =>
            {
                Kind::I8Int4
            }
            TensorType::INT8 => Kind::I8,
            TensorType::INT16 if bias_type == form.narrow_bias.bias_type() => form.narrow_bias,
            TensorType::INT16 => Kind::I16Acc64,
            other => return Err(input.error(Cause::TensorType(other))),
        };
        filter.require(kind.filter_type())?;
        if let Some(bias) = bias {
            bias.require(kind.bias_type())?;
        }
        Ok(Self { kind, input, filter, bias, output })
    }

    /// Whether the weights are of 4 bits.
    pub(super) fn has_int4_filter(&self) -> bool {
        self.kind == Kind::I8Int4
    }
}

/// What a weighted node keeps besides its geometry: 24 bytes.
///
/// Where the filter has a scale for each channel, the factors are computed from them whenever they
/// are needed, which takes no memory: see [`ChannelScales`](bantam_kernels::ChannelScales). An
/// image has the factors.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Layer {
    /// A [`LayerQuantization`], or the two bounds of a float range.
    clamp: [u32; 2],
    /// Multiplier and shift; or scales of input and output, and the offset of the filter's scales
    /// in the model; or [`IN_IMAGE`], where the image has the factors, and the bits of all shifts,
    /// with [`PACKED`] if packed filters follow.
    factor: [u32; 3],
    /// The lowest bit is 1 if `i16` activations have the [narrower bias](Form::narrow_bias), or
    /// `i8` ones a filter of 4 bits. The second is 0 if the others are the [`LutId`] of a filter
    /// that is read as indices of tables, and 1 if they say what memory is [lent](super::lent) to
    /// the layer; if they are then 0, it takes few words of its own.
    flags: u16,
    /// Scales of the filter, if there is one for each channel.
    pub(super) per_channel: u16,
}

impl Layer {
    /// Source: TFLM 90b983c2b, `lite/kernels/kernel_util.cc`,
    /// `PopulateConvolutionQuantizationParams`. The scales of FULLY_CONNECTED are combined in
    /// double precision, too: so do current builds of TFLM, while
    /// `GetQuantizedConvolutionMultipler` at 90b983c2b multiplies one scale of the filter in single
    /// precision.
    pub(crate) fn new<K: Types>(
        operands: &Operands<'_>,
        form: &Form,
        function: ActivationFunction,
        channels: usize,
    ) -> Result<Self, Failed> {
        let is_narrow = operands.kind as u16 == form.narrow_bias as u16
            || K::INT4_FILTERS && operands.has_int4_filter();
        let kind = Kind::of::<K>(K::known(operands.input.tensor_type()), is_narrow, form);
        if let Some(bias) = operands.bias
            && bias.element_len()? != channels
        {
            return Err(bias.error(Cause::Shape));
        }
        let flags = is_narrow.into();
        let mut layer = Self { clamp: [0; 2], factor: [0; 3], flags, per_channel: 0 };
        if kind == Kind::F32 {
            let (min, max) = activation(function).range_f32();
            layer.clamp = [min.to_bits(), max.to_bits()];
            return Ok(layer);
        }

        let (input, filter, output) = (&operands.input, &operands.filter, &operands.output);
        let Quantization { scale: input_scale, zero_point: input_zero_point } = affine(input)?;
        let Quantization { scale: output_scale, zero_point: output_zero_point } = affine(output)?;
        let is_i8 = matches!(kind, Kind::I8 | Kind::I8Int4);
        let range = if is_i8 { ActivationRange::new::<i8> } else { ActivationRange::new::<i16> };
        let range = range(activation(function), output_scale, output_zero_point);
        let range = output.check(range)?;
        let quantization = if is_i8 {
            LayerQuantization::new::<i8>(input_zero_point, output_zero_point, range)
        } else if form.i16_zero_points {
            LayerQuantization::new::<i16>(input_zero_point, output_zero_point, range)
        } else {
            // As in TFLM they have a say in the range only.
            LayerQuantization::new::<i16>(0, 0, range)
        };
        layer.clamp = bytemuck::cast(output.check(quantization)?);

        let quantization = filter.tensor().quantization();
        let quantization = quantization.ok_or_else(|| filter.error(Cause::Quantization))?;
        let scales = quantization.scale();
        filter.charge(scales.len())?;
        for scale in scales {
            filter.check(Quantization { scale, zero_point: 0 }.finite_scale())?;
        }
        if let (1, Some(scale)) = (scales.len(), scales.get(0)) {
            let factor = Requant::from_scales(input_scale, scale, output_scale);
            layer.factor = [factor.multiplier as u32, factor.shift as u32, 0];
            return Ok(layer);
        }
        if scales.len() != channels {
            return Err(filter.error(Cause::Quantization));
        }
        let offset = quantization.scale_offset();
        layer.factor = [input_scale.to_bits(), output_scale.to_bits(), offset];
        layer.per_channel = filter.check(u16::try_from(channels).map_err(|_| Cause::TooLarge))?;
        Ok(layer)
    }

    /// Whether `i16` activations have the narrower bias, or `i8` ones a filter of 4 bits.
    pub(super) fn is_narrow(&self) -> bool {
        self.flags & 1 != 0
    }

    /// What the filter is looked up with, if it is indices of tables.
    pub(super) fn lut(&self) -> LutId {
        if self.flags & IS_LENT == 0 { LutId::from_bits(self.flags >> 2) } else { LutId::NONE }
    }

    /// Sets what the filter is looked up with.
    pub(super) fn set_lut(&mut self, lut: LutId) {
        self.flags = lut.bits() << 2 | self.flags & 1;
    }

    /// Lends memory to the layer: the bytes of the overlay above all that is needed while it runs.
    /// If there are none, `takes_few` says whether it takes few words of its own.
    pub(super) fn lend(&mut self, free: &Range<u32>, takes_few: bool) {
        let place = lent::place(free);
        if self.lut() == LutId::NONE {
            let is_lent = if takes_few || place != 0 { IS_LENT } else { 0 };
            self.flags = place << 2 | is_lent | self.flags & 1;
        }
    }

    /// The range of a float output.
    pub(super) fn range_f32(&self) -> (f32, f32) {
        let [min, max] = self.clamp.map(f32::from_bits);
        (min, max)
    }

    /// Zero points and range of a quantized layer.
    pub(super) fn quantization(&self) -> LayerQuantization {
        bytemuck::cast(self.clamp)
    }

    /// Changes zero points and range of a quantized layer.
    #[cfg(feature = "host")]
    pub(super) fn set_quantization(&mut self, quantization: LayerQuantization) {
        self.clamp = bytemuck::cast(quantization);
    }

    /// Whether it is quantized, and its channels have one factor.
    pub(super) fn has_one_factor(&self, operands: &Operands<'_>) -> bool {
        self.per_channel == 0 && operands.kind != Kind::F32
    }

    /// The factor of all channels, unless each has its own: where it lies.
    #[inline(always)] // five stores
    pub(super) fn one_factor(&self) -> ChannelRequant<'_> {
        let [multiplier, shift, _] = &self.factor;
        let lowest = if cfg!(target_endian = "big") { 3 } else { 0 };
        let shifts = bytemuck::cast_slice(from_ref(shift)).get(lowest..=lowest);
        ChannelRequant::Given {
            multipliers: bytemuck::cast_slice(from_ref(multiplier)),
            shifts: shifts.unwrap_or_default(),
        }
    }

    /// Of a layer without tables, where in the overlay the bytes begin that are lent to it: behind
    /// its end if there are none.
    #[inline(always)] // one caller
    pub(super) fn lent(&self) -> usize {
        lent::begin(self.flags >> 2)
    }

    /// Whether few words of memory suffice for a layer that is lent none: an image says so.
    #[inline(always)] // one caller
    pub(super) fn takes_few_words(&self) -> bool {
        self.flags & IS_LENT != 0
    }

    /// Makes `requant` the factors of all channels, each of which has its own.
    #[inline(never)] // stack: what it takes is given back before the kernel runs
    pub(super) fn factors<'r>(
        &self,
        io: &Io<'r>,
        requant: &mut ChannelRequant<'r>,
    ) -> Result<(), EvalError> {
        let ([input, output, offset], channels) = (self.factor, usize::from(self.per_channel));
        if input == IN_IMAGE {
            let words = factor_words(channels);
            let packed = if offset & PACKED == 0 { 0 } else { PACKED_WORDS * channels };
            let all = io.persistent(Slice::<u32>::new(output, (words + packed) as u32))?;
            let (factors, packed) = all.split_at_checked(words).ok_or(EvalError::Record)?;
            let (multipliers, shifts) =
                factors.split_at_checked(channels).ok_or(EvalError::Record)?;
            let shifts = bytemuck::cast_slice(shifts).get(..channels).ok_or(EvalError::Record)?;
            // The third word has the bits of all shifts.
            let factors =
                ChannelFactors::new(bytemuck::cast_slice(multipliers), shifts, offset as u8)?;
            let (packed, _) = packed.as_chunks();
            *requant = ChannelRequant::Factors(factors.with_packed(packed));
            return Ok(());
        }
        let make = io.scales.ok_or(EvalError::Record)?;
        let scales = make(io.model(), self.factor, self.per_channel.into());
        *requant = ChannelRequant::Scales(scales.ok_or(EvalError::Record)?);
        Ok(())
    }

    /// Whether the loops of the DSP extension take all factors, with any sum of the layer: those of
    /// channels have to be in the image.
    #[cfg(feature = "host")]
    pub(super) fn has_short_factors(&self) -> bool {
        let [input, _, bits] = self.factor;
        if self.per_channel == 0 {
            return self.one_factor().is_for_any_sum();
        }
        input == IN_IMAGE && are_short(bits as u8)
    }

    /// Stores the factors of the channels in an image, if each has its own. `is_depthwise` says
    /// that weights lie tap by tap, and not filter by filter; `can_pack` that the filter is one
    /// that cores with the DSP extension may have packed.
    ///
    /// A channel all of whose outputs are the zero point whatever the inputs, as those are whose
    /// weights are next to nothing, gets the factor 0: any sum may be scaled in the short way then.
    #[cfg(feature = "host")]
    pub(super) fn arrange(
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
    #[cfg(feature = "host")]
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
    #[cfg(feature = "host")]
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
    #[cfg(feature = "host")]
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
#[cfg(feature = "host")]
fn are_short(bits: u8) -> bool {
    let factors = ChannelFactors::new(&[], &[], bits);
    factors.is_ok_and(|factors| factors.are_plain_and_short() == [true; 2])
}

/// What sums of products of activations of 16 bits with the weights of a channel are at most in
/// absolute value. The weights of a channel follow each other, or lie side by side with those of
/// other channels: the larger of both counts.
#[cfg(feature = "host")]
fn wide_products(filter: &[u8], channels: usize, channel: usize) -> u32 {
    let depth = filter.len() / channels;
    let sum = |weights: &mut dyn Iterator<Item = &u8>| -> u32 {
        weights.map(|&weight| u32::from((weight as i8).unsigned_abs())).sum()
    };
    let following = sum(&mut filter.iter().skip(channel * depth).take(depth));
    let side_by_side = sum(&mut filter.iter().skip(channel).step_by(channels));
    following.max(side_by_side).saturating_mul(1 << 15)
}

/// Of a layer's flags: memory is lent to it.
const IS_LENT: u16 = 0b10;

/// The flag of packed filters, beside the bits of all shifts.
const PACKED: u32 = 1 << 8;

/// Words of a packed filter.
const PACKED_WORDS: usize = size_of::<Packed>() / 4;

/// Words of the factors of so many channels: a multiplier each, and a byte for each shift.
fn factor_words(channels: usize) -> usize {
    channels + channels.div_ceil(4)
}

/// Instead of the bits of an input's scale: the image has the factors. These bits are no number.
const IN_IMAGE: u32 = u32::MAX;
