//! {NAME}: {SUMMARY}
//!
//! Source: TFLM 90b983c2b, `micro/kernels/{snake}.cc`.

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::clamp::within;
use crate::number::element::Quantized;
use crate::unary::op::{FloatOp, QuantizedOp, ScaledParams};

/// {SUMMARY}
#[derive(Debug)]
pub struct {Camel};

impl FloatOp for {Camel} {
    fn f32(x: f32) -> f32 {
        // The arithmetic goes here.
        x
    }
}

impl<T: Quantized> QuantizedOp<T> for {Camel} {
    type Params = ScaledParams;

    fn params(input: Quantization, output: Quantization) -> Result<ScaledParams, ParamsError> {
        ScaledParams::ratio::<T>(input, output)
    }

    fn apply(params: &ScaledParams, x: T) -> T {
        let x: i32 = x.into();
        // And here.
        let scaled = params.factor.apply(x - i32::from(params.input_zero_point));
        let value = scaled.wrapping_add(params.output_zero_point.into());
        T::from_clamped(within(value, T::MIN, T::MAX))
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
