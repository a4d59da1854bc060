//! LOGICAL_NOT: true becomes false.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/elementwise.cc` (`LogicalNotEval`).
//!
//! ```
//! use bantam_kernels::unary::logical_not::logical_not;
//! let mut output = [0; 2];
//! logical_not(&[0, 1], &mut output)?;
//! assert_eq!(output, [1, 0]);
//! # Ok::<(), bantam_kernels::LengthMismatch>(())
//! ```

use crate::error::LengthMismatch;
use crate::walk::elementwise::map;

/// 1 where the input is 0, and 0 elsewhere.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
pub fn logical_not(input: &[u8], output: &mut [u8]) -> Result<(), LengthMismatch> {
    map(input, output, |x| u8::from(x == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_byte_but_zero_is_true() {
        let mut output = [7; 4];
        logical_not(&[0, 1, 2, 255], &mut output).unwrap();
        assert_eq!(output, [1, 0, 0, 0]);
    }
}
