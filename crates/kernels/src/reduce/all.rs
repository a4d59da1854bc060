//! REDUCE_ALL: whether all elements are true, over any axes.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/reduce_common.cc` (`EvalAllHelper`),
//! `lite/kernels/internal/reference/reduce.h` (`ReduceGeneric`).
//!
//! ```
//! use bantam_kernels::Shape;
//! use bantam_kernels::reduce::all::ReduceAll;
//! use bantam_kernels::reduce::axes::{Reduction, reduce};
//! let rows = Reduction::new(&Shape::new(&[2, 2])?, &[1], &Shape::new(&[2])?)?;
//! let mut output = [0; 2];
//! reduce::<ReduceAll, u8, u8>(&rows, (&[1, 1, 0, 1][..], &mut output[..]))?;
//! assert_eq!(output, [1, 0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::reduce::axes::{Reduce, ReduceOp, Reduction};

/// Whether all elements, which are truth values, are true.
#[derive(Debug)]
pub struct ReduceAll;

impl ReduceOp for ReduceAll {
    type Params = Reduction;

    fn unscaled(reduction: Reduction) -> Reduction {
        reduction
    }

    fn resolved(_params: &Reduction, reduction: Reduction) -> Reduction {
        reduction
    }
}

impl Reduce<u8> for ReduceAll {
    type Sum = u8;

    fn start() -> u8 {
        1
    }

    fn add(all: u8, x: u8) -> u8 {
        all & u8::from(x != 0)
    }

    fn finish(_params: &Reduction) -> impl Fn(u8) -> u8 {
        |all| all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reduce::axes::reduce;
    use crate::walk::shape::Shape;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_column_is_true_without_a_false_element(rows in 1..6_usize, x in prop::collection::vec(0..3_u8, 30)) {
            let columns = x.len() / rows;
            let x = &x[..rows * columns];
            let [input, output] =
                [&[rows as i32, columns as i32][..], &[columns as i32]].map(|dims| Shape::new(dims).unwrap());
            let reduction = Reduction::new(&input, &[0], &output).unwrap();
            let mut got = vec![9; columns];
            reduce::<ReduceAll, u8, u8>(&reduction, (x, &mut got[..])).unwrap();
            let is_true = |i: usize| x.iter().skip(i).step_by(columns).all(|&x| x != 0);
            prop_assert_eq!(got, (0..columns).map(|i| u8::from(is_true(i))).collect::<Vec<_>>());
        }
    }
}
