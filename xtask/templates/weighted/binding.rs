//! {NAME}: {SUMMARY}
//!
//! * Types: `f32`; `i8`; `i16` with an `i8` filter and an `i64` or `i32` bias
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: a filter of integers has one scale or one for each output channel, and the zero point
//!   is taken to be 0, as are those of `i16`; an input of `f32` or `i16` is not a constant
//! * Conformance: float32, int16_bias64, int8, int8_per_tensor

use super::convolution::{self, Options};
use super::layer::{Form, Layer};
use super::node::{WeightedBinding, WeightedNode};
use crate::ops::types::Types;
use crate::{Failed, Prepare};
use bantam_kernels::weighted::{snake}::{Camel}Params;
use bytemuck::{Pod, Zeroable};

pub(crate) type {Camel}<K> = WeightedNode<K, Data>;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    layer: Layer,
    params: {Camel}Params,
}

impl WeightedBinding for Data {
    type Params = {Camel}Params;
    const FORM: &'static Form = &Form::CONVOLUTION;

    fn prepare<K: Types>(node: &mut Prepare<'_, '_>) -> Result<Self, Failed> {
        // What the model states goes here.
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

    fn parts(&self) -> (&Layer, &{Camel}Params) {
        (&self.layer, &self.params)
    }

    fn layer_mut(&mut self) -> &mut Layer {
        &mut self.layer
    }
}
