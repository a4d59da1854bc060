//! What CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED share: their types, their factors and their constants.

use super::common::activation;
use crate::prepare::Prepare;
use crate::tensor::TensorInfo;
use crate::{Activations, Cause, EvalError, Io, PrepareError, Slot};
use bantam_kernels::accumulate::{Accumulator, LayerQuantization, QuantizedWeights};
use bantam_kernels::element::Quantized;
use bantam_kernels::padding::Padding;
use bantam_kernels::quant::Activation;
use bantam_kernels::window::WindowOptions;
use bantam_kernels::{
    ActivationRange, ChannelRequant, ChannelScales, Le, LengthMismatch, Load, ParamsError, Requant,
};
use bantam_schema::{ActivationFunction, TensorType, Vector};
use bytemuck::{Pod, Zeroable};

pub(super) const INPUT: usize = 0;
const FILTER: usize = 1;
const BIAS: usize = 2;
const OUTPUT: usize = 0;

/// The combinations of types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Everything `f32`.
    F32,
    /// `i8` activations and weights, `i32` bias.
    I8,
    /// `i16` activations, `i8` weights, `i64` bias and sums.
    I16Acc64,
    /// `i16` activations, `i8` weights, `i32` bias and sums.
    I16Acc32,
}

/// The tensors of a weighted node, of a combination of types that there is.
#[derive(Debug)]
pub(super) struct Operands<'a> {
    pub(super) kind: Kind,
    pub(super) input: TensorInfo<'a>,
    pub(super) filter: TensorInfo<'a>,
    pub(super) bias: Option<TensorInfo<'a>>,
    pub(super) output: TensorInfo<'a>,
}

impl<'a> Operands<'a> {
    /// Finds the operands and checks their types. `bias_type` is what the options call for where there is no bias.
    pub(super) fn new(node: &Prepare<'_, 'a>, bias_type: TensorType) -> Result<Self, PrepareError> {
        node.expect_operands(2..=3, 1)?;
        let (input, filter, output) =
            (node.input(INPUT)?, node.input(FILTER)?, node.output(OUTPUT)?);
        let bias = node.optional_input(BIAS)?;
        input.expect_aligned()?;
        output.expect_type(&[input.tensor_type()])?;
        let bias_type = bias.map_or(bias_type, |b| b.tensor_type());
        let (kind, filter_type, expected_bias) = match input.tensor_type() {
            TensorType::FLOAT32 => (Kind::F32, TensorType::FLOAT32, TensorType::FLOAT32),
            TensorType::INT8 => (Kind::I8, TensorType::INT8, TensorType::INT32),
            TensorType::INT16 if bias_type == TensorType::INT32 => {
                (Kind::I16Acc32, TensorType::INT8, TensorType::INT32)
            }
            TensorType::INT16 => (Kind::I16Acc64, TensorType::INT8, TensorType::INT64),
            other => return Err(input.error(Cause::TensorType(other))),
        };
        filter.expect_type(&[filter_type])?;
        if let Some(bias) = bias {
            bias.expect_type(&[expected_bias])?;
        }
        Ok(Self { kind, input, filter, bias, output })
    }
}

/// How the factor of each channel comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Factor {
    /// All in double precision: convolutions, and FULLY_CONNECTED with several scales.
    Double,
    /// The product of the scales in single precision, then double: FULLY_CONNECTED with one scale.
    SingleProduct,
}

/// What a weighted node keeps besides its geometry: 24 bytes.
///
/// Where the filter has a scale for each channel, the factors are computed from them whenever they are needed, which takes no memory: see
/// [`ChannelScales`].
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Layer {
    /// A [`LayerQuantization`], or the two bounds of a float range.
    clamp: [u32; 2],
    /// Multiplier and shift; or scales of input and output, and the offset of the filter's scales in the model.
    factor: [u32; 3],
    kind: u16,
    /// Scales of the filter, if there is one for each channel.
    per_channel: u16,
}

impl Layer {
    /// Source: TFLM 90b983c2b, `lite/kernels/kernel_util.cc`, `PopulateConvolutionQuantizationParams` and
    /// `GetQuantizedConvolutionMultipler`.
    pub(super) fn new(
        operands: &Operands<'_>,
        function: ActivationFunction,
        channels: usize,
        factor: Factor,
    ) -> Result<Self, PrepareError> {
        let kind = operands.kind;
        if let Some(bias) = operands.bias
            && bias.element_len()? != channels
        {
            return Err(bias.error(Cause::Shape));
        }
        let mut layer = Self { clamp: [0; 2], factor: [0; 3], kind: kind as u16, per_channel: 0 };
        if kind == Kind::F32 {
            let (min, max) = activation(function).range_f32();
            layer.clamp = [min.to_bits(), max.to_bits()];
            return Ok(layer);
        }

        let (input, filter, output) = (&operands.input, &operands.filter, &operands.output);
        let (input_scale, input_zero_point) = input.affine()?;
        let (output_scale, output_zero_point) = output.affine()?;
        let quantize = if kind == Kind::I8 { quantization::<i8> } else { quantization::<i16> };
        let quantization =
            quantize(activation(function), (output_scale, output_zero_point), input_zero_point)
                .map_err(|e| output.error(e))?;
        layer.clamp = bytemuck::cast(quantization);

        let scales = filter.tensor().quantization().map(|q| q.scale());
        let scales = scales.ok_or(filter.error(Cause::Quantization))?;
        let usable = |scale: f32| scale.is_normal() && scale > 0.0;
        if !scales.iter().chain([input_scale, output_scale]).all(usable) {
            return Err(filter.error(ParamsError::Scale));
        }
        if scales.len() == 1 {
            let scale = scales.get(0).unwrap_or(0.0);
            let factor = match factor {
                Factor::Double => Requant::from_scales(input_scale, scale, output_scale),
                Factor::SingleProduct => {
                    Requant::from_scale(f64::from(input_scale * scale) / f64::from(output_scale))
                }
            };
            layer.factor = [factor.multiplier as u32, factor.shift as u32, 0];
            return in_range(factor).then_some(layer).ok_or(filter.error(ParamsError::Multiplier));
        }

        if scales.len() != channels {
            return Err(filter.error(Cause::Quantization));
        }
        let factors = |scale| Requant::from_scales(input_scale, scale, output_scale);
        if !scales.iter().map(factors).all(in_range) {
            return Err(filter.error(ParamsError::Multiplier));
        }
        layer.factor = [input_scale.to_bits(), output_scale.to_bits(), scales.offset()];
        layer.per_channel = u16::try_from(channels).map_err(|_| filter.error(Cause::TooLarge))?;
        Ok(layer)
    }

