//! CIRCULAR_BUFFER: the last few inputs, oldest first.
//!
//! Source: TFLM 90b983c2b, `lite/micro/kernels/circular_buffer.cc` (`EvalInt8`).

use core::cell::Cell;

use crate::error::{LengthMismatch, Operand};

/// Drops the oldest slot of `slots`, which are as long as `newest`, and appends `newest`.
///
/// ```
/// use bantam_kernels::recurrent::ring;
///
/// let mut slots = [1, 2, 3, 4, 5, 6];
/// ring::push(&mut slots, &[7, 8]).unwrap();
/// assert_eq!(slots, [3, 4, 5, 6, 7, 8]);
/// ```
///
/// # Errors
///
/// [`LengthMismatch`] if there is not a whole number of slots, at least one. Nothing is written
/// then.
pub fn push(slots: &mut [i8], newest: &[i8]) -> Result<(), LengthMismatch> {
    let rest = slots.len().checked_rem(newest.len()).unwrap_or(1);
    if rest != 0 || slots.is_empty() {
        let (expected, actual) = (newest.len(), slots.len());
        return Err(LengthMismatch { operand: Operand::Output, expected, actual });
    }
    let slots = Cell::from_mut(slots).as_slice_of_cells();
    let later = slots.iter().skip(newest.len()).map(Cell::get);
    slots.iter().zip(later.chain(newest.iter().copied())).for_each(|(to, x)| to.set(x));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_slots_are_moved() {
        let mut slots = [1, 2, 3];
        for newest in [&[][..], &[4, 5], &[4, 5, 6, 7]] {
            assert_eq!(push(&mut slots, newest).unwrap_err().operand, Operand::Output);
            assert_eq!(slots, [1, 2, 3]);
        }
        push(&mut slots, &[4, 5, 6]).unwrap();
        assert_eq!(slots, [4, 5, 6]);
        assert!(push(&mut [], &[1]).is_err());
    }
}
