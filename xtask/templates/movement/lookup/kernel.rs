//! {NAME}: {SUMMARY}
//!
//! Source: TFLM 90b983c2b, `micro/kernels/{snake}.cc`.

use crate::error::ParamsError;
use crate::movement::lookup::{IndexOp, Lookup};
use crate::walk::shape::Shape;

/// {SUMMARY}
///
/// # Errors
///
/// [`ParamsError::Rank`] or [`ParamsError::ShapeMismatch`] for an output of another shape.
#[derive(Debug)]
pub struct {Camel};

impl IndexOp for {Camel} {
    type Options = ();

    fn lookup(
        input: &Shape,
        indices: &Shape,
        (): &(),
        output: &Shape,
    ) -> Result<Lookup, ParamsError> {
        // What the indices name goes here: dimensions from 0 on, one for each index.
        Lookup::new([input, indices, output], 0, 0, 1, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// Shape and elements of an input, indices, shape and elements of the output, worked out by
    /// hand.
    const KNOWN: &[((&[i32], &[i32]), &[i32], (&[i32], &[i32]))] = &[];

    #[test]
    fn known_inputs_have_known_outputs() {
        assert!(!KNOWN.is_empty(), "{NAME} has no known results yet");
        for ((from, input), indices, (to, want)) in KNOWN {
            let [from, to, count] =
                [from, to, &[indices.len() as i32][..]].map(|dims| Shape::new(dims).unwrap());
            let mut output = vec![0; want.len()];
            let lookup = {Camel}::lookup(&from, &count, &(), &to).unwrap();
            lookup.copy(input, indices, &mut output).unwrap();
            assert_eq!(output, *want);
        }
    }
}