    fn kind(&self) -> Kind {
        const KINDS: [Kind; 4] = [Kind::F32, Kind::I8, Kind::I16Acc64, Kind::I16Acc32];
        let known = KINDS.into_iter().find(|&kind| kind as u16 == self.kind);
        known.unwrap_or(Kind::F32)
    }

    /// The range of a float output.
    fn range_f32(&self) -> (f32, f32) {
        let [min, max] = self.clamp.map(f32::from_bits);
        (min, max)
    }

    /// Zero points and range of a quantized layer.
    fn quantization(&self) -> LayerQuantization {
        bytemuck::cast(self.clamp)
    }

    /// The factors of all channels, if each has its own.
    fn scales<'a>(&self, model: &'a [u8]) -> Result<Option<ChannelScales<'a>>, EvalError> {
        let [input, output, offset] = self.factor;
        if self.per_channel == 0 {
            return Ok(None);
        }
        let scales = Vector::<f32>::new(model, offset, self.per_channel.into());
        let filter = scales.and_then(|s| bytemuck::try_cast_slice(s.as_le_bytes()).ok());
        let filter = filter.ok_or(EvalError::Memory)?;
        Ok(Some(ChannelScales::new(f32::from_bits(input), filter, f32::from_bits(output))))
    }
}

/// Whether the kernels' shifts are within 32 bits.
fn in_range(factor: Requant) -> bool {
    factor.shift <= 30
}

fn quantization<T: Quantized>(
    activation: Activation,
    (output_scale, output_zero_point): (f32, i32),
    input_zero_point: i32,
) -> Result<LayerQuantization, ParamsError> {
    let range = ActivationRange::new::<T>(activation, output_scale, output_zero_point)?;
    LayerQuantization::new::<T>(input_zero_point, output_zero_point, range)
}

/// A kernel with weights: what its types have in common.
pub(super) trait Kernel {
    /// Runs it on quantized activations `T`, with sums in `A`.
    fn quantized<A: Accumulator, T: Quantized, B: Load<A>>(
        &self,
        quantization: &LayerQuantization,
        weights: &QuantizedWeights<'_, B>,
        activations: Activations<'_, T>,
    ) -> Result<(), LengthMismatch>;

    /// Runs it on floats, clamping to `range`.
    fn float(
        &self,
        range: (f32, f32),
        filter: &[Le<4>],
        bias: Option<&[Le<4>]>,
        activations: Activations<'_, f32>,
    ) -> Result<(), LengthMismatch>;
}

/// Runs a prepared node.
pub(super) fn eval<K: Kernel>(kernel: &K, layer: &Layer, io: &mut Io<'_>) -> Result<(), EvalError> {
    match layer.kind() {
        Kind::F32 => {
            let (activations, _, reader) = io.activations(INPUT, [Slot::Output(OUTPUT)])?;
            let (filter, bias) = (reader.input(FILTER)?, reader.optional(BIAS)?);
            Ok(kernel.float(layer.range_f32(), filter, bias, activations)?)
        }
        Kind::I8 => eval_quantized::<K, i32, i8, Le<4>>(kernel, layer, io),
        Kind::I16Acc64 => eval_quantized::<K, i64, i16, Le<8>>(kernel, layer, io),
        Kind::I16Acc32 => eval_quantized::<K, i32, i16, Le<4>>(kernel, layer, io),
    }
}

fn eval_quantized<K, A, T, B>(kernel: &K, layer: &Layer, io: &mut Io<'_>) -> Result<(), EvalError>
where
    K: Kernel,
    A: Accumulator,
    T: Quantized + Pod,
    B: Load<A> + Pod,
{
    let [multiplier, shift, _] = layer.factor;
    let (multiplier, shift) = ([multiplier as i32], [shift as i32 as i8]);
    let requant = match layer.scales(io.model())? {
        Some(scales) => ChannelRequant::Scales(scales),
        None => ChannelRequant::Given { multipliers: &multiplier, shifts: &shift },
    };
    let (activations, _, reader) = io.activations(INPUT, [Slot::Output(OUTPUT)])?;
    let (filter, bias) = (reader.input(FILTER)?, reader.optional::<B>(BIAS)?);
    let weights = QuantizedWeights { filter, bias, requant };
    Ok(kernel.quantized::<A, T, B>(&layer.quantization(), &weights, activations)?)
}

/// The window of a convolution, as its options have it.
pub(super) fn window(
    padding: bantam_schema::Padding,
    stride: [i32; 2],
    dilation: [i32; 2],
) -> Result<WindowOptions, PrepareError> {
    let padding = match padding {
        bantam_schema::Padding::SAME => Padding::Same,
        bantam_schema::Padding::VALID => Padding::Valid,
        _ => return Err(Cause::Options.into()),
    };
    Ok(WindowOptions { padding, stride, dilation })
}
