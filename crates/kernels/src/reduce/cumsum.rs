//! CUMSUM: sums of all elements along an axis up to each.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/cumsum.cc`,
//! `lite/kernels/internal/reference/cumsum.h`.

use crate::error::{LengthMismatch, Operand};
use crate::number::long_sum::LongSum;
use crate::walk::along_axis::AlongAxis;
use crate::walk::chunks::chunks_mut;

/// Which elements each sum is of.
#[derive(Clone, Copy, Debug, Default)]
pub struct CumsumOrder {
    /// The element at the sum's own place is left out.
    pub exclusive: bool,
    /// Sums begin at the end of the axis.
    pub reverse: bool,
}

/// Puts sums along an axis in the places of the elements of a tensor.
///
/// # Errors
///
/// [`LengthMismatch`] if the tensor is not as long as its shape. Nothing is written.
///
/// ```
/// use bantam_kernels::Shape;
/// use bantam_kernels::number::long_sum::FloatSum;
/// use bantam_kernels::reduce::cumsum::{CumsumOrder, cumsum};
/// use bantam_kernels::walk::along_axis::AlongAxis;
/// let along = AlongAxis::new(&Shape::new(&[3])?, Some(0))?;
/// let order = CumsumOrder { exclusive: false, reverse: true };
/// let mut tensor = [1.0, 2.0, 4.0];
/// cumsum(&FloatSum, &along, order, &mut tensor)?;
/// assert_eq!(tensor, [7.0, 6.0, 4.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn cumsum<S: LongSum<T>, T: Copy>(
    sum: &S,
    along: &AlongAxis,
    order: CumsumOrder,
    tensor: &mut [T],
) -> Result<(), LengthMismatch> {
    LengthMismatch::check(Operand::Input, along.len(), tensor.len())?;
    let [_, depth, inner] = along.lens();
    let slab = depth.saturating_mul(inner);
    for tensor in chunks_mut(tensor, slab) {
        for column in 0..inner {
            let mut total = sum.start();
            for step in 0..depth {
                let place = if order.reverse { depth - 1 - step } else { step };
                let at = place * inner + column;
                let Some(x) = tensor.get_mut(at) else { break };
                let next = sum.add(total, *x);
                *x = sum.finish(if order.exclusive { total } else { next });
                total = next;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::long_sum::FloatSum;
    use crate::walk::shape::Shape;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sums_are_those_of_each_column(
            dims in [1..4_i32, 1..5, 1..4],
            axis in 0..3_usize,
            noise in prop::collection::vec(-9..9_i8, 48),
            exclusive: bool,
            reverse: bool,
        ) {
            let shape = Shape::new(&dims).unwrap();
            let x: Vec<f32> = noise[..shape.len()].iter().map(|&x| x.into()).collect();
            let mut got = x.clone();
            let along = AlongAxis::new(&shape, Some(axis as i32)).unwrap();
            cumsum(&FloatSum, &along, CumsumOrder { exclusive, reverse }, &mut got).unwrap();
            let inner = dims[axis + 1..].iter().product::<i32>() as usize;
            let depth = dims[axis] as usize;
            for (at, &got) in got.iter().enumerate() {
                let place = at / inner % depth;
                let start = at - place * inner;
                let is_before = |i: usize| if reverse { i > place } else { i < place };
                let counts = |i: &usize| (*i == place && !exclusive) || is_before(*i);
                let want: f32 = (0..depth).filter(counts).map(|i| x[start + i * inner]).sum();
                prop_assert_eq!(got, want);
            }
        }

        #[test]
        fn any_fields_are_harmless(words: [u32; 6], small: bool, len in 0..30_usize, reverse: bool) {
            let along = AlongAxis::any(words.map(|n| if small { n % 4 } else { n }));
            let order = CumsumOrder { exclusive: false, reverse };
            let _ = cumsum(&FloatSum, &along, order, &mut vec![0.0; len]);
            if small {
                cumsum(&FloatSum, &along, order, &mut vec![0.0; along.len()]).unwrap();
            }
        }
    }
}
