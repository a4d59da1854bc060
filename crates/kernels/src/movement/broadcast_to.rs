//! BROADCAST_TO: a tensor repeated along dimensions of which it has one element or none.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/broadcast_to.cc` (`ValidateOutputTensor`).

use crate::error::ParamsError;
use crate::movement::walk::{MAX_WALK_RANK, Walk, WalkOp};
use crate::number::element::Load;
use crate::walk::shape::Shape;

/// The input, repeated to the output's shape. Tensors have at most five dimensions; there are no
/// options.
///
/// # Errors
///
/// [`ParamsError::Rank`] for an output of more than five dimensions, or of fewer than the input;
/// [`ParamsError::Broadcast`] if a dimension of the input is neither 1 nor that of the output.
///
/// ```
/// use bantam_kernels::movement::broadcast_to::BroadcastTo;
/// use bantam_kernels::movement::walk::WalkOp;
/// use bantam_kernels::{Le, Shape};
/// let (input, output) = (Shape::new(&[2, 1])?, Shape::new(&[2, 3])?);
/// let mut repeated = [0; 6];
/// BroadcastTo::walk::<Le<4>>(&input, (), &output)?.copy((&[7, 8][..], &mut repeated[..]))?;
/// assert_eq!(repeated, [7, 7, 7, 8, 8, 8]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct BroadcastTo;

impl WalkOp for BroadcastTo {
    type Options<'a, I: Load<i32> + 'a> = ();

    fn walk<I: Load<i32>>(
        input: &Shape,
        _options: (),
        output: &Shape,
    ) -> Result<Walk, ParamsError> {
        let rank = output.rank();
        if rank > MAX_WALK_RANK || input.rank() > rank {
            return Err(ParamsError::Rank { actual: rank });
        }
        let mut dims = [(1, 0); MAX_WALK_RANK];
        let mut step = 1;
        for (from_end, slot) in dims.iter_mut().rev().enumerate() {
            let (dim, count) = (input.dim_from_end(from_end), output.dim_from_end(from_end));
            *slot = match dim {
                1 => (count, 0),
                _ if dim == count => (count, step),
                _ => return Err(ParamsError::Broadcast),
            };
            step *= dim as i32;
        }
        Walk::new(input.len(), 0, dims.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::element::Le;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn new(input: &[i32], output: &[i32]) -> Result<Walk, ParamsError> {
        BroadcastTo::walk::<Le<4>>(&Shape::new(input).unwrap(), (), &Shape::new(output).unwrap())
    }

    proptest! {
        #[test]
        fn elements_are_repeated(
            dims in prop::collection::vec((1..4_i32, any::<bool>()), 0..6), missing in 0..6_usize,
        ) {
            let output: Vec<i32> = dims.iter().map(|&(dim, _)| dim).collect();
            let missing = missing.min(dims.len());
            let kept = |i: usize, dim: i32, repeats: bool| if repeats || i < missing { 1 } else { dim };
            let full: Vec<i32> = dims.iter().enumerate().map(|(i, &(dim, repeats))| kept(i, dim, repeats)).collect();
            let input = &full[missing..];
            let len = input.iter().product::<i32>();
            let mut got = vec![-1; output.iter().product::<i32>() as usize];
            new(input, &output).unwrap().copy((&(0..len).collect::<Vec<_>>()[..], &mut got[..])).unwrap();
            let mut want = vec![0];
            for (&count, &dim) in output.iter().zip(&full) {
                want = want.iter().flat_map(|w| (0..count).map(move |i| w * dim + i % dim)).collect();
            }
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn shapes_that_do_not_broadcast_are_refused() {
        assert_eq!(new(&[2], &[3]), Err(ParamsError::Broadcast));
        assert_eq!(new(&[2, 3], &[3]), Err(ParamsError::Rank { actual: 1 }));
        assert_eq!(new(&[1], &[1; 6]), Err(ParamsError::Rank { actual: 6 }));
    }
}
