//! {NAME}: {SUMMARY}
//!
//! Source: TFLM 90b983c2b, `micro/kernels/{snake}.cc`.

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::reduce::axes::{QuantizedReduceOp, Reduce, ReduceOp, Reduction};
use crate::reduce::extreme::Extreme;

/// {SUMMARY}
#[derive(Debug)]
pub struct {Camel};

impl ReduceOp for {Camel} {
    type Params = Reduction;

    fn unscaled(reduction: Reduction) -> Reduction {
        reduction
    }

    fn resolved(_params: &Reduction, reduction: Reduction) -> Reduction {
        reduction
    }
}

impl QuantizedReduceOp for {Camel} {
    /// Nothing is rescaled: [`ParamsError::Quantization`] unless the quantizations are equal.
    fn params(
        reduction: Reduction,
        input: Quantization,
        output: Quantization,
    ) -> Result<Reduction, ParamsError> {
        if input == output { Ok(reduction) } else { Err(ParamsError::Quantization) }
    }
}

impl<T: Extreme> Reduce<T> for {Camel} {
    type Sum = T;

    fn start() -> T {
        // The arithmetic goes here.
        T::LOWEST
    }

    fn add(_sum: T, x: T) -> T {
        // And here.
        x
    }

    fn finish(_params: &Reduction) -> impl Fn(T) -> T {
        |sum| sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Elements and what they are reduced to, worked out by hand.
    const KNOWN: &[(&[f32], f32)] = &[];

    #[test]
    fn known_elements_have_known_results() {
        assert!(!KNOWN.is_empty(), "{NAME} has no known results yet");
        for &(elements, want) in KNOWN {
            let start = <{Camel} as Reduce<f32>>::start();
            let found = elements.iter().fold(start, |sum, &x| {Camel}::add(sum, x));
            assert_eq!(found.to_bits(), want.to_bits(), "{elements:?}: {found}");
        }
    }
}
