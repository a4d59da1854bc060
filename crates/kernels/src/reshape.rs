//! RESHAPE: the same elements under another shape.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/reshape.cc` (`EvalReshapeReference`), `micro/kernels/reshape_common.cc`.

use crate::chunks::copy;
use crate::error::{LengthMismatch, Operand};

/// Copies `input` to `output`, for callers whose tensors do not share memory. Elements may be of any type.
///
/// # Errors
///
/// [`LengthMismatch`] if `input` is not as long as `output`. Nothing is written.
pub fn reshape<T: Copy>(input: &[T], output: &mut [T]) -> Result<(), LengthMismatch> {
    LengthMismatch::check(Operand::Input, output.len(), input.len())?;
    copy(input, output);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_their_order() {
        let mut output = [0_i64; 3];
        assert_eq!(reshape(&[1, 2, 3], &mut output), Ok(()));
        assert_eq!(output, [1, 2, 3]);
        let error = LengthMismatch { operand: Operand::Input, expected: 3, actual: 2 };
        assert_eq!(reshape(&[1, 2], &mut output), Err(error));
    }
}
