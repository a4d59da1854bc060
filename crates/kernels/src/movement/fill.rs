//! FILL, ZEROS_LIKE and BROADCAST_ARGS: tensors that are made of a value, or of two shapes.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/fill.cc`, `micro/kernels/zeros_like.cc`,
//! `lite/kernels/internal/reference/broadcast_args.h` (`BroadcastArgs`).

use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::walk::chunks::{chunks_mut, copy};

/// Fills `output` with the bytes of one element over and over.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not a whole number of elements.
pub fn fill(value: &[u8], output: &mut [u8]) -> Result<(), LengthMismatch> {
    let expected = output.len().checked_next_multiple_of(value.len()).unwrap_or(0);
    LengthMismatch::check(Operand::Output, expected, output.len())?;
    chunks_mut(output, value.len()).for_each(|element| copy(value, element));
    Ok(())
}

/// The shape that two shapes broadcast to, where `one` is a dimension of 1.
///
/// # Errors
///
/// [`ParamsError::Rank`] unless `output` is as long as the longer shape, [`ParamsError::Broadcast`]
/// if a dimension differs and is 1 in neither.
///
/// ```
/// use bantam_kernels::movement::fill::broadcast_args;
/// let mut output = [0; 3];
/// broadcast_args(1, &[4, 1, 3], &[5, 1], &mut output)?;
/// assert_eq!(output, [4, 5, 3]);
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
pub fn broadcast_args<T: Copy + PartialEq>(
    one: T,
    a: &[T],
    b: &[T],
    output: &mut [T],
) -> Result<(), ParamsError> {
    if output.len() != a.len().max(b.len()) {
        return Err(ParamsError::Rank { actual: output.len() });
    }
    let ones = core::iter::repeat(&one);
    let dims = a.iter().rev().chain(ones.clone()).zip(b.iter().rev().chain(ones));
    for (out, (&a, &b)) in output.iter_mut().rev().zip(dims) {
        *out = match (a == one, b == one) {
            (true, _) => b,
            (_, true) => a,
            _ if a == b => a,
            _ => return Err(ParamsError::Broadcast),
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_repeated() {
        let mut output = [0; 6];
        assert_eq!(fill(&[1, 2], &mut output), Ok(()));
        assert_eq!(output, [1, 2, 1, 2, 1, 2]);
        let error = LengthMismatch { operand: Operand::Output, expected: 8, actual: 6 };
        assert_eq!(fill(&[1, 2, 3, 4], &mut output), Err(error));
        assert!(fill(&[], &mut output).is_err());
    }

    #[test]
    fn shapes_that_do_not_broadcast_are_refused() {
        let mut output = [0_i64; 2];
        assert_eq!(broadcast_args(1, &[2, 1], &[3], &mut output), Ok(()));
        assert_eq!(output, [2, 3]);
        assert_eq!(broadcast_args(1, &[2, 2], &[3], &mut output), Err(ParamsError::Broadcast));
        let rank = Err(ParamsError::Rank { actual: 2 });
        assert_eq!(broadcast_args(1, &[2], &[3], &mut output), rank);
    }
}
