//! CONV_2D: convolution over height and width, grouped where the filter has fewer channels than the
//! input.
//!
//! * Types: `f32`; `i8` with a filter of `i8` or `int4`; `i16` with an `i8` filter and an `i64` or
//!   `i32` bias
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: a filter of integers has one scale or one for each output channel, and the zero point
//!   is taken to be 0, as are those of `i16`; a constant input of `f32` or `i16` lies aligned in
//!   memory; filter and bias may be indices of tables (`COMPRESSION_METADATA`)
//! * Conformance: float32, int16_bias32, int16_bias64, int8, int8_int4, int8_per_tensor

use super::convolution::{self, Options};
use super::layer::{Form, Layer};
use super::node::{WeightedBinding, WeightedNode};
use crate::ops::types::Types;
use crate::{Failed, Prepare};
use bantam_kernels::weighted::conv_2d::Conv2dParams;
use bantam_kernels::weighted::own::Needs;
use bytemuck::{Pod, Zeroable};

pub(crate) type Conv2d<K> = WeightedNode<K, Data>;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    layer: Layer,
    params: Conv2dParams,
}

impl WeightedBinding for Data {
    type Params = Conv2dParams;
    const FORM: &'static Form = &Form::CONVOLUTION;

    fn prepare<K: Types>(node: &mut Prepare<'_, '_>) -> Result<Self, Failed> {
        let options = node.options(|op| op.conv_2d_options())?;
        let options = Options {
            padding: options.padding,
            stride: [options.stride_h, options.stride_w],
            dilation: [options.dilation_h_factor, options.dilation_w_factor],
            activation: options.fused_activation_function,
            bias_type: options.quantized_bias_type,
        };
        let mut data = Self::zeroed();
        let Self { layer, params } = &mut data;
        convolution::prepare::<K>(node, Self::FORM, &options, layer, params)?;
        Ok(data)
    }

    fn parts(&self) -> (&Layer, &Conv2dParams) {
        (&self.layer, &self.params)
    }

    fn layer_mut(&mut self) -> &mut Layer {
        &mut self.layer
    }

    fn needs(&self) -> Option<Needs> {
        Some(self.params.needs())
    }
}
