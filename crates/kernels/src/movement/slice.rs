//! SLICE: a range of each dimension.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/slice.cc`, `lite/kernels/internal/reference/slice.h`
//! (`Slice`).

use crate::error::ParamsError;
use crate::movement::walk::{MAX_WALK_RANK, Walk, WalkOp};
use crate::number::element::Load;
use crate::walk::shape::Shape;
use crate::walk::window::agree;

/// The range of each dimension, as the model states it. Those beyond the input's rank are ignored.
#[derive(Clone, Copy, Debug)]
pub struct SliceBounds {
    /// The first position that is taken.
    pub begin: [i32; MAX_WALK_RANK],
    /// How many are taken; -1 for all that follow.
    pub size: [i32; MAX_WALK_RANK],
}

/// The elements within bounds, which are the options. Tensors have at most five dimensions.
///
/// # Errors
///
/// [`ParamsError::Rank`] beyond five dimensions or for an output of another rank;
/// [`ParamsError::Dimension`] for a range that is not within its dimension (the reference reads
/// what is there); [`ParamsError::ShapeMismatch`] if the output's shape is another.
///
/// ```
/// use bantam_kernels::movement::slice::{Slice, SliceBounds};
/// use bantam_kernels::movement::walk::WalkOp;
/// use bantam_kernels::{Le, Shape};
/// let bounds = SliceBounds { begin: [0, 1, 0, 0, 0], size: [2, -1, 0, 0, 0] };
/// let walk = Slice::walk::<Le<4>>(&Shape::new(&[3, 2])?, bounds, &Shape::new(&[2, 1])?)?;
/// let mut output = [0; 2];
/// walk.copy((&[1, 2, 3, 4, 5, 6][..], &mut output[..]))?;
/// assert_eq!(output, [2, 4]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Slice;

impl WalkOp for Slice {
    type Options<'a, I: Load<i32> + 'a> = SliceBounds;

    fn walk<I: Load<i32>>(
        input: &Shape,
        bounds: SliceBounds,
        output: &Shape,
    ) -> Result<Walk, ParamsError> {
        let rank = input.rank();
        if rank > MAX_WALK_RANK || output.rank() != rank {
            return Err(ParamsError::Rank { actual: output.rank() });
        }
        let mut dims = [(1, 0); MAX_WALK_RANK];
        let (mut base, mut step) = (0, input.len() as u32);
        let ranges = bounds.begin.iter().zip(&bounds.size);
        let shapes = input.dims().iter().zip(output.dims());
        for ((slot, (&begin, &size)), (&dim, &actual)) in dims.iter_mut().zip(ranges).zip(shapes) {
            let left = u32::try_from(begin).ok().and_then(|begin| dim.checked_sub(begin));
            let left = left.ok_or(ParamsError::Dimension { value: begin })?;
            let count = if size == -1 { left } else { size as u32 };
            if count > left {
                return Err(ParamsError::Dimension { value: size });
            }
            agree(count, actual)?;
            // At least 1 as it is: so that the division has no path to a panic.
            step /= dim.max(1);
            base += begin as u32 * step;
            *slot = (count, step as i32);
        }
        Walk::new(input.len(), base, dims.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::element::Le;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn new(input: &[i32], ranges: &[(i32, i32)], output: &[i32]) -> Result<Walk, ParamsError> {
        let mut bounds = SliceBounds { begin: [0; 5], size: [0; 5] };
        for (i, &(begin, size)) in ranges.iter().enumerate() {
            (bounds.begin[i], bounds.size[i]) = (begin, size);
        }
        Slice::walk::<Le<4>>(&Shape::new(input).unwrap(), bounds, &Shape::new(output).unwrap())
    }

    proptest! {
        #[test]
        fn elements_are_those_within_the_bounds(
            ranges in prop::collection::vec((0..3_i32, 1..4_i32, 0..3_i32, any::<bool>()), 0..6),
        ) {
            let input: Vec<i32> = ranges.iter().map(|&(begin, size, rest, _)| begin + size + rest).collect();
            let size = |&(begin, size, rest, all): &(i32, i32, i32, bool)| (begin, if all { -1 } else { size }, if all { size + rest } else { size });
            let bounds: Vec<(i32, i32)> = ranges.iter().map(size).map(|(begin, size, _)| (begin, size)).collect();
            let output: Vec<i32> = ranges.iter().map(size).map(|(.., count)| count).collect();
            let len = input.iter().product::<i32>();
            let mut got = vec![-1; output.iter().product::<i32>() as usize];
            new(&input, &bounds, &output).unwrap().copy((&(0..len).collect::<Vec<_>>()[..], &mut got[..])).unwrap();
            let mut want = vec![0];
            for ((dim, (begin, _)), count) in input.iter().zip(&bounds).zip(&output) {
                want = want.iter().flat_map(|w| (0..*count).map(move |i| w * dim + begin + i)).collect();
            }
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn ranges_beyond_a_dimension_are_refused() {
        let dimension = |value| Err(ParamsError::Dimension { value });
        assert_eq!(new(&[3], &[(-1, 1)], &[1]), dimension(-1));
        assert_eq!(new(&[3], &[(4, 1)], &[1]), dimension(4));
        assert_eq!(new(&[3], &[(1, 3)], &[3]), dimension(3));
        assert_eq!(new(&[3], &[(1, -2)], &[3]), dimension(-2));
        let mismatch = ParamsError::ShapeMismatch { expected: 2, actual: 1 };
        assert_eq!(new(&[3], &[(1, -1)], &[1]), Err(mismatch));
        assert_eq!(new(&[3], &[(1, 1)], &[1, 1]), Err(ParamsError::Rank { actual: 2 }));
        assert_eq!(new(&[1; 6], &[], &[1; 6]), Err(ParamsError::Rank { actual: 6 }));
    }
}
