//! {NAME}: {SUMMARY}
//!
//! Source: TFLM 90b983c2b, `micro/kernels/{snake}.cc`.

use crate::compare::comparisons::{Comparison, Orderings};

/// {SUMMARY}
#[derive(Debug)]
pub struct {Camel};

impl Comparison for {Camel} {
    // When it holds goes here.
    const HOLDS: Orderings = Orderings(Orderings::LESS | Orderings::GREATER);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs, and whether it holds for them, worked out by hand.
    const KNOWN: &[([i32; 2], u8)] = &[];

    #[test]
    fn known_pairs_have_known_results() {
        assert!(!KNOWN.is_empty(), "{NAME} has no known results yet");
        for &([a, b], want) in KNOWN {
            assert_eq!({Camel}::HOLDS.hold(a, b), want, "{a}, {b}");
        }
    }
}
