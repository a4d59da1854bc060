//! TRANSPOSE_CONV: each pixel of the input spread over a window of the output.
//!
//! * Types: `f32`; `i8`; `i16` with an `i8` filter and an `i64` or `i16` bias
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: the operand with the output's shape is not read; a filter of integers has one scale or
//!   one for each output channel, and the zero point is taken to be 0, as are those of `i16`; a
//!   constant input of `f32` or `i16` lies aligned in memory; filter and bias may be indices of
//!   tables (`COMPRESSION_METADATA`)
//! * Conformance: float32, int16_bias16, int16_bias64, int8, int8_per_tensor

use super::convolution::{self, Options};
use super::layer::{Form, Layer};
use super::node::{WeightedBinding, WeightedNode};
use crate::ops::types::Types;
use crate::{Failed, Prepare};
use bantam_kernels::weighted::transpose_conv::TransposeConvParams;
use bantam_schema::TensorType;
use bytemuck::{Pod, Zeroable};

pub(crate) type TransposeConv<K> = WeightedNode<K, Data>;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    layer: Layer,
    params: TransposeConvParams,
}

impl WeightedBinding for Data {
    type Params = TransposeConvParams;
    const FORM: &'static Form = &Form::TRANSPOSED;

    /// The shape operand is not read: as in TFLM, the output's own shape says it all.
    fn prepare<K: Types>(node: &mut Prepare<'_, '_>) -> Result<Self, Failed> {
        let options = node.options(|op| op.transpose_conv_options())?;
        let options = Options {
            padding: options.padding,
            stride: [options.stride_h, options.stride_w],
            dilation: [1, 1],
            activation: options.fused_activation_function,
            bias_type: TensorType::INT64,
        };
        let mut data = Self::zeroed();
        let Self { layer, params } = &mut data;
        convolution::prepare::<K>(node, Self::FORM, &options, layer, params)?;
        // The first input is the shape.
        node.set_element_type(node.input(Self::FORM.positions[0])?.tensor_type());
        Ok(data)
    }

    fn parts(&self) -> (&Layer, &TransposeConvParams) {
        (&self.layer, &self.params)
    }

    fn layer_mut(&mut self) -> &mut Layer {
        &mut self.layer
    }
}
