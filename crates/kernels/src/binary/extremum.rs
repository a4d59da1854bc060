//! MAXIMUM and MINIMUM: the larger and the smaller of two elements, in whatever quantization both
//! have.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/maximum_minimum.cc`.
//!
//! ```
//! use bantam_kernels::Shape;
//! use bantam_kernels::binary::extremum::{Extremum, extremum};
//! use bantam_kernels::walk::broadcast::Broadcast;
//! let pair = Shape::new(&[2])?;
//! let plan = Broadcast::new(&pair, &pair, &pair)?;
//! let mut output = [0_i8; 2];
//! extremum::<i8, i8>(&plan, Extremum::Minimum, &[1, 4], &[3, 2], &mut output)?;
//! assert_eq!(output, [1, 2]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::error::LengthMismatch;
use crate::number::element::Load;
use crate::walk::broadcast::{Broadcast, broadcast};

/// Which of two elements is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extremum {
    /// The larger one.
    Maximum,
    /// The smaller one.
    Minimum,
}

/// Fills `output` with the larger or smaller of the operands' elements, walked as `plan` says. The
/// second is taken where neither is (zeros of two signs), and where one is not a number.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the plan says.
pub fn extremum<T: PartialOrd + Copy, I: Load<T>>(
    plan: &Broadcast,
    which: Extremum,
    a: &[I],
    b: &[I],
    output: &mut [T],
) -> Result<(), LengthMismatch> {
    broadcast(plan, a, b, output, |x, y| {
        let (x, y) = (x.load(), y.load());
        let first = if which == Extremum::Maximum { x > y } else { x < y };
        if first { x } else { y }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn both<T: PartialOrd + Load<T>>(a: T, b: T) -> [T; 2] {
        [Extremum::Maximum, Extremum::Minimum].map(|which| {
            let mut output = [a];
            extremum::<T, T>(&Broadcast::flat(1), which, &[a], &[b], &mut output).unwrap();
            output[0]
        })
    }

    #[test]
    fn floats_are_taken_as_c_takes_them() {
        let odd =
            [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 0.0, -0.0, 1e-45, 3.0];
        for (a, b) in odd.iter().flat_map(|&a| odd.map(|b| (a, b))) {
            let want = [if a > b { a } else { b }, if a < b { a } else { b }];
            assert_eq!(both(a, b).map(f32::to_bits), want.map(f32::to_bits), "{a} and {b}");
        }
    }

    proptest! {
        #[test]
        fn integers_are_ordered(a: i64, b: i64, c: i8, d: i8) {
            prop_assert_eq!(both(a, b), [a.max(b), a.min(b)]);
            prop_assert_eq!(both(c, d), [c.max(d), c.min(d)]);
        }
    }
}
