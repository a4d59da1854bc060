//! TRANSPOSE: the same elements with the dimensions in another order.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/transpose_common.cc` (`TransposePrepare`),
//! `lite/kernels/internal/reference/transpose.h` (`Transpose`).
//!
//! ```
//! use bantam_kernels::Shape;
//! use bantam_kernels::movement::transpose::Transpose;
//! use bantam_kernels::movement::walk::WalkOp;
//! let walk = Transpose::walk(&Shape::new(&[2, 2])?, &[1, 0], &Shape::new(&[2, 2])?)?;
//! let mut output = [0; 4];
//! walk.copy((&[1, 2, 3, 4][..], &mut output[..]))?;
//! assert_eq!(output, [1, 3, 2, 4]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::error::ParamsError;
use crate::movement::walk::{MAX_WALK_RANK, Walk, WalkOp};
use crate::number::element::Load;
use crate::walk::shape::Shape;

/// Dimensions in another order: output dimension `i` is input dimension `permutation[i]`.
///
/// The options are the permutation. Tensors have at most five dimensions.
///
/// # Errors
///
/// [`ParamsError::Rank`] beyond five dimensions or for an output of another rank,
/// [`ParamsError::ShapeMismatch`] if permutation or output do not fit the input,
/// [`ParamsError::Axis`] for an axis that is negative, too large or named twice.
#[derive(Debug)]
pub struct Transpose;

impl WalkOp for Transpose {
    type Options<'a, I: Load<i32> + 'a> = &'a [I];

    fn walk<I: Load<i32>>(
        input: &Shape,
        permutation: &[I],
        output: &Shape,
    ) -> Result<Walk, ParamsError> {
        let rank = input.rank();
        if rank > MAX_WALK_RANK {
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
        let mut dims = [(1, 0); MAX_WALK_RANK];
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
        Walk::new(input.len(), 0, dims.iter().take(rank).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn new(input: &[i32], axes: &[i32], output: &[i32]) -> Result<Walk, ParamsError> {
        Transpose::walk(&Shape::new(input).unwrap(), axes, &Shape::new(output).unwrap())
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
            let walk = new(&dims, &axes, &permuted).unwrap();
            let mut y = vec![-1; len as usize];
            walk.copy((&(0..len).collect::<Vec<_>>()[..], &mut y[..])).unwrap();
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
