//! {NAME}: {SUMMARY}
//!
//! Source: TFLM 90b983c2b, `micro/kernels/{snake}.cc`.

use crate::backend::elementwise::Combination;
use crate::binary::op::BinaryOp;
use crate::binary::sum::SumParams;

/// {SUMMARY}
#[derive(Debug)]
pub struct {Camel};

impl BinaryOp for {Camel} {
    type Quantized = SumParams;

    // The arithmetic goes here.
    const COMBINATION: Combination = Combination::Other(|a, _| a);

    fn f32(a: f32, _: f32) -> f32 {
        // And here.
        a
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Arguments with their results, worked out by hand.
    const KNOWN: &[([f32; 2], f32)] = &[];

    #[test]
    fn known_arguments_have_known_results() {
        assert!(!KNOWN.is_empty(), "{NAME} has no known results yet");
        for &([a, b], want) in KNOWN {
            let found = {Camel}::f32(a, b);
            assert_eq!(found.to_bits(), want.to_bits(), "{a}, {b}: {found}");
        }
    }
}
