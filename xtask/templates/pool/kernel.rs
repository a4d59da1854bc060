//! {NAME}: {SUMMARY}
//!
//! Source: TFLM 90b983c2b, `micro/kernels/{snake}.cc`.

use crate::pool::pool2d::PoolOp;

/// {SUMMARY}
#[derive(Debug)]
pub struct {Camel};

impl PoolOp<f32> for {Camel} {
    type Sum = f32;

    fn start() -> f32 {
        0.0
    }

    fn add(_sum: f32, x: f32) -> f32 {
        // The arithmetic goes here.
        x
    }

    fn finish(sum: f32, _elements: i32) -> f32 {
        // And here.
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows with their results, worked out by hand.
    const KNOWN: &[(&[f32], f32)] = &[];

    #[test]
    fn known_windows_have_known_results() {
        assert!(!KNOWN.is_empty(), "{NAME} has no known results yet");
        for &(window, want) in KNOWN {
            let sum = window.iter().fold({Camel}::start(), |sum, &x| {Camel}::add(sum, x));
            let found = {Camel}::finish(sum, window.len() as i32);
            assert_eq!(found.to_bits(), want.to_bits(), "{window:?}: {found}");
        }
    }
}
