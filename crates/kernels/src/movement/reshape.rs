//! RESHAPE: the same elements under another shape.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/reshape.cc` (`EvalReshapeReference`),
//! `micro/kernels/reshape_common.cc`.
//!
//! ```
//! use bantam_kernels::movement::reshape::reshape;
//! let mut output = [0; 3];
//! reshape((&[1, 2, 3][..], &mut output[..]))?;
//! assert_eq!(output, [1, 2, 3]);
//! # Ok::<(), bantam_kernels::LengthMismatch>(())
//! ```

use crate::error::{LengthMismatch, Operand};
use crate::walk::chunks::copy;
use crate::walk::rows::{Activations, for_each_block};

/// Brings the input's elements, of any type, to the output. Where they are in place already there
/// is nothing to do.
///
/// # Errors
///
/// [`LengthMismatch`] if the input is not as long as the output. Nothing is written.
pub fn reshape<'m, T: Copy + Default + 'm>(
    activations: impl Into<Activations<'m, T>>,
) -> Result<(), LengthMismatch> {
    match activations.into() {
        Activations::Apart { input, output } => {
            LengthMismatch::check(Operand::Input, output.len(), input.len())?;
            copy(input, output);
        }
        Activations::Shared { memory, input, output } if input != output => {
            // Both end within the memory, and one of them at its end.
            let len = memory.len().saturating_sub(input.max(output));
            let shared = Activations::Shared { memory, input, output };
            for_each_block(len, shared, |_, input, output| copy(input, output))?;
        }
        Activations::Shared { .. } => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_their_order() {
        let mut output = [0_i64; 3];
        assert_eq!(reshape((&[1, 2, 3][..], &mut output[..])), Ok(()));
        assert_eq!(output, [1, 2, 3]);
        let mut memory = [1, 2, 3, 4, 5];
        let shared = Activations::Shared { memory: &mut memory, input: 2, output: 0 };
        assert_eq!(reshape(shared), Ok(()));
        assert_eq!(memory, [3, 4, 5, 4, 5]);
        let error = LengthMismatch { operand: Operand::Input, expected: 3, actual: 2 };
        assert_eq!(reshape((&[1, 2][..], &mut output[..])), Err(error));
    }
}
