//! What the preparation of several operators shares.

use crate::error::{Cause, PrepareError};
use crate::io::Io;
use crate::prepare::Prepare;
use crate::tensor::TensorInfo;
use crate::{EvalError, Slice};
use bantam_kernels::quant::Activation;
use bantam_kernels::{ChannelRequant, ParamsError, Requant};
use bantam_schema::ActivationFunction;
use bytemuck::{Pod, Zeroable};

/// The fused activation; as in TFLM, what kernels do not know is none.
pub(super) fn activation(function: ActivationFunction) -> Activation {
    match function {
        ActivationFunction::RELU => Activation::Relu,
        ActivationFunction::RELU_N1_TO_1 => Activation::ReluN1To1,
        ActivationFunction::RELU6 => Activation::Relu6,
        _ => Activation::None,
    }
}

/// Multiplier and shift of each output channel: 5 bytes a channel.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(super) struct ChannelData {
    multipliers: Slice<i32>,
    shifts: Slice<i8>,
}

impl ChannelData {
    /// No channels: for kernels that do not requantize.
    pub(super) const NONE: Self = Self { multipliers: Slice::EMPTY, shifts: Slice::EMPTY };

    /// `input scale · filter scale / output scale` of each channel, or one for all where the filter has one scale.
    ///
    /// Source: TFLM 90b983c2b, `lite/kernels/kernel_util.cc`, `PopulateConvolutionQuantizationParams`.
    pub(super) fn new(
        node: &mut Prepare<'_, '_>,
        input: &TensorInfo<'_>,
        filter: &TensorInfo<'_>,
        output: &TensorInfo<'_>,
        channels: usize,
    ) -> Result<Self, PrepareError> {
        let missing = || filter.error(Cause::Quantization);
        let scales = filter.tensor().quantization().ok_or_else(missing)?.scale();
        if scales.len() != 1 && scales.len() != channels {
            return Err(missing());
        }
        let (input_scale, _) = input.affine()?;
        let (output_scale, _) = output.affine()?;
        let requant = |channel: usize| {
            let scale = scales.get(channel).unwrap_or(0.0);
            Requant::from_scale(f64::from(input_scale) * f64::from(scale) / f64::from(output_scale))
        };
        for channel in 0..scales.len() {
            if requant(channel).shift > 30 {
                return Err(filter.error(ParamsError::Multiplier));
            }
        }
        let multipliers = node.persist(scales.len(), |channel| requant(channel).multiplier)?;
        let shifts = node.persist(scales.len(), |channel| requant(channel).shift as i8)?;
        Ok(Self { multipliers, shifts })
    }

    pub(super) fn load<'r>(&self, io: &Io<'r>) -> Result<ChannelRequant<'r>, EvalError> {
        Ok(ChannelRequant {
            multipliers: io.persistent(self.multipliers)?,
            shifts: io.persistent(self.shifts)?,
        })
    }
}
