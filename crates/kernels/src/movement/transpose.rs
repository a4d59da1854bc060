//! TRANSPOSE: the same elements with the dimensions in another order.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/transpose_common.cc` (`TransposePrepare`),
//! `lite/kernels/internal/reference/transpose.h` (`Transpose`).

use crate::error::{LengthMismatch, ParamsError};
use crate::movement::walk::{Gather, MAX_GATHER_RANK};
use crate::number::element::Load;
use crate::walk::shape::Shape;

/// The walk of a transposition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(transparent)]
pub struct TransposeParams(Gather);

impl TransposeParams {
    /// Output dimension `i` is input dimension `permutation[i]`. At most five dimensions.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Rank`] beyond five dimensions or for an output of another rank,
    /// [`ParamsError::ShapeMismatch`] if `permutation` or `output` do not fit `input`, [`ParamsError::Axis`] for an
    /// axis that is negative, too large or named twice.
    pub fn new<I: Load<i32>>(
        input: &Shape,
        permutation: &[I],
        output: &Shape,
    ) -> Result<Self, ParamsError> {
        let rank = input.rank();
        if rank > MAX_GATHER_RANK {
            return Err(ParamsError::Rank { actual: rank });
        }
        if output.rank() != rank {
            return Err(ParamsError::Rank { actual: output.rank() });
        }
        if permutation.len() != rank {
            return Err(ParamsError::ShapeMismatch {
                expected: rank as u32,
                actual: permutation.len().try_into().unwrap_or(u32::MAX),
            });
        }
        let mut dims = [(1, 0); MAX_GATHER_RANK];
        let mut seen = 0_u32;
        for ((slot, axis), &actual) in dims.iter_mut().zip(permutation).zip(output.dims()) {
            let axis = axis.load();
            let index = usize::try_from(axis).ok().filter(|&index| index < rank);
            let index = index.ok_or(ParamsError::Axis { axis })?;
            if seen & (1 << index) != 0 {
                return Err(ParamsError::Axis { axis });
            }
            seen |= 1 << index;
            let expected = input.dim(index);
            if expected != actual {
                return Err(ParamsError::ShapeMismatch { expected, actual });
            }
            // Fits: a shape has at most i32::MAX elements.
            *slot = (expected, (index + 1..rank).map(|i| input.dim(i) as i32).product());
        }
        Gather::new(input.len(), 0, dims.iter().take(rank).copied()).map(Self)
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        self.0.output_len()
    }
}

/// Copies `input` to `output` with its dimensions permuted; elements may be of any type.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
///
/// ```
/// use bantam_kernels::{Shape, movement::transpose::{TransposeParams, transpose}};
/// let params = TransposeParams::new(&Shape::new(&[2, 3])?, &[1, 0], &Shape::new(&[3, 2])?)?;
/// let mut output = [0; 6];
/// transpose(&params, &[1, 2, 3, 4, 5, 6], &mut output)?;
/// assert_eq!(output, [1, 4, 2, 5, 3, 6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn transpose<T: Copy>(
    params: &TransposeParams,
    input: &[T],
    output: &mut [T],
) -> Result<(), LengthMismatch> {
    params.0.copy(input, output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn new(input: &[i32], axes: &[i32], output: &[i32]) -> Result<TransposeParams, ParamsError> {
        TransposeParams::new(&Shape::new(input).unwrap(), axes, &Shape::new(output).unwrap())
    }

    proptest! {
        #[test]
        fn every_element_comes_to_its_place(
            (dims, axes) in (0..6_usize).prop_flat_map(|rank| (
                prop::collection::vec(1..6_i32, rank),
                Just((0..rank as i32).collect::<Vec<_>>()).prop_shuffle(),
            )),
        ) {
            let permuted: Vec<i32> = axes.iter().map(|&a| dims[a as usize]).collect();
            let len: i32 = dims.iter().product();
            let params = new(&dims, &axes, &permuted).unwrap();
            let mut y = vec![-1; len as usize];
            transpose(&params, &(0..len).collect::<Vec<_>>(), &mut y).unwrap();
            for (at, &x) in y.iter().enumerate() {
                let mut index = vec![0; dims.len()];
                let mut rest = x;
                for (index, &dim) in index.iter_mut().zip(&dims).rev() {
                    *index = rest % dim;
                    rest /= dim;
                }
                let place = axes.iter().zip(&permuted).fold(0, |p, (&a, &dim)| p * dim + index[a as usize]);
                prop_assert_eq!(at as i32, place);
            }
        }
    }

    #[test]
    fn permutations_that_are_none_are_refused() {
        let axis = |axis| Err(ParamsError::Axis { axis });
        assert_eq!(new(&[2, 3], &[-1, 0], &[3, 2]), axis(-1));
        assert_eq!(new(&[2, 3], &[1, 2], &[3, 2]), axis(2));
        assert_eq!(new(&[2, 2], &[1, 1], &[2, 2]), axis(1));
        let mismatch = |expected, actual| Err(ParamsError::ShapeMismatch { expected, actual });
        assert_eq!(new(&[2, 3], &[1, 0], &[2, 3]), mismatch(3, 2));
        assert_eq!(new(&[2, 3], &[0], &[2, 3]), mismatch(2, 1));
        assert_eq!(new(&[2, 3], &[1, 0], &[6]), Err(ParamsError::Rank { actual: 1 }));
        let rank6 = new(&[1; 6], &[0, 1, 2, 3, 4, 5], &[1; 6]);
        assert_eq!(rank6, Err(ParamsError::Rank { actual: 6 }));
    }
}
