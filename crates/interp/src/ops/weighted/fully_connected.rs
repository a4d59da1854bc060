//! FULLY_CONNECTED: the product of each input row with a matrix.
//!
//! * Types: `f32`; `i8` with a filter of `i8` or `int4`; `i16` with an `i8` filter and an `i64` or
//!   `i32` bias
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: a filter of integers has one scale or one for each output, one of `int4` has one; a
//!   zero point is honoured only with one scale; a constant input of `f32` or `i16` lies aligned in
//!   memory; filter and bias may be indices of tables (`COMPRESSION_METADATA`)
//! * Conformance: float32, int16_bias32, int16_bias32_per_channel, int16_bias64,
//!   int16_bias64_per_channel, int8, int8_int4, int8_per_channel

use super::layer::{Form, Layer, Operands};
use super::node::{WeightedBinding, WeightedNode};
#[cfg(feature = "host")]
use crate::constants::{Constants, Folded, Isa};
#[cfg(feature = "host")]
use crate::lut::LutId;
use crate::ops::types::Types;
use crate::{Cause, Failed, Prepare, TensorInfo};
use bantam_kernels::ParamsError;
use bantam_kernels::weighted::fully_connected::FullyConnectedParams;
use bytemuck::{Pod, Zeroable};
#[cfg(feature = "host")]
use std::{vec, vec::Vec};

pub(crate) type FullyConnected<K> = WeightedNode<K, Data>;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    layer: Layer,
    params: FullyConnectedParams,
}

impl WeightedBinding for Data {
    type Params = FullyConnectedParams;
    const BORROWS: bool = false;
    const FORM: &'static Form = &Form::DENSE;

    fn prepare<K: Types>(node: &mut Prepare<'_, '_>) -> Result<Self, Failed> {
        let options = node.operator().fully_connected_options().unwrap_or_default();
        let operands = Operands::new::<K>(node, Self::FORM, options.quantized_bias_type)?;
        let (filter, output) = (operands.filter.matrix()?, operands.output.matrix()?);
        let rank = operands.filter.rank()?;
        if rank < 2 {
            return Err(operands.output.error(ParamsError::Rank { actual: rank }));
        }
        let params = FullyConnectedParams::new(operands.input.matrix()?, filter, output);
        let params = operands.output.check(params)?;
        let channels = output.columns() as usize;
        let function = options.fused_activation_function;
        let layer = Layer::new::<K>(&operands, Self::FORM, function, channels)?;
        if K::INT4_FILTERS && layer.per_channel != 0 && operands.has_int4_filter() {
            return Err(operands.filter.error(Cause::Quantization));
        }
        let params = if layer.has_one_factor(&operands) {
            check_bias_scale(&operands)?;
            let (_, zero_point) = operands.filter.affine()?;
            params.filter_zero_point(zero_point)
        } else {
            params
        };
        Ok(Self { layer, params })
    }

    fn parts(&self) -> (&Layer, &FullyConnectedParams) {
        (&self.layer, &self.params)
    }

    fn layer_mut(&mut self) -> &mut Layer {
        &mut self.layer
    }

    /// Makes the zero point of an `i8` input a part of the bias, and for the DSP extension pairs of
    /// the weights.
    #[cfg(feature = "host")]
    fn fold(&mut self, constants: &mut Constants<'_>) -> Folded {
        let [_, filter_at, bias_at] = Self::FORM.positions;
        let inputs = [constants.input(filter_at), constants.input(bias_at)];
        let ([Some(filter), Some(biases)], false, LutId::NONE) =
            (inputs, self.layer.is_narrow(), self.layer.lut())
        else {
            return Folded::new();
        };
        // What has other types has other lengths.
        let (filter, quantization) = (bytemuck::cast_slice(filter), self.layer.quantization());
        let (words, _) = biases.as_chunks();
        let folded = |unit| self.params.folded_bias(&quantization, filter, words, unit);
        let folded: Option<Vec<i32>> = (0..words.len()).map(folded).collect();
        let folded = folded.unwrap_or_default().into_iter().flat_map(i32::to_le_bytes);
        let folded: Vec<u8> = folded.collect();
        if folded.is_empty() || folded.len() != biases.len() {
            return Folded::new();
        }
        self.layer.set_quantization(quantization.without_input_zero_point());
        let mut inputs = vec![(bias_at, folded)];
        if constants.isa() == Isa::Dsp
            && self.layer.has_short_factors()
            && let Some(pairs) = self.params.pairs(filter)
        {
            inputs.push((filter_at, pairs.map(|weight| weight as u8).collect()));
            self.params = self.params.in_pairs();
            constants.bind();
        }
        inputs
    }
}

/// With one scale, TFLM wants the bias to be scaled as the sums are, to 2 % of the output's scale.
///
/// Source: TFLM 90b983c2b, `lite/kernels/kernel_util.cc`, `GetQuantizedConvolutionMultipler`.
fn check_bias_scale(operands: &Operands<'_>) -> Result<(), Failed> {
    let Operands { input, filter, bias: Some(bias), output, .. } = operands else { return Ok(()) };
    // In single precision, which takes no soft-float where there is a unit for it; what TFLM
    // accepts in double precision passes for the thousandth more.
    let scale = |info: &TensorInfo<'_>| Ok::<_, Failed>(info.affine()?.0);
    let bias_scale = bias.optional_affine()?.map_or(0.0, |(scale, _)| scale);
    let difference = (scale(input)? * scale(filter)? - bias_scale).abs();
    if difference / scale(output)? <= 0.02002 {
        Ok(())
    } else {
        Err(bias.error(Cause::Quantization))
    }
}
