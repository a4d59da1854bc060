//! What CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV and FULLY_CONNECTED share: their types, their
//! factors and their constants.

use super::lent;
use crate::lut::LutId;
use crate::ops::common::{activation, quantization as affine};
use crate::ops::types::Types;
use crate::prepare::Prepare;
use crate::tensor::TensorInfo;
use crate::{Cause, EvalError, Failed, Io};
use bantam_arena::Slice;
use bantam_kernels::backend::layer::LayerQuantization;
use bantam_kernels::weighted::own::Own;
use bantam_kernels::{
    ActivationRange, ChannelFactors, ChannelRequant, Packed, Quantization, Requant,
};
use bantam_schema::{ActivationFunction, TensorType};
use bytemuck::{Pod, Zeroable};
use core::ops::Range;
use core::slice::from_ref;

#[cfg(feature = "host")]
mod arrange;

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
    /// the layer.
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
    /// If they are too few, it takes `own` memory.
    pub(super) fn lend(&mut self, free: &Range<u32>, own: Own) {
        if self.lut() == LutId::NONE {
            self.flags = lent::place(free, own) << 2 | IS_LENT | self.flags & 1;
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

    /// Of a layer without tables, how much memory of its own it takes, if it is lent none. A kernel
    /// makes biases where there are none, which take more.
    #[inline(always)] // one caller
    pub(super) fn own(&self, has_bias: bool) -> Own {
        if has_bias { lent::own(self.flags >> 2) } else { Own::Largest }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_without_a_bias_take_the_largest_memory() {
        let mut layer = Layer::zeroed();
        layer.lend(&(0..0), Own::Smallest);
        let found = [true, false].map(|has_bias| layer.own(has_bias));
        assert_eq!(found, [Own::Smallest, Own::Largest]);
    }
}
