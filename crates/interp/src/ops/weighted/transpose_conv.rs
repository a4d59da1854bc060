//! TRANSPOSE_CONV: each pixel of the input spread over a window of the output.
//!
//! * Types: `f32`; `i8`; `i16` with an `i8` filter and an `i64` or `i16` bias
//! * Activations: RELU, RELU_N1_TO_1, RELU6
//! * Limits: the operand with the output's shape is not read; a filter of integers has one scale or
//!   one for each output channel, and the zero point is taken to be 0, as are those of `i16`; a
//!   constant input of `f32` or `i16` lies aligned in memory
//! * Conformance: float32, int16_bias16, int16_bias64, int8, int8_per_tensor

use super::convolution::{self, Options};
use super::layer::{Floats, Form, Kernel, Layer, Quantizes, eval};
use crate::ops::common::row_overlap;
use crate::ops::types::Types;
use crate::{Activations, EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::backend::layer::{self as kernels, FloatWeights};
use bantam_kernels::number::element::Quantized;
use bantam_kernels::weighted::kernel::run_layer;
use bantam_kernels::weighted::transpose_conv::{TransposeConvParams, transpose_conv_f32};
use bantam_kernels::{Le, LengthMismatch};
use bantam_schema::TensorType;
use bytemuck::{Pod, Zeroable};
use core::marker::PhantomData;

pub(crate) struct TransposeConv<K>(PhantomData<K>);

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    layer: Layer,
    params: TransposeConvParams,
}

impl<K: Types> Operator for TransposeConv<K> {
    type Data = Data;

    /// The shape operand is not read: as in TFLM, the output's own shape says it all.
    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        let options = node.options(|op| op.transpose_conv_options())?;
        let options = Options {
            padding: options.padding,
            stride: [options.stride_h, options.stride_w],
            dilation: [1, 1],
            activation: options.fused_activation_function,
            bias_type: TensorType::INT64,
        };
        let mut data = Data::zeroed();
        let Data { layer, params } = &mut data;
        convolution::prepare::<K>(node, &Form::TRANSPOSED, &options, layer, params)?;
        // The first input is the shape.
        node.set_element_type(node.input(Form::TRANSPOSED.input)?.tensor_type());
        Ok(data)
    }

    fn overlaps(data: &Data, _: TensorType) -> Overlaps {
        row_overlap(Form::TRANSPOSED.input, &data.params)
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        eval::<K, _>(&data.params, &data.layer, io)
    }
}

impl Kernel for TransposeConvParams {
    const FORM: Form = Form::TRANSPOSED;
}

impl<T: Quantized> Quantizes<T> for TransposeConvParams {
    fn run(
        &self,
        layer: &kernels::Layer<'_, T>,
        activations: Activations<'_, T>,
    ) -> Result<(), LengthMismatch> {
        run_layer(self, layer, activations)
    }
}

impl Floats for TransposeConvParams {
    fn run(
        &self,
        weights: &FloatWeights<'_, Le<4>>,
        activations: Activations<'_, f32>,
    ) -> Result<(), LengthMismatch> {
        transpose_conv_f32(self, weights, activations)
    }
}
