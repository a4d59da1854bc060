//! What pools ask of quantizations.

use crate::error::ParamsError;

/// Checks that pooling need not rescale: scales within `1e-6` of each other, and the same zero
/// point.
///
/// # Errors
///
/// [`ParamsError::Quantization`] if they differ.
pub fn check_same_quantization(input: (f32, i32), output: (f32, i32)) -> Result<(), ParamsError> {
    if libm::fabsf(input.0 - output.0) <= 1.0e-6 && input.1 == output.1 {
        Ok(())
    } else {
        Err(ParamsError::Quantization)
    }
}
