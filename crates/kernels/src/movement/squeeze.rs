//! SQUEEZE: the same elements without dimensions of size 1.
//!
//! The elements stay in their order: it is [`reshape`](crate::movement::reshape::reshape) that
//! brings them to the output.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/squeeze.cc` (`SqueezePrepare`).

use crate::error::ParamsError;
use crate::walk::shape::{MAX_RANK, Shape};
use crate::walk::window::agree;

/// `Ok` if `output` is `input` without the dimensions `axes`, or without any dimension of 1 if
/// there are no axes. Negative axes count from the end.
///
/// As in the reference, the output may have further dimensions of 1 at its end.
///
/// # Errors
///
/// [`ParamsError::Axis`] for an axis outside the input, [`ParamsError::ShapeMismatch`] for one that
/// is not 1 or where a dimension of the output is another, [`ParamsError::Rank`] for an output of
/// fewer dimensions than are left.
///
/// ```
/// use bantam_kernels::{Shape, movement::squeeze::check_squeeze};
/// let input = Shape::new(&[1, 2, 1, 3])?;
/// assert_eq!(check_squeeze(&input, [].into_iter(), &Shape::new(&[2, 3])?), Ok(()));
/// assert_eq!(check_squeeze(&input, [-2].into_iter(), &Shape::new(&[1, 2, 3])?), Ok(()));
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
pub fn check_squeeze(
    input: &Shape,
    axes: impl ExactSizeIterator<Item = i32>,
    output: &Shape,
) -> Result<(), ParamsError> {
    let mut dropped = [false; MAX_RANK];
    if axes.len() == 0 {
        for (dropped, &dim) in dropped.iter_mut().zip(input.dims()) {
            *dropped = dim == 1;
        }
    }
    for axis in axes {
        let axis = input.axis(axis)?;
        agree(1_u32, input.dim(axis))?;
        if let Some(dropped) = dropped.get_mut(axis) {
            *dropped = true;
        }
    }
    let mut left = input.dims().iter().zip(dropped).filter(|(_, dropped)| !dropped);
    for &actual in output.dims() {
        agree(left.next().map_or(1, |(&dim, _)| dim), actual)?;
    }
    match left.next() {
        Some(_) => Err(ParamsError::Rank { actual: output.rank() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn check(input: &[i32], axes: &[i32], output: &[i32]) -> Result<(), ParamsError> {
        let (input, output) = (Shape::new(input).unwrap(), Shape::new(output).unwrap());
        check_squeeze(&input, axes.iter().copied(), &output)
    }

    proptest! {
        #[test]
        fn named_dimensions_are_dropped(
            dims in prop::collection::vec((1..3_i32, any::<bool>(), any::<bool>()), 0..9),
        ) {
            let input: Vec<i32> = dims.iter().map(|&(dim, ..)| dim).collect();
            let ones: Vec<i32> = input.iter().copied().filter(|&dim| dim != 1).collect();
            prop_assert_eq!(check(&input, &[], &ones), Ok(()));

            let rank = dims.len() as i32;
            let named = |&(_, &(dim, named, _)): &(i32, &(i32, bool, bool))| dim == 1 && named;
            let each = || (0..rank).zip(&dims);
            let axis = |(i, &(_, _, negative)): (i32, &(i32, bool, bool))| if negative { i - rank } else { i };
            let axes: Vec<i32> = each().filter(named).map(axis).collect();
            let mut output: Vec<i32> = each().filter(|dim| !named(dim)).map(|(_, &(dim, ..))| dim).collect();
            prop_assume!(!axes.is_empty());
            prop_assert_eq!(check(&input, &axes, &output), Ok(()));
            if let Some(last) = output.last_mut() {
                *last += 1;
                prop_assert!(check(&input, &axes, &output).is_err());
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mismatch = |expected, actual| Err(ParamsError::ShapeMismatch { expected, actual });
        assert_eq!(check(&[2, 1], &[0], &[1]), mismatch(1, 2));
        assert_eq!(check(&[2, 1], &[2], &[2]), Err(ParamsError::Axis { axis: 2 }));
        assert_eq!(check(&[2, 1], &[-3], &[2]), Err(ParamsError::Axis { axis: -3 }));
        assert_eq!(check(&[1, 2, 3], &[], &[2]), Err(ParamsError::Rank { actual: 1 }));
        assert_eq!(check(&[1, 2, 3], &[], &[2, 3, 1]), Ok(()));
        assert_eq!(check(&[1, 2, 3], &[], &[2, 3, 2]), mismatch(1, 2));
        assert_eq!(check(&[1, 1], &[], &[]), Ok(()));
    }
}
