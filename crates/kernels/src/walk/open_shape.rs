//! Shapes in six words: for what is known of a node before the axes, which are an input of it.

use crate::error::ParamsError;
use crate::walk::shape::Shape;

/// Words of an open shape, and most dimensions of it.
pub(crate) const WORDS: usize = 6;

/// Marks a word as a dimension. Elements are fewer than that, so no word that counts some has it.
const DIMENSION: u32 = 1 << 31;

/// The words of a shape, the innermost dimension last; 0 where there is none.
///
/// # Errors
///
/// [`ParamsError::Rank`] beyond six dimensions.
pub(crate) fn opened(shape: &Shape) -> Result<[u32; WORDS], ParamsError> {
    let mut words = [0; WORDS];
    if shape.rank() > WORDS {
        return Err(ParamsError::Rank { actual: shape.rank() });
    }
    for (word, &dim) in words.iter_mut().rev().zip(shape.dims().iter().rev()) {
        *word = DIMENSION | dim;
    }
    Ok(words)
}

/// The shape that [`opened`] made words of; `None` for words whose last one is a number of
/// elements, which is not 0, and for those of no shape.
pub(crate) fn shape(words: &[u32; WORDS]) -> Option<Shape> {
    let [.., last] = words;
    if *last != 0 && last & DIMENSION == 0 {
        return None;
    }
    let from = words.iter().position(|word| word & DIMENSION != 0).unwrap_or(WORDS);
    let dims = words.get(from..).unwrap_or(&[]);
    Shape::from_dims(dims.iter().map(|dim| (dim & !DIMENSION) as i32)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shapes_come_back(dims in prop::collection::vec(1..9_i32, 0..7)) {
            let known = Shape::new(&dims).unwrap();
            prop_assert_eq!(shape(&opened(&known).unwrap()), Some(known));
        }

        #[test]
        fn any_words_are_a_shape_or_none(words: [u32; WORDS]) {
            shape(&words);
        }
    }

    #[test]
    fn numbers_of_elements_are_no_shape() {
        assert_eq!(shape(&[1, 1, 1, 1, 1, 1]), None);
        assert_eq!(shape(&[1, 1, 1, 1, 1, i32::MAX as u32]), None);
        let error = opened(&Shape::new(&[1; 7]).unwrap());
        assert_eq!(error, Err(ParamsError::Rank { actual: 7 }));
    }
}
