//! {NAME}: {SUMMARY}
//!
//! Source: TFLM 90b983c2b, `micro/kernels/{snake}.cc`.

use crate::unary::op::FloatOp;

/// {SUMMARY}
#[derive(Debug)]
pub struct {Camel};

impl FloatOp for {Camel} {
    fn f32(x: f32) -> f32 {
        // The arithmetic goes here.
        x
    }
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
            let found = {Camel}::f32(x);
            assert_eq!(found.to_bits(), want.to_bits(), "{x}: {found}");
        }
    }
}
