//! What the preparation of several operators shares.

use bantam_kernels::quant::Activation;
use bantam_schema::ActivationFunction;

/// The fused activation; as in TFLM, what kernels do not know is none.
pub(super) fn activation(function: ActivationFunction) -> Activation {
    match function {
        ActivationFunction::RELU => Activation::Relu,
        ActivationFunction::RELU_N1_TO_1 => Activation::ReluN1To1,
        ActivationFunction::RELU6 => Activation::Relu6,
        _ => Activation::None,
    }
}
