//! REVERSE_V2: neighbouring dimensions backwards.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/reverse.cc` (`ReverseV2Eval`).

use crate::error::ParamsError;
use crate::movement::walk::{Walk, WalkOp};
use crate::number::element::Load;
use crate::walk::shape::{MAX_RANK, Shape};
use crate::walk::window::agree;

/// The dimensions that the options name, backwards. Axes may count from the end and come in any
/// order.
///
/// # Errors
///
/// [`ParamsError::Axis`] for an axis outside the rank, one named twice, or one that is not next to
/// the others; [`ParamsError::Rank`] or [`ParamsError::ShapeMismatch`] for an output of another
/// shape.
///
/// ```
/// use bantam_kernels::Shape;
/// use bantam_kernels::movement::reverse::ReverseV2;
/// use bantam_kernels::movement::walk::WalkOp;
/// let shape = Shape::new(&[2, 2])?;
/// let mut output = [0; 4];
/// ReverseV2::walk(&shape, &[-1], &shape)?.copy((&[1, 2, 3, 4][..], &mut output[..]))?;
/// assert_eq!(output, [2, 1, 4, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ReverseV2;

impl WalkOp for ReverseV2 {
    type Options<'a, I: Load<i32> + 'a> = &'a [I];

    fn walk<I: Load<i32>>(input: &Shape, axes: &[I], output: &Shape) -> Result<Walk, ParamsError> {
        if output.rank() != input.rank() {
            return Err(ParamsError::Rank { actual: output.rank() });
        }
        let mut reversed = 0_u32;
        for axis in axes {
            let axis = axis.load();
            let bit = 1 << input.axis(axis)?;
            if reversed & bit != 0 {
                return Err(ParamsError::Axis { axis });
            }
            reversed |= bit;
        }
        // From the first axis to the last there is no gap: adding its bit carries beyond all.
        let first = reversed & reversed.wrapping_neg();
        if reversed.wrapping_add(first) & reversed != 0 {
            let axis = axes.last().map_or(0, |axis| axis.load());
            return Err(ParamsError::Axis { axis });
        }
        let mut dims = [(1, 0); MAX_RANK];
        let (mut base, mut step) = (0, input.len() as u32);
        let shapes = input.dims().iter().zip(output.dims());
        for (axis, (slot, (&dim, &actual))) in dims.iter_mut().zip(shapes).enumerate() {
            agree(dim, actual)?;
            // At least 1 as it is: so that the division has no path to a panic.
            step /= dim.max(1);
            *slot = (dim, step as i32);
            if reversed & (1 << axis) != 0 {
                base += (dim - 1) * step;
                *slot = (dim, -(step as i32));
            }
        }
        Walk::new(input.len(), base, dims.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn new(dims: &[i32], axes: &[i32]) -> Result<Walk, ParamsError> {
        let shape = Shape::new(dims).unwrap();
        ReverseV2::walk(&shape, axes, &shape)
    }

    proptest! {
        #[test]
        fn every_element_comes_to_its_place(
            (dims, axes) in prop::collection::vec(1..4_i32, 1..7).prop_flat_map(|dims| {
                let rank = dims.len();
                let axes = (0..rank, 1..=rank).prop_map(move |(first, count)| {
                    (first..rank.min(first + count)).map(|axis| axis as i32).collect::<Vec<_>>()
                });
                (Just(dims), axes.prop_shuffle())
            }),
            negative: bool,
        ) {
            let rank = dims.len() as i32;
            let names: Vec<i32> = axes.iter().map(|&axis| if negative { axis - rank } else { axis }).collect();
            let len = dims.iter().product::<i32>();
            let mut got = vec![-1; len as usize];
            new(&dims, &names).unwrap().copy((&(0..len).collect::<Vec<_>>()[..], &mut got[..])).unwrap();
            let mut want = vec![0];
            for (axis, &dim) in dims.iter().enumerate() {
                let backwards = axes.contains(&(axis as i32));
                want = want.iter().flat_map(|w| (0..dim).map(move |i| w * dim + if backwards { dim - 1 - i } else { i })).collect();
            }
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn axes_that_are_not_neighbours_are_refused() {
        let axis = |axis| Err(ParamsError::Axis { axis });
        assert_eq!(new(&[2, 2, 2], &[0, 2]), axis(2));
        assert_eq!(new(&[2, 2, 2], &[1, -2]), axis(-2));
        assert_eq!(new(&[2, 2, 2], &[3]), axis(3));
        let shape = |dims: &[i32]| Shape::new(dims).unwrap();
        let other = |output: &[i32]| ReverseV2::walk(&shape(&[2, 3]), &[0], &shape(output));
        assert_eq!(other(&[6]), Err(ParamsError::Rank { actual: 1 }));
        let mismatch = ParamsError::ShapeMismatch { expected: 3, actual: 1 };
        assert_eq!(other(&[2, 1]), Err(mismatch));
    }
}
