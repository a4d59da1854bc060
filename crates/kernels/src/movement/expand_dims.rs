//! EXPAND_DIMS: the same elements with one more dimension of size 1.
//!
//! The elements stay in their order: it is [`reshape`](crate::movement::reshape::reshape) that
//! brings them to the output.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/expand_dims.cc` (`VerifyTensorDim`).

use crate::error::ParamsError;
use crate::walk::shape::Shape;
use crate::walk::window::agree;

/// `Ok` if `output` is `input` with a dimension of 1 at `axis`, which may be that of any dimension
/// of the output and counts from the output's end if it is negative.
///
/// # Errors
///
/// [`ParamsError::Rank`] for an output of another rank, [`ParamsError::Axis`] for an axis outside
/// it, [`ParamsError::ShapeMismatch`] where a dimension is another.
///
/// ```
/// use bantam_kernels::{Shape, movement::expand_dims::check_expand_dims};
/// let (input, output) = (Shape::new(&[2, 3])?, Shape::new(&[2, 3, 1])?);
/// assert_eq!(check_expand_dims(&input, -1, &output), Ok(()));
/// assert!(check_expand_dims(&input, 0, &output).is_err());
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
pub fn check_expand_dims(input: &Shape, axis: i32, output: &Shape) -> Result<(), ParamsError> {
    if output.rank() != input.rank() + 1 {
        return Err(ParamsError::Rank { actual: output.rank() });
    }
    let axis = output.axis(axis)?;
    let (before, behind) = input.dims().split_at_checked(axis).unwrap_or_default();
    let expected = before.iter().chain(&[1]).chain(behind);
    expected.zip(output.dims()).try_for_each(|(&expected, &actual)| agree(expected, actual))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn check(input: &[i32], axis: i32, output: &[i32]) -> Result<(), ParamsError> {
        check_expand_dims(&Shape::new(input).unwrap(), axis, &Shape::new(output).unwrap())
    }

    proptest! {
        #[test]
        fn one_dimension_is_inserted(input in prop::collection::vec(1..5_i32, 0..8), at: prop::sample::Index) {
            let at = at.index(input.len() + 1);
            let mut output: Vec<i32> = input.clone();
            output.insert(at, 1);
            let axis = at as i32;
            prop_assert_eq!(check(&input, axis, &output), Ok(()));
            prop_assert_eq!(check(&input, axis - output.len() as i32, &output), Ok(()));
            output[at] = 2;
            let error = ParamsError::ShapeMismatch { expected: 1, actual: 2 };
            prop_assert_eq!(check(&input, axis, &output), Err(error));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(check(&[2, 3], 3, &[2, 3, 1]), Err(ParamsError::Axis { axis: 3 }));
        assert_eq!(check(&[2, 3], -4, &[1, 2, 3]), Err(ParamsError::Axis { axis: -4 }));
        assert_eq!(check(&[2, 3], 0, &[2, 3]), Err(ParamsError::Rank { actual: 2 }));
        let error = ParamsError::ShapeMismatch { expected: 3, actual: 2 };
        assert_eq!(check(&[2, 3], 0, &[1, 2, 2]), Err(error));
    }
}
