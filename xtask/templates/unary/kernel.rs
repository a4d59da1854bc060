//! {NAME}: {SUMMARY}
//!
//! Source: TFLM 90b983c2b, `micro/kernels/{snake}.cc`.

use crate::error::LengthMismatch;
use crate::number::element::Load;
use crate::walk::elementwise::map;

/// {NAME} on `f32`.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
pub fn {snake}_f32<I: Load<f32>>(input: &[I], output: &mut [f32]) -> Result<(), LengthMismatch> {
    // The arithmetic of one element goes here.
    map(input, output, |x| x.load())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Arguments with their results, worked out by hand.
    const KNOWN: &[(f32, f32)] = &[];

    #[test]
    fn known_arguments_have_known_results() {
        assert!(!KNOWN.is_empty(), "{NAME} has no known results yet");
        for &(x, want) in KNOWN {
            let mut output = [0.0];
            {snake}_f32(&[x], &mut output).unwrap();
            assert_eq!(output[0].to_bits(), want.to_bits(), "{x}: {}", output[0]);
        }
    }
}
