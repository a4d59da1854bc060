//! ADD_N: the sum of any number of tensors of one shape.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/add_n.cc`, `lite/kernels/internal/reference/add_n.h`.

use crate::error::{LengthMismatch, Operand};
use crate::number::element::Load;
use crate::number::long_sum::LongSum;

/// Outputs that are accumulated at a time, on the stack.
const BLOCK: usize = 64;

/// Adds `others`, in their order, to `first`.
///
/// # Errors
///
/// [`LengthMismatch`] if an input is not as long as the output. Nothing is written.
///
/// ```
/// use bantam_kernels::binary::add_n::add_n;
/// use bantam_kernels::number::long_sum::FloatSum;
/// let mut output = [0.0; 2];
/// add_n(&FloatSum, &[1.0_f32, 2.0], [&[3.0, 4.0][..], &[5.0, 6.0]].into_iter(), &mut output)?;
/// assert_eq!(output, [9.0, 12.0]);
/// # Ok::<(), bantam_kernels::LengthMismatch>(())
/// ```
pub fn add_n<'a, S: LongSum<T>, T, I: Load<T> + 'a>(
    sum: &S,
    first: &[I],
    others: impl Iterator<Item = &'a [I]> + Clone,
    output: &mut [T],
) -> Result<(), LengthMismatch> {
    LengthMismatch::check(Operand::Input, output.len(), first.len())?;
    for input in others.clone() {
        LengthMismatch::check(Operand::Input2, output.len(), input.len())?;
    }
    for (block, output) in output.chunks_mut(BLOCK).enumerate() {
        let mut totals = [sum.start(); BLOCK];
        let mut add = |input: &[I]| {
            let input = input.get(block * BLOCK..).unwrap_or(&[]);
            for (total, &x) in totals.iter_mut().zip(input) {
                *total = sum.add(*total, x.load());
            }
        };
        add(first);
        others.clone().for_each(add);
        for (output, &total) in output.iter_mut().zip(&totals) {
            *output = sum.finish(total);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::activation::Quantization;
    use crate::number::long_sum::{FloatSum, QuantizedSum};
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_element_is_the_sum_of_its_column(
            len in 0..150_usize, rows in prop::collection::vec(prop::collection::vec(any::<i8>(), 150), 1..5),
        ) {
            let quantization = Quantization { scale: 0.5, zero_point: 0 };
            let sum = QuantizedSum::new(quantization, quantization).unwrap();
            let mut got = vec![0; len];
            let others = rows[1..].iter().map(|row| &row[..len]);
            add_n(&sum, &rows[0][..len], others, &mut got).unwrap();
            let want: Vec<i8> = (0..len).map(|i| {
                let total: i32 = rows.iter().map(|row| i32::from(row[i])).sum();
                total.clamp(-128, 127) as i8
            }).collect();
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn floats_are_added_in_order_to_a_zero() {
        let mut output = [1.0; 2];
        let others = [&[1e9_f32, -0.0][..], &[-1e9, -0.0]];
        add_n(&FloatSum, &[0.1, -0.0], others.into_iter(), &mut output).unwrap();
        assert_eq!(output.map(f32::to_bits), [0.0_f32, 0.0].map(f32::to_bits));
    }

    #[test]
    fn every_length_is_checked() {
        let run = |first: &[f32], other: &[f32]| {
            add_n(&FloatSum, first, [other].into_iter(), &mut [0.0; 2]).map_err(|e| e.operand)
        };
        assert_eq!(run(&[0.0; 1], &[0.0; 2]), Err(Operand::Input));
        assert_eq!(run(&[0.0; 2], &[0.0; 3]), Err(Operand::Input2));
    }
}
