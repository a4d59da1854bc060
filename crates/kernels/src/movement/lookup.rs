//! Copies of the pieces that an index tensor names: the engine of GATHER, GATHER_ND and
//! EMBEDDING_LOOKUP.

use crate::error::{IndexError, LengthMismatch, LookupError, Operand, ParamsError};
use crate::number::element::Load;
use crate::walk::chunks::{chunks, chunks_mut, copy};
use crate::walk::shape::Shape;
use crate::walk::window::agree;

/// Most indices that name one piece.
pub const MAX_DEPTH: usize = 5;

/// An operator that copies pieces of its input, which a tensor of indices names. Elements may be of
/// any type.
pub trait IndexOp {
    /// What the model states besides the shapes.
    type Options;

    /// The lookup in a tensor of shape `input` that fills one of shape `output`.
    ///
    /// # Errors
    ///
    /// Those that the operator lists.
    fn lookup(
        input: &Shape,
        indices: &Shape,
        options: &Self::Options,
        output: &Shape,
    ) -> Result<Lookup, ParamsError>;
}

/// Where pieces are looked up.
///
/// The input is made of blocks, and a block of pieces, which are counted in `depth` dimensions. The
/// index tensor has a list of tuples for each batch. In order, the output has for each block the
/// pieces that the tuples of its batch name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct Lookup {
    batches: u32,
    /// Blocks of a batch.
    blocks: u32,
    /// Tuples of a batch.
    tuples: u32,
    /// Indices of a tuple.
    depth: u32,
    /// Pieces along each of these dimensions; 1 beyond the depth.
    limits: [u32; MAX_DEPTH],
    /// Elements of a piece.
    piece_len: u32,
}

impl Lookup {
    /// The lookup in dimensions `from..from + depth` of `input`, of which the first `batches` are
    /// those of `indices` as well. A tuple is `depth` elements of `indices`.
    ///
    /// The output's shape is `input[..from]`, `indices[batches..]` without the dimension of tuples
    /// where `tuples_have_one` says that there is one, then what is left of `input`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Rank`] for a depth beyond [`MAX_DEPTH`] or the input's rank, or an output of
    /// another rank; [`ParamsError::ShapeMismatch`] where a dimension is another.
    pub(crate) fn new(
        [input, indices, output]: [&Shape; 3],
        batches: usize,
        from: usize,
        depth: usize,
        tuples_have_one: bool,
    ) -> Result<Self, ParamsError> {
        let (outer, rest) = input.dims().split_at_checked(from).unwrap_or_default();
        let split = rest.split_at_checked(depth).filter(|_| depth <= MAX_DEPTH);
        let (pieces, inner) = split.ok_or(ParamsError::Rank { actual: depth })?;
        let (shared, tuples) = indices.dims().split_at_checked(batches).unwrap_or_default();
        let tuples = tuples.get(..tuples.len() - usize::from(tuples_have_one)).unwrap_or_default();
        for (&expected, &actual) in outer.iter().zip(shared) {
            agree(expected, actual)?;
        }
        let dims = outer.iter().chain(tuples).chain(inner);
        if dims.clone().count() != output.rank() {
            return Err(ParamsError::Rank { actual: output.rank() });
        }
        dims.zip(output.dims()).try_for_each(|(&expected, &actual)| agree(expected, actual))?;
        // Products of dimensions of a shape, which fit.
        let product = |dims: &[u32]| dims.iter().product::<u32>();
        let mut limits = [1; MAX_DEPTH];
        copy(pieces, &mut limits);
        Ok(Self {
            batches: product(shared),
            blocks: product(outer.get(batches..).unwrap_or_default()),
            tuples: product(tuples),
            depth: depth as u32,
            limits,
            piece_len: product(inner),
        })
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        of([self.batches, self.blocks, self.tuples, self.piece_len])
    }

    /// Elements of the input.
    pub fn input_len(&self) -> usize {
        of([self.batches, self.blocks]).saturating_mul(self.block_len())
    }

    /// Elements of a block.
    fn block_len(&self) -> usize {
        let [a, b, c, d, e] = self.limits;
        of([a, b, c, d, e, self.piece_len])
    }

    /// Copies the pieces of `input` that `indices` name to `output`.
    ///
    /// As in the reference, an index may exceed its dimension if the tuple as a whole names a place
    /// within the block.
    ///
    /// # Errors
    ///
    /// [`LookupError::Length`] if a slice is not as long as its shape, and [`LookupError::Index`]
    /// for the first tuple that names a place outside the block.
    pub fn copy<T: Copy, I: Load<i32>>(
        &self,
        input: &[T],
        indices: &[I],
        output: &mut [T],
    ) -> Result<(), LookupError> {
        self.map(input, indices, output, |x| x)
    }

