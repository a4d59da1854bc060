//! RESHAPE: the same elements under another shape.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/reshape.cc` (`EvalReshapeReference`),
//! `micro/kernels/reshape_common.cc`.
//!
//! ```
//! use bantam_kernels::movement::reshape::reshape;
//! let mut output = [0; 3];
//! reshape((&[1, 2, 3][..], &mut output[..]).into())?;
//! assert_eq!(output, [1, 2, 3]);
//! # Ok::<(), bantam_kernels::LengthMismatch>(())
//! ```

use core::cell::Cell;

use crate::error::{LengthMismatch, Operand};
use crate::walk::chunks::copy;
use crate::walk::rows::Activations;

/// Brings the input's elements, of any type, to the output, and gives this. Where they are in place
/// already there is nothing to do.
///
/// # Errors
///
/// [`LengthMismatch`] if the input is not as long as the output. Nothing is written.
#[inline(never)] // size: one copy for each type
pub fn reshape<'m, T: Copy>(
    activations: Activations<'m, T>,
) -> Result<&'m mut [T], LengthMismatch> {
    match activations {
        Activations::Apart { input, output } => {
            LengthMismatch::check(Operand::Input, output.len(), input.len())?;
            copy(input, output);
            Ok(output)
        }
        Activations::Shared { memory, input, output } => {
            // Both end within the memory, and one of them at its end.
            let len = memory.len().saturating_sub(input.max(output));
            if input != output {
                move_within(memory, input, output, len);
            }
            Ok(memory.get_mut(output..).and_then(|rest| rest.get_mut(..len)).unwrap_or_default())
        }
    }
}

/// Moves `len` elements to where they may lie over what they were.
// size: `copy_within` links a routine that little else needs.
fn move_within<T: Copy>(memory: &mut [T], from: usize, to: usize, len: usize) {
    let cells = Cell::from_mut(memory).as_slice_of_cells();
    for step in 0..len {
        let at = if to < from { step } else { len - 1 - step };
        if let (Some(old), Some(new)) = (cells.get(from + at), cells.get(to + at)) {
            new.set(old.get());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_their_order() {
        let mut output = [0_i64; 3];
        let moved = reshape((&[1, 2, 3][..], &mut output[..]).into()).unwrap();
        assert_eq!(moved, [1, 2, 3]);
        let error = LengthMismatch { operand: Operand::Input, expected: 3, actual: 2 };
        assert_eq!(reshape((&[1, 2][..], &mut output[..]).into()), Err(error));
    }

    #[test]
    fn output_and_input_may_lie_over_each_other_in_any_way() {
        for (input, output) in (0..7).flat_map(|input| (0..7).map(move |output| (input, output))) {
            let mut memory: [u8; 9] = core::array::from_fn(|at| at as u8);
            let mut expected = memory;
            let len = memory.len() - input.max(output);
            expected.copy_within(input..input + len, output);
            let shared = Activations::Shared { memory: &mut memory, input, output };
            assert_eq!(reshape(shared).unwrap(), &expected[output..output + len]);
            assert_eq!(memory, expected);
        }
    }

    #[test]
    fn places_beyond_the_memory_do_not_panic() {
        let mut memory = [1, 2, 3];
        for (input, output) in [(4, 0), (0, 4), (4, usize::MAX), (3, 3)] {
            let shared = Activations::Shared { memory: &mut memory, input, output };
            assert_eq!(reshape(shared), Ok(&mut [][..]));
        }
        assert_eq!(memory, [1, 2, 3]);
    }
}
