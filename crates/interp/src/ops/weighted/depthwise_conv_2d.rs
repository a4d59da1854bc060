//! DEPTHWISE_CONV_2D: convolution of each channel by itself.
//!
//! * Types: `f32`; `i8`; `i16` with an `i8` filter and an `i64` or `i32` bias
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: a filter of integers has one scale or one for each output channel, and the zero point
//!   is taken to be 0, as are those of `i16`; a constant input of `f32` or `i16` lies aligned in
//!   memory
//! * Conformance: float32, int16_bias64, int8, int8_per_tensor

use super::convolution::{self, Options};
use super::layer::{Floats, Form, Kernel, Layer, Quantizes, eval};
use crate::ops::common::row_overlap;
use crate::ops::types::Types;
use crate::{Activations, EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::backend::layer::{self as kernels, FloatWeights};
use bantam_kernels::number::element::Quantized;
use bantam_kernels::weighted::depthwise_conv_2d::{DepthwiseConv2dParams, depthwise_conv_2d_f32};
use bantam_kernels::weighted::kernel::run_layer;
use bantam_kernels::{Le, LengthMismatch};
use bantam_schema::TensorType;
use bytemuck::{Pod, Zeroable};
use core::marker::PhantomData;

pub(crate) struct DepthwiseConv2d<K>(PhantomData<K>);

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    layer: Layer,
    params: DepthwiseConv2dParams,
}

impl<K: Types> Operator for DepthwiseConv2d<K> {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        let options = node.options(|op| op.depthwise_conv_2d_options())?;
        let options = Options {
            padding: options.padding,
            stride: [options.stride_h, options.stride_w],
            dilation: [options.dilation_h_factor, options.dilation_w_factor],
            activation: options.fused_activation_function,
            bias_type: TensorType::INT64,
        };
        let mut data = Data::zeroed();
        let Data { layer, params } = &mut data;
        convolution::prepare::<K>(node, &Form::CONVOLUTION, &options, layer, params)?;
        Ok(data)
    }

    fn overlaps(data: &Data, _: TensorType) -> Overlaps {
        row_overlap(Form::CONVOLUTION.input, &data.params)
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        eval::<K, _>(&data.params, &data.layer, io)
    }
}

impl Kernel for DepthwiseConv2dParams {
    const FORM: Form = Form::CONVOLUTION;
}

impl<T: Quantized> Quantizes<T> for DepthwiseConv2dParams {
    fn run(
        &self,
        layer: &kernels::Layer<'_, T>,
        activations: Activations<'_, T>,
    ) -> Result<(), LengthMismatch> {
        run_layer(self, layer, activations)
    }
}

impl Floats for DepthwiseConv2dParams {
    fn run(
        &self,
        weights: &FloatWeights<'_, Le<4>>,
        activations: Activations<'_, f32>,
    ) -> Result<(), LengthMismatch> {
        depthwise_conv_2d_f32(self, weights, activations)
    }
}