    /// [`Self::copy`] with `convert` of each element.
    ///
    /// # Errors
    ///
    /// As [`Self::copy`].
    #[inline] // size: one caller for each operator and type
    pub fn map<T: Copy, O, I: Load<i32>>(
        &self,
        input: &[T],
        indices: &[I],
        output: &mut [O],
        convert: impl Fn(T) -> O,
    ) -> Result<(), LookupError> {
        let (block, input_len) = (self.block_len(), self.input_len());
        let list_len = of([self.tuples, self.depth]);
        let indices_len = (self.batches as usize).saturating_mul(list_len);
        LengthMismatch::check(Operand::Input, input_len, input.len())?;
        LengthMismatch::check(Operand::Indices, indices_len, indices.len())?;
        LengthMismatch::check(Operand::Output, self.output_len(), output.len())?;
        let mut blocks = chunks(input, block);
        let mut pieces = chunks_mut(output, self.piece_len as usize);
        for (batch, list) in chunks(indices, list_len).enumerate() {
            for block in blocks.by_ref().take(self.blocks as usize) {
                for (tuple, indices) in chunks(list, self.depth as usize).enumerate() {
                    let from = self.place(indices).and_then(|at| block.get(at..));
                    let Some(piece) = from.filter(|piece| piece.len() >= self.piece_len as usize)
                    else {
                        let first = batch * list_len + tuple * self.depth as usize;
                        return Err(self.error(first, indices).into());
                    };
                    if let Some(output) = pieces.next() {
                        output.iter_mut().zip(piece).for_each(|(to, &x)| *to = convert(x));
                    }
                }
            }
        }
        Ok(())
    }

    /// Where in a block the piece begins that a tuple names; `None` for a negative place.
    #[inline] // a few instructions in a loop
    fn place<I: Load<i32>>(&self, tuple: &[I]) -> Option<usize> {
        let place = tuple.iter().zip(&self.limits).fold(0_i64, |place, (index, &limit)| {
            place.wrapping_mul(limit.into()).wrapping_add(index.load().into())
        });
        usize::try_from(place.wrapping_mul(self.piece_len.into())).ok()
    }

    /// The error for a tuple, whose first index is element `first` of its tensor: names the first
    /// index that is out of range.
    #[cold]
    fn error<I: Load<i32>>(&self, first: usize, tuple: &[I]) -> IndexError {
        let mut each = tuple.iter().map(|index| index.load()).zip(self.limits).enumerate();
        let wrong = each.find(|&(_, (value, limit))| value < 0 || value as u32 >= limit);
        let (at, (value, limit)) = wrong.unwrap_or_default();
        IndexError { operand: Operand::Indices, position: first + at, value, limit }
    }
}

/// The product, or the largest number.
fn of<const N: usize>(factors: [u32; N]) -> usize {
    factors.iter().fold(1, |product: usize, &factor| product.saturating_mul(factor as usize))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_fields_are_harmless(fields: [u32; 10], small: bool, len in 0..30_usize) {
            let [batches, blocks, tuples, depth, limits @ .., piece_len] =
                fields.map(|n| if small { n % 3 } else { n });
            let lookup = Lookup { batches, blocks, tuples, depth, limits, piece_len };
            let _ = lookup.copy(&vec![0_u8; len], &vec![1; len], &mut vec![0; len]);
            if small {
                let block = limits.iter().product::<u32>() * piece_len;
                let input = vec![0_u8; (batches * blocks * block) as usize];
                let indices = vec![1; (batches * tuples * depth) as usize];
                let result = lookup.copy(&input, &indices, &mut vec![0; lookup.output_len()]);
                prop_assert!(!matches!(result, Err(LookupError::Length(_))));
            }
        }
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let shape = |dims: &[i32]| Shape::new(dims).unwrap();
        let shapes = [&shape(&[3, 2]), &shape(&[2]), &shape(&[2, 2])];
        let lookup = Lookup::new(shapes, 0, 0, 1, false).unwrap();
        let wrong = |input, indices, output| {
            lookup.copy(&vec![0; input], &vec![0; indices], &mut vec![0; output]).unwrap_err()
        };
        let mismatch =
            |operand, expected, actual| LengthMismatch { operand, expected, actual }.into();
        assert_eq!(wrong(5, 2, 4), mismatch(Operand::Input, 6, 5));
        assert_eq!(wrong(6, 3, 4), mismatch(Operand::Indices, 2, 3));
        assert_eq!(wrong(6, 2, 5), mismatch(Operand::Output, 4, 5));
    }
}
