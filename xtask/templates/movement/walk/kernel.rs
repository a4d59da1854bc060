//! {NAME}: {SUMMARY}
//!
//! Source: TFLM 90b983c2b, `micro/kernels/{snake}.cc`.

use crate::error::ParamsError;
use crate::movement::walk::{Walk, WalkOp};
use crate::number::element::Load;
use crate::walk::shape::Shape;
use crate::walk::window::agree;

/// {SUMMARY}
///
/// # Errors
///
/// [`ParamsError::ShapeMismatch`] for an output of another length.
#[derive(Debug)]
pub struct {Camel};

impl WalkOp for {Camel} {
    type Options<'a, I: Load<i32> + 'a> = ();

    fn walk<I: Load<i32>>(input: &Shape, (): (), output: &Shape) -> Result<Walk, ParamsError> {
        let len = input.len() as u32;
        agree(len, output.len() as u32)?;
        // The count and the step of each dimension of the output go here.
        Walk::new(input.len(), 0, [(len, 1)].into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// Shapes and elements of input and output, worked out by hand.
    const KNOWN: &[[(&[i32], &[i32]); 2]] = &[];

    #[test]
    fn known_inputs_have_known_outputs() {
        assert!(!KNOWN.is_empty(), "{NAME} has no known results yet");
        for [(from, input), (to, want)] in KNOWN {
            let (from, to) = (Shape::new(from).unwrap(), Shape::new(to).unwrap());
            let mut output = vec![0; want.len()];
            {Camel}::walk::<i32>(&from, (), &to).unwrap().copy((*input, &mut output[..])).unwrap();
            assert_eq!(output, *want);
        }
    }
}
