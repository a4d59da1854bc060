//! What layers with a state check of their tensors.

use crate::{Cause, Failed, Prepare, TensorInfo};
use bantam_kernels::{ParamsError, Quantization};

/// The dimensions of a tensor that has `N` of them.
pub(super) fn dims<const N: usize>(info: &TensorInfo<'_>) -> Result<[u32; N], Failed> {
    let shape = info.shape()?;
    let dims = shape.dims().try_into();
    dims.map_err(|_| info.error(ParamsError::Rank { actual: shape.rank() }))
}

/// `Ok` if the tensor has these dimensions.
pub(super) fn require_dims<const N: usize>(
    info: &TensorInfo<'_>,
    wanted: [u32; N],
) -> Result<(), Failed> {
    if dims(info)? == wanted { Ok(()) } else { Err(info.error(Cause::Shape)) }
}

/// `Ok` if the tensor keeps its value from one inference to the next.
pub(super) fn require_variable(info: &TensorInfo<'_>) -> Result<(), Failed> {
    if info.tensor().is_variable() && !info.is_constant() {
        Ok(())
    } else {
        Err(info.error(Cause::Unsupported("a state that is not a variable tensor")))
    }
}

/// `Ok` if no intermediate tensor takes memory: they are only there for quantization.
pub(super) fn refuse_intermediates(node: &Prepare<'_, '_>) -> Result<(), Failed> {
    for info in node.intermediates() {
        let info = info?;
        if info.bytes()? != 0 {
            return Err(info.error(Cause::Intermediates));
        }
    }
    Ok(())
}

/// The scale of weights, which have one for all and a zero point of 0.
pub(super) fn weight_scale(info: &TensorInfo<'_>) -> Result<f32, Failed> {
    let (scale, zero_point) = info.affine()?;
    let quantization = info.tensor().quantization();
    if quantization.is_some_and(|quantization| quantization.scale().len() > 1) {
        return Err(info.error(Cause::Quantization));
    }
    info.check(Quantization { scale, zero_point }.with_zero_point(0))
}
