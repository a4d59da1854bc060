//! GATHER: the slices of a dimension that indices name.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/gather.cc` (`GatherPrepare`, `Gather`).

use crate::error::ParamsError;
use crate::movement::lookup::{IndexOp, Lookup};
use crate::walk::shape::Shape;

/// The dimension to look up, and how many leading ones input and indices share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GatherOptions {
    /// The dimension of the input; negative from its end.
    pub axis: i32,
    /// Leading dimensions in which each list of indices has its own part of the input; negative
    /// from the end of the indices' dimensions.
    pub batch_dims: i32,
}

/// The slices of dimension `axis` that the indices name, of shape `input[..axis]`,
/// `indices[batch_dims..]`, `input[axis + 1..]`.
///
/// # Errors
///
/// [`ParamsError::Axis`] for an axis outside the input's rank, or a number of batch dimensions
/// beyond the axis or the indices' rank; [`ParamsError::Rank`] for an output of another rank;
/// [`ParamsError::ShapeMismatch`] where a dimension is another.
///
/// ```
/// use bantam_kernels::Shape;
/// use bantam_kernels::movement::gather::{Gather, GatherOptions};
/// use bantam_kernels::movement::lookup::IndexOp;
/// let (input, indices) = (Shape::new(&[2, 3])?, Shape::new(&[2])?);
/// let options = GatherOptions { axis: 1, batch_dims: 0 };
/// let lookup = Gather::lookup(&input, &indices, &options, &Shape::new(&[2, 2])?)?;
/// let mut output = [0; 4];
/// lookup.copy(&[1, 2, 3, 4, 5, 6], &[2, 0], &mut output)?;
/// assert_eq!(output, [3, 1, 6, 4]);
/// assert!(lookup.copy(&[1, 2, 3, 4, 5, 6], &[2, 3], &mut output).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Gather;

impl IndexOp for Gather {
    type Options = GatherOptions;

    fn lookup(
        input: &Shape,
        indices: &Shape,
        options: &GatherOptions,
        output: &Shape,
    ) -> Result<Lookup, ParamsError> {
        let axis = input.axis(options.axis)?;
        let count = options.batch_dims;
        let from_end = if count < 0 { indices.rank() as i32 } else { 0 };
        let batches = usize::try_from(count.saturating_add(from_end));
        let batches = batches.ok().filter(|&n| n <= axis && n <= indices.rank());
        let batches = batches.ok_or(ParamsError::Axis { axis: count })?;
        Lookup::new([input, indices, output], batches, axis, 1, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{IndexError, LookupError, Operand};
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn new(
        input: &[i32],
        indices: &[i32],
        [axis, batch_dims]: [i32; 2],
        output: &[i32],
    ) -> Result<Lookup, ParamsError> {
        let [input, indices, output] =
            [input, indices, output].map(|dims| Shape::new(dims).unwrap());
        Gather::lookup(&input, &indices, &GatherOptions { axis, batch_dims }, &output)
    }

    proptest! {
        #[test]
        fn slices_are_those_that_indices_name(
            dims in prop::collection::vec(1..4_i32, 1..5),
            lists in prop::collection::vec(1..4_i32, 0..3),
            (axis, batch_dims) in (0..4_usize, 0..4_usize),
            negative: bool,
            noise in prop::collection::vec(any::<u8>(), 64),
        ) {
            let axis = axis % dims.len();
            let batch_dims = batch_dims.min(axis);
            let index_dims = [&dims[..batch_dims], &lists].concat();
            let output = [&dims[..axis], &lists, &dims[axis + 1..]].concat();
            let rank = dims.len() as i32;
            let names = if negative && !lists.is_empty() {
                [axis as i32 - rank, batch_dims as i32 - index_dims.len() as i32]
            } else {
                [axis as i32, batch_dims as i32]
            };
            let lookup = new(&dims, &index_dims, names, &output).unwrap();
            let product = |dims: &[i32]| dims.iter().product::<i32>() as usize;
            let indices: Vec<i32> = (0..product(&index_dims))
                .map(|i| i32::from(noise[i % 64]) % dims[axis])
                .collect();
            let input: Vec<usize> = (0..product(&dims)).collect();
            let mut got = vec![usize::MAX; product(&output)];
            lookup.copy(&input, &indices, &mut got).unwrap();

            let (batches, blocks) = (product(&dims[..batch_dims]), product(&dims[batch_dims..axis]));
            let (count, inner) = (product(&lists), product(&dims[axis + 1..]));
            let mut want = Vec::new();
            for batch in 0..batches { for block in 0..blocks { for i in 0..count {
                let index = indices[batch * count + i] as usize;
                let slice = (batch * blocks + block) * dims[axis] as usize + index;
                want.extend(slice * inner..(slice + 1) * inner);
            }}}
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn an_index_out_of_range_is_named() {
        let lookup = new(&[2, 3], &[2, 2], [1, 1], &[2, 2]).unwrap();
        let mut output = [0; 4];
        for value in [3, -1, i32::MAX, i32::MIN] {
            let error = lookup.copy(&[0; 6], &[0, 2, 1, value], &mut output).unwrap_err();
            let limit = 3;
            let index = IndexError { operand: Operand::Indices, position: 3, value, limit };
            assert_eq!(error, LookupError::Index(index));
        }
    }

    #[test]
    fn options_that_do_not_fit_are_refused() {
        let axis = |axis| Err(ParamsError::Axis { axis });
        assert_eq!(new(&[2, 3], &[1], [2, 0], &[2, 1]), axis(2));
        assert_eq!(new(&[2, 3], &[2, 1], [0, 1], &[2, 1]), axis(1));
        assert_eq!(new(&[2, 3], &[1], [1, -2], &[2, 1]), axis(-2));
        let mismatch = |expected, actual| Err(ParamsError::ShapeMismatch { expected, actual });
        assert_eq!(new(&[2, 3], &[3, 1], [1, 1], &[2, 1]), mismatch(2, 3));
        assert_eq!(new(&[2, 3], &[4], [1, 0], &[2, 3]), mismatch(4, 3));
        assert_eq!(new(&[2, 3], &[4], [1, 0], &[2]), Err(ParamsError::Rank { actual: 1 }));
    }
}
