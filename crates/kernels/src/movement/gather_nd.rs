//! GATHER_ND: the pieces that tuples of indices name.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/gather_nd.cc` (`GatherNdPrepare`, `GatherNd`).

use crate::error::ParamsError;
use crate::movement::lookup::{IndexOp, Lookup};
use crate::walk::shape::Shape;

/// The pieces of the input that tuples name: the innermost dimension of the indices, which name a
/// place in as many of the input's outermost dimensions, at most five. There are no options.
///
/// # Errors
///
/// [`ParamsError::Rank`] for indices without dimensions, tuples of more than five indices or of
/// more than the input has dimensions, or an output of another rank; [`ParamsError::ShapeMismatch`]
/// where a dimension is another.
///
/// ```
/// use bantam_kernels::Shape;
/// use bantam_kernels::movement::gather_nd::GatherNd;
/// use bantam_kernels::movement::lookup::IndexOp;
/// let (input, indices) = (Shape::new(&[2, 3])?, Shape::new(&[2, 2])?);
/// let lookup = GatherNd::lookup(&input, &indices, &(), &Shape::new(&[2])?)?;
/// let mut output = [0; 2];
/// lookup.copy(&[1, 2, 3, 4, 5, 6], &[1, 2, 0, 1], &mut output)?;
/// assert_eq!(output, [6, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct GatherNd;

impl IndexOp for GatherNd {
    type Options = ();

    fn lookup(
        input: &Shape,
        indices: &Shape,
        _options: &(),
        output: &Shape,
    ) -> Result<Lookup, ParamsError> {
        let &depth = indices.dims().last().ok_or(ParamsError::Rank { actual: 0 })?;
        Lookup::new([input, indices, output], 0, 0, depth as usize, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{IndexError, LookupError, Operand};
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn new(input: &[i32], indices: &[i32], output: &[i32]) -> Result<Lookup, ParamsError> {
        let [input, indices, output] =
            [input, indices, output].map(|dims| Shape::new(dims).unwrap());
        GatherNd::lookup(&input, &indices, &(), &output)
    }

    proptest! {
        #[test]
        fn pieces_are_those_that_tuples_name(
            dims in prop::collection::vec(1..4_i32, 1..7),
            depth in 1..6_usize,
            count in 1..5_usize,
            noise in prop::collection::vec(any::<u8>(), 25),
        ) {
            let depth = depth.min(dims.len());
            let output = [&[count as i32], &dims[depth..]].concat();
            let lookup = new(&dims, &[count as i32, depth as i32], &output).unwrap();
            let indices: Vec<i32> =
                (0..count * depth).map(|i| i32::from(noise[i % 25]) % dims[i % depth]).collect();
            let input: Vec<i32> = (0..dims.iter().product::<i32>()).collect();
            let piece = dims[depth..].iter().product::<i32>();
            let mut got = vec![-1; count * piece as usize];
            lookup.copy(&input, &indices, &mut got).unwrap();
            let want: Vec<i32> = indices.chunks(depth).flat_map(|tuple| {
                let at = tuple.iter().zip(&dims).fold(0, |at, (&index, &dim)| at * dim + index);
                at * piece..(at + 1) * piece
            }).collect();
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn an_index_out_of_range_is_named() {
        let lookup = new(&[2, 3], &[2, 2], &[2]).unwrap();
        let copy = |tuple: [i32; 2]| {
            let mut output = [0; 2];
            let indices = [0, 1, tuple[0], tuple[1]];
            lookup.copy(&[1, 2, 3, 4, 5, 6], &indices, &mut output).map(|()| output[1])
        };
        let index = |position, value, limit| {
            let operand = Operand::Indices;
            Err(LookupError::Index(IndexError { operand, position, value, limit }))
        };
        assert_eq!(copy([2, 0]), index(2, 2, 2));
        assert_eq!(copy([1, 3]), index(3, 3, 3));
        assert_eq!(copy([0, -1]), index(3, -1, 3));
        assert_eq!(copy([i32::MAX, i32::MIN]), index(2, i32::MAX, 2));
        // As in the reference: the tuple as a whole names an element.
        assert_eq!(copy([0, 5]), Ok(6));
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let rank = |actual| Err(ParamsError::Rank { actual });
        assert_eq!(new(&[2, 3], &[], &[2]), rank(0));
        assert_eq!(new(&[2, 3], &[1, 3], &[1]), rank(3));
        assert_eq!(new(&[1; 7], &[1, 6], &[1, 1]), rank(6));
        assert_eq!(new(&[2, 3], &[4, 1], &[4]), rank(1));
        let mismatch = ParamsError::ShapeMismatch { expected: 4, actual: 3 };
        assert_eq!(new(&[2, 3], &[4, 1], &[3, 3]), Err(mismatch));
    }
}
