//! L2_NORMALIZATION: the innermost dimension divided by the root of the sum of its squares.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/l2norm.cc`,
//! `lite/kernels/internal/reference/l2normalization.h`,
//! `lite/kernels/internal/reference/integer_ops/l2normalization.h` (`L2Normalization`) and
//! `lite/kernels/internal/common.h` (`GetInvSqrtQuantizedMultiplierExp`).

use crate::number::clamp::within;
use crate::number::fixed_point::saturating_shift_left;
use crate::number::requant::{
    Requant, rounding_divide_by_pot, rounding_doubling_high_mul as high_mul,
};
use crate::rowwise::row::RowOp;

/// Rows with a root of the sum of squares of 1.
///
/// * `f32`: squares are added in the order of the row. The root is exact (IEEE 754), as that of the
///   reference is (`std::sqrt`), and at least 1e-6.
/// * `i8`: in steps of 1/128, whatever the output's quantization.
///
/// ```
/// use bantam_kernels::rowwise::l2_normalization::{L2Normalization, L2NormalizationParams};
/// use bantam_kernels::rowwise::row::rows;
/// let mut row = [3.0, -4.0];
/// rows::<L2Normalization, f32>(&L2NormalizationParams::new(2, 0), &mut row)?;
/// assert_eq!(row, [0.6, -0.8]);
/// # Ok::<(), bantam_kernels::LengthMismatch>(())
/// ```
#[derive(Debug)]
pub struct L2Normalization;

/// Parameters of an L2_NORMALIZATION.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct L2NormalizationParams {
    zero_point: i32,
    depth: u32,
}

impl L2NormalizationParams {
    /// Parameters for rows of `depth` elements, with this zero point where they are `i8`.
    pub fn new(depth: u32, zero_point: i32) -> Self {
        Self { zero_point, depth }
    }
}

impl RowOp<i8> for L2Normalization {
    type Params = L2NormalizationParams;

    fn depth(params: &L2NormalizationParams) -> u32 {
        params.depth
    }

    fn row(params: &L2NormalizationParams, row: &mut [i8]) {
        let real = |&x: &i8| i32::from(x).wrapping_sub(params.zero_point);
        let squares = row.iter().map(real).map(|x| x.wrapping_mul(x));
        let mut factor = inverse_sqrt(squares.fold(0, i32::wrapping_add));
        factor.shift += 7;
        for x in row {
            *x = within(factor.apply(real(x)), -128, 127) as i8;
        }
    }
}

impl RowOp<f32> for L2Normalization {
    type Params = L2NormalizationParams;

    fn depth(params: &L2NormalizationParams) -> u32 {
        params.depth
    }

    fn row(_params: &L2NormalizationParams, row: &mut [f32]) {
        let squares = row.iter().fold(0.0, |sum, x| sum + x * x);
        let norm = libm::sqrtf(squares);
        let norm = if norm < 1e-6 { 1e-6 } else { norm };
        row.iter_mut().for_each(|x| *x /= norm);
    }
}

/// `1 / sqrt(x)`, where 1 stands for what is less. Five steps of Newton's method, with 3 integer
/// bits.
fn inverse_sqrt(mut x: i32) -> Requant {
    const HALF_THREE: i32 = (1 << 28) + (1 << 27);
    const HALF_SQRT_2: i32 = 1_518_500_250;
    if x <= 1 {
        return Requant { multiplier: i32::MAX, shift: 0 };
    }
    let mut shift = 11;
    while x >= 1 << 29 {
        x /= 4;
        shift += 1;
    }
    // To `2^27..2^29`: it is below now.
    let pairs = ((x.leading_zeros() as i32 - 1) / 2 - 1).max(0);
    shift -= pairs;
    let half = rounding_divide_by_pot(x.wrapping_shl(2 * pairs as u32) >> 1, 1);
    let mut y = 1 << 28;
    for _ in 0..5 {
        let cube = saturating_shift_left(high_mul(high_mul(y, y), y), 6);
        let next = high_mul(HALF_THREE, y).wrapping_sub(high_mul(half, cube));
        y = saturating_shift_left(next, 3);
    }
    let multiplier = high_mul(y, HALF_SQRT_2).wrapping_shl((-shift).max(0) as u32);
    Requant { multiplier, shift: -shift.max(0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rowwise::row::rows;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn i8_agrees_with_double_precision(
            row in prop::collection::vec(any::<i8>(), 1..40), zero_point in -128..128_i32,
        ) {
            let params = L2NormalizationParams::new(row.len() as u32, zero_point);
            let mut got = row.clone();
            rows::<L2Normalization, _>(&params, &mut got).unwrap();
            let real = |&x: &i8| f64::from(i32::from(x) - zero_point);
            let norm = row.iter().map(real).map(|x| x * x).sum::<f64>().sqrt().max(1.0);
            for (got, x) in got.iter().zip(&row) {
                let want = (real(x) / norm * 128.0).min(127.0);
                prop_assert!((f64::from(*got) - want).abs() <= 1.0, "{} {}", got, want);
            }
        }

        #[test]
        fn any_parameters_do_not_panic(zero_point: i32, row in prop::collection::vec(any::<i8>(), 24)) {
            for depth in [0, 1, 8] {
                let params = L2NormalizationParams { zero_point, depth };
                rows::<L2Normalization, _>(&params, &mut row.clone()).unwrap();
            }
        }
    }

    #[test]
    fn floats_that_are_no_numbers_come_out_as_in_the_reference() {
        const NAN: f32 = f32::NAN;
        const INF: f32 = f32::INFINITY;
        const TINY: f32 = f32::from_bits(1);
        let same = |x: [f32; 2], want: [f32; 2]| {
            let mut y = x;
            rows::<L2Normalization, _>(&L2NormalizationParams::new(2, 0), &mut y).unwrap();
            for (y, want) in y.iter().zip(want) {
                assert!(y.to_bits() == want.to_bits() || y.is_nan() && want.is_nan(), "{x:?}: {y}");
            }
        };
        same([NAN, 1.0], [NAN; 2]);
        same([INF, 1.0], [NAN, 0.0]);
        same([-INF, -1.0], [NAN, -0.0]);
        // The squares are infinite.
        same([f32::MAX, f32::MIN], [0.0, -0.0]);
        // The squares are 0: the smallest norm divides.
        same([TINY, -0.0], [TINY / 1e-6, -0.0]);
    }
}
