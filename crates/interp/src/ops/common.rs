//! What the preparation of several operators shares.

use crate::{Cause, Failed, Overlap, Overlaps, Prepare, Slack, TensorInfo};
use bantam_kernels::Load;
use bantam_kernels::number::activation::Activation;
use bantam_kernels::walk::padding::Padding;
use bantam_kernels::walk::rows::RowGeometry;
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

/// How the edges are treated.
pub(super) fn padding(
    node: &Prepare<'_, '_>,
    padding: bantam_schema::Padding,
) -> Result<Padding, Failed> {
    match padding {
        bantam_schema::Padding::SAME => Ok(Padding::Same),
        bantam_schema::Padding::VALID => Ok(Padding::Valid),
        _ => Err(node.error(Cause::Options)),
    }
}

/// The permission of an operator that is driven row by row.
pub(super) fn row_overlap(input: usize, geometry: &impl RowGeometry) -> Overlaps {
    [Some(Overlap { input, slack: Slack::of(geometry) }), None]
}

/// The permission of an operator that reads no element after it has written the one at its place.
pub(super) fn in_place(input: usize) -> Option<Overlap> {
    Some(Overlap { input, slack: Slack::default() })
}

/// The axis that a constant names: its first element, read as 32 bits whatever its type, as in TFLM.
pub(super) fn axis(info: &TensorInfo<'_>) -> Result<i32, Failed> {
    let words = info.constant_words()?;
    words.first().map(|word| word.load()).ok_or_else(|| info.error(Cause::Shape))
}
