//! REDUCE_MAX and REDUCE_MIN over any axes.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/reduce_common.cc` (`EvalMinMaxHelper`),
//! `lite/kernels/internal/reference/reduce.h` (`ReduceGeneric`).
//!
//! ```
//! use bantam_kernels::Shape;
//! use bantam_kernels::reduce::axes::{Reduction, reduce};
//! use bantam_kernels::reduce::extreme::{Extremum, ReduceMax};
//! let rows = Reduction::new(&Shape::new(&[2, 2])?, &[1], &Shape::new(&[2])?)?;
//! let mut output = [0_i8; 2];
//! reduce::<ReduceMax, i8, i8>(&rows, (&[1, 5, -3, -9][..], &mut output[..]))?;
//! assert_eq!(output, [5, -3]);
//! reduce::<Extremum<false>, i8, i8>(&rows, (&[1, 5, -3, -9][..], &mut output[..]))?; // ReduceMin
//! assert_eq!(output, [1, -9]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::element::Quantized;
use crate::reduce::axes::{QuantizedReduceOp, Reduce, ReduceOp, Reduction};

/// The largest element, or without `LARGEST` the smallest. A NaN is never the one or the other.
#[derive(Debug)]
pub struct Extremum<const LARGEST: bool>;

/// The largest element.
pub type ReduceMax = Extremum<true>;

/// The smallest element.
pub type ReduceMin = Extremum<false>;

impl<const LARGEST: bool> ReduceOp for Extremum<LARGEST> {
    type Params = Reduction;

    fn unscaled(reduction: Reduction) -> Reduction {
        reduction
    }

    fn resolved(_params: &Reduction, reduction: Reduction) -> Reduction {
        reduction
    }
}

impl<const LARGEST: bool> QuantizedReduceOp for Extremum<LARGEST> {
    /// Nothing is rescaled: [`ParamsError::Quantization`] unless the quantizations are equal.
    fn params(
        reduction: Reduction,
        input: Quantization,
        output: Quantization,
    ) -> Result<Reduction, ParamsError> {
        if input == output { Ok(reduction) } else { Err(ParamsError::Quantization) }
    }
}

impl<T: Extreme, const LARGEST: bool> Reduce<T> for Extremum<LARGEST> {
    type Sum = T;

    fn start() -> T {
        if LARGEST { T::LOWEST } else { T::HIGHEST }
    }

    fn add(extreme: T, x: T) -> T {
        let exceeds = if LARGEST { x > extreme } else { x < extreme };
        if exceeds { x } else { extreme }
    }

    fn finish(_params: &Reduction) -> impl Fn(T) -> T {
        |extreme| extreme
    }
}

/// An element whose extremes can be found: `i8`, `i16` or `f32`.
pub trait Extreme: Copy + PartialOrd {
    /// The lowest finite value.
    const LOWEST: Self;
    /// The highest finite value.
    const HIGHEST: Self;
}

impl<T: Quantized> Extreme for T {
    const LOWEST: T = T::LOWEST;
    const HIGHEST: T = T::HIGHEST;
}

impl Extreme for f32 {
    const LOWEST: Self = Self::MIN;
    const HIGHEST: Self = Self::MAX;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reduce::axes::reduce;
    use crate::walk::shape::Shape;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn of(dims: &[i32], axes: &[i32], kept: &[i32]) -> Reduction {
        Reduction::new(&Shape::new(dims).unwrap(), axes, &Shape::new(kept).unwrap()).unwrap()
    }

    proptest! {
        #[test]
        fn extremes_are_those_of_each_column(rows in 1..6_usize, x in prop::collection::vec(any::<i8>(), 30)) {
            let columns = x.len() / rows;
            let x = &x[..rows * columns];
            let reduction = of(&[rows as i32, columns as i32], &[0], &[columns as i32]);
            let mut got = vec![0; columns];
            let column = |i: usize| x.iter().copied().skip(i).step_by(columns);
            reduce::<ReduceMax, i8, i8>(&reduction, (x, &mut got[..])).unwrap();
            prop_assert_eq!(&got, &(0..columns).map(|i| column(i).max().unwrap()).collect::<Vec<_>>());
            reduce::<ReduceMin, i8, i8>(&reduction, (x, &mut got[..])).unwrap();
            prop_assert_eq!(&got, &(0..columns).map(|i| column(i).min().unwrap()).collect::<Vec<_>>());
        }
    }

    /// The reference starts with the lowest (highest) finite number.
    #[test]
    fn floats_that_are_no_numbers_come_out_as_in_the_reference() {
        const NAN: f32 = f32::NAN;
        const INF: f32 = f32::INFINITY;
        const TINY: f32 = f32::from_bits(1);
        for (x, largest, smallest) in [
            ([NAN, 1.0], 1.0, 1.0),
            ([1.0, NAN], 1.0, 1.0),
            ([NAN, NAN], f32::MIN, f32::MAX),
            ([INF, 1.0], INF, 1.0),
            ([-INF, 1.0], 1.0, -INF),
            ([INF, INF], INF, f32::MAX),
            ([-INF, -INF], f32::MIN, -INF),
            ([0.0, -0.0], 0.0, 0.0),
            ([-0.0, 0.0], -0.0, -0.0),
            ([TINY, 0.0], TINY, 0.0),
            ([-TINY, 0.0], 0.0, -TINY),
        ] {
            let mut y = [0.0];
            reduce::<ReduceMax, f32, f32>(&of(&[2], &[0], &[1]), (&x[..], &mut y[..])).unwrap();
            assert_eq!(y[0].to_bits(), f32::to_bits(largest), "{x:?}");
            reduce::<ReduceMin, f32, f32>(&of(&[2], &[0], &[1]), (&x[..], &mut y[..])).unwrap();
            assert_eq!(y[0].to_bits(), f32::to_bits(smallest), "{x:?}");
        }
    }

    #[test]
    fn quantizations_must_be_equal() {
        let quantization = |scale, zero_point| Quantization { scale, zero_point };
        let reduction = of(&[2], &[0], &[1]);
        let new = |output| ReduceMax::params(reduction, quantization(0.5, 1), output);
        assert_eq!(new(quantization(0.5, 1)), Ok(reduction));
        for other in [quantization(0.25, 1), quantization(0.5, 0)] {
            assert_eq!(new(other), Err(ParamsError::Quantization));
        }
    }
}
