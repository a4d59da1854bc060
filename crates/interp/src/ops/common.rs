//! What the preparation of several operators shares.

use crate::{Cause, Failed, Overlap, Overlaps, Prepare, Slack, TensorInfo};
use bantam_kernels::number::activation::Activation;
use bantam_kernels::walk::padding::Padding;
use bantam_kernels::walk::rows::RowGeometry;
use bantam_kernels::{Load, ParamsError, Quantization};
use bantam_schema::{ActivationFunction, TensorType};

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

/// The axis that a constant names: its first element, read as 32 bits whatever its type, as in
/// TFLM.
pub(super) fn axis(info: &TensorInfo<'_>) -> Result<i32, Failed> {
    let words = info.constant_words()?;
    words.first().map(|word| word.load()).ok_or_else(|| info.error(Cause::Shape))
}

/// The elements of a constant list of integers, of which there must be `len`; zeros behind them.
pub(super) fn integers<const N: usize>(
    info: &TensorInfo<'_>,
    types: &[TensorType],
    len: usize,
) -> Result<[i32; N], Failed> {
    let mut integers = [0; N];
    read_integers(info, types, len, &mut integers)?;
    Ok(integers)
}

// size: one copy for all lengths.
#[inline(never)]
fn read_integers(
    info: &TensorInfo<'_>,
    types: &[TensorType],
    len: usize,
    to: &mut [i32],
) -> Result<(), Failed> {
    info.require_type(types)?;
    if info.element_len()? != len || len > to.len() {
        return Err(info.error(Cause::Shape));
    }
    // Never 0, but only `max` makes every compilation know it.
    let width = info.tensor_type().size_bytes().unwrap_or(1).max(1) as usize;
    for (slot, bytes) in to.iter_mut().zip(info.constant()?.chunks(width)) {
        let value = bytes.iter().rev().enumerate().fold(0, |value: i64, (at, &byte)| {
            // The sign is that of the highest byte.
            if at == 0 { i64::from(byte as i8) } else { value << 8 | i64::from(byte) }
        });
        let error = |_| info.error(ParamsError::Dimension { value: i32::MAX });
        *slot = i32::try_from(value).map_err(error)?;
    }
    Ok(())
}

/// Scale and zero point of a tensor that must have them. The scale may be 0.
pub(super) fn quantization(info: &TensorInfo<'_>) -> Result<Quantization, Failed> {
    let (scale, zero_point) = info.affine()?;
    let quantization = Quantization { scale, zero_point };
    info.check(quantization.finite_scale())?;
    Ok(quantization)
}

/// Scale and zero point of a tensor, zeros where it has none.
pub(super) fn quantization_or_default(info: &TensorInfo<'_>) -> Result<Quantization, Failed> {
    let (scale, zero_point) = info.affine_or_default()?;
    Ok(Quantization { scale, zero_point })
}
