//! EMBEDDING_LOOKUP: the rows of a table that indices name.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/embedding_lookup.cc`.

use crate::error::ParamsError;
use crate::movement::lookup::{IndexOp, Lookup};
use crate::walk::shape::Shape;

/// The rows of a table of two dimensions or more that a list of indices names. There are no
/// options.
///
/// # Errors
///
/// [`ParamsError::Rank`] for a table of fewer dimensions, indices that are not a list, or an output
/// of another rank; [`ParamsError::ShapeMismatch`] where a dimension is another.
///
/// ```
/// use bantam_kernels::Shape;
/// use bantam_kernels::movement::embedding_lookup::EmbeddingLookup;
/// use bantam_kernels::movement::lookup::IndexOp;
/// let (table, indices) = (Shape::new(&[3, 2])?, Shape::new(&[2])?);
/// let lookup = EmbeddingLookup::lookup(&table, &indices, &(), &Shape::new(&[2, 2])?)?;
/// let mut output = [0.0; 4];
/// lookup.map(&[1_i8, 2, 3, 4, 5, 6], &[2, 0], &mut output, |x| f32::from(x) * 0.5)?;
/// assert_eq!(output, [2.5, 3.0, 0.5, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EmbeddingLookup;

impl IndexOp for EmbeddingLookup {
    type Options = ();

    fn lookup(
        table: &Shape,
        indices: &Shape,
        _options: &(),
        output: &Shape,
    ) -> Result<Lookup, ParamsError> {
        for (shape, fits) in [(table, table.rank() >= 2), (indices, indices.rank() == 1)] {
            if !fits {
                return Err(ParamsError::Rank { actual: shape.rank() });
            }
        }
        Lookup::new([table, indices, output], 0, 0, 1, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_ranks_are_refused() {
        let new = |table: &[i32], indices: &[i32], output: &[i32]| {
            let [table, indices, output] =
                [table, indices, output].map(|dims| Shape::new(dims).unwrap());
            EmbeddingLookup::lookup(&table, &indices, &(), &output)
        };
        assert!(new(&[3, 2, 2], &[4], &[4, 2, 2]).is_ok());
        assert_eq!(new(&[3], &[4], &[4]), Err(ParamsError::Rank { actual: 1 }));
        assert_eq!(new(&[3, 2], &[1, 4], &[1, 4, 2]), Err(ParamsError::Rank { actual: 2 }));
    }
}
