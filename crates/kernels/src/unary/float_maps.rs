//! Operators on `f32` alone, which differ in the function that they apply.
//!
//! CEIL, FLOOR, NEG, ROUND, SQRT and SQUARE give what the reference gives bit for bit, whatever the
//! input. COS, EXP, LOG and SIN call the functions of the crate `libm`, where TFLM calls those of
//! its C library (`cosf`, `expf`, `logf`, `sinf`): the last bits may differ.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/elementwise.cc`, `ceil.cc`, `exp.cc`, `floor.cc`,
//! `neg.cc` and `round.cc` with the headers of these names in `lite/kernels/internal/reference`.
//!
//! ```
//! use bantam_kernels::unary::op;
//! use bantam_kernels::unary::float_maps::{Ceil, Cos, Exp, Floor, Log};
//! use bantam_kernels::unary::float_maps::{Neg, Round, Sin, Sqrt, Square};
//! let mut output = [0.0_f32; 2];
//! op::f32::<Ceil, f32>(&[1.2, -1.2], &mut output)?;
//! assert_eq!(output, [2.0, -1.0]);
//! op::f32::<Floor, f32>(&[1.2, -1.2], &mut output)?;
//! assert_eq!(output, [1.0, -2.0]);
//! op::f32::<Round, f32>(&[2.5, -0.6], &mut output)?;
//! assert_eq!(output, [2.0, -1.0]);
//! op::f32::<Neg, f32>(&[1.0, -2.0], &mut output)?;
//! assert_eq!(output, [-1.0, 2.0]);
//! op::f32::<Sqrt, f32>(&[9.0, 2.25], &mut output)?;
//! assert_eq!(output, [3.0, 1.5]);
//! op::f32::<Square, f32>(&[3.0, -4.0], &mut output)?;
//! assert_eq!(output, [9.0, 16.0]);
//! op::f32::<Exp, f32>(&[0.0, f32::NEG_INFINITY], &mut output)?;
//! assert_eq!(output, [1.0, 0.0]);
//! op::f32::<Log, f32>(&[1.0, 0.0], &mut output)?;
//! assert_eq!(output, [0.0, f32::NEG_INFINITY]);
//! op::f32::<Cos, f32>(&[0.0, 0.0], &mut output)?;
//! assert_eq!(output, [1.0, 1.0]);
//! op::f32::<Sin, f32>(&[0.0, -0.0], &mut output)?;
//! assert_eq!(output, [0.0, -0.0]);
//! # Ok::<(), bantam_kernels::LengthMismatch>(())
//! ```

use crate::unary::op::FloatOp;

/// The least integer that is not less.
#[derive(Debug)]
pub struct Ceil;
impl FloatOp for Ceil {
    fn f32(x: f32) -> f32 {
        libm::ceilf(x)
    }
}

/// The cosine.
#[derive(Debug)]
pub struct Cos;
impl FloatOp for Cos {
    fn f32(x: f32) -> f32 {
        libm::cosf(x)
    }
}

/// The exponential.
#[derive(Debug)]
pub struct Exp;
impl FloatOp for Exp {
    fn f32(x: f32) -> f32 {
        libm::expf(x)
    }
}

/// The greatest integer that is not greater.
#[derive(Debug)]
pub struct Floor;
impl FloatOp for Floor {
    fn f32(x: f32) -> f32 {
        libm::floorf(x)
    }
}

/// The natural logarithm.
#[derive(Debug)]
pub struct Log;
impl FloatOp for Log {
    fn f32(x: f32) -> f32 {
        libm::logf(x)
    }
}

/// The number with the other sign.
#[derive(Debug)]
pub struct Neg;
impl FloatOp for Neg {
    fn f32(x: f32) -> f32 {
        -x
    }
}

/// The nearest integer, the even one of two. What is rounded up to zero has no sign.
#[derive(Debug)]
pub struct Round;
impl FloatOp for Round {
    /// Source: `RoundToNearest` in `reference/round.h`.
    fn f32(x: f32) -> f32 {
        let floor = libm::floorf(x);
        let fraction = x - floor;
        // Where the fraction is a half, the integer has at most 23 bits.
        if fraction < 0.5 || (fraction == 0.5 && floor as i32 % 2 == 0) {
            floor
        } else {
            floor + 1.0
        }
    }
}

/// The sine.
#[derive(Debug)]
pub struct Sin;
impl FloatOp for Sin {
    fn f32(x: f32) -> f32 {
        libm::sinf(x)
    }
}

/// The square root, rounded to nearest; NaN for what is negative.
#[derive(Debug)]
pub struct Sqrt;
impl FloatOp for Sqrt {
    fn f32(x: f32) -> f32 {
        libm::sqrtf(x)
    }
}

/// The square.
#[derive(Debug)]
pub struct Square;
impl FloatOp for Square {
    fn f32(x: f32) -> f32 {
        x * x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unary::op;
    use proptest::prelude::*;

    /// Not a number, infinities, extremes, subnormals, zeros, and numbers at which rounding turns.
    const ODD: [f32; 18] = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
        f32::MIN_POSITIVE,
        1e-45,
        -1e-45,
        0.0,
        -0.0,
        0.5,
        -0.5,
        1.5,
        2.5,
        -2.5,
        0.499_999_97,
        8_388_607.5,
        16_777_216.0,
    ];

    fn run<O: FloatOp>(x: f32) -> f32 {
        let mut output = [0.0];
        op::f32::<O, f32>(&[x], &mut output).unwrap();
        output[0]
    }

    /// The same bits, or both not a number.
    fn same(a: f32, b: f32) -> bool {
        a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
    }

    /// What the reference's formula gives.
    fn round(x: f32) -> f32 {
        let floor = x.floor();
        let difference = x - floor;
        let even = (floor % 2.0) == 0.0;
        if difference < 0.5 || (difference == 0.5 && even) { floor } else { floor + 1.0 }
    }

    fn check_exact(x: f32) {
        assert!(same(run::<Ceil>(x), x.ceil()), "ceil({x})");
        assert!(same(run::<Floor>(x), x.floor()), "floor({x})");
        assert!(same(run::<Neg>(x), f32::from_bits(x.to_bits() ^ (1 << 31))), "-{x}");
        assert!(same(run::<Round>(x), round(x)), "round({x})");
        assert!(same(run::<Sqrt>(x), x.sqrt()), "sqrt({x})");
        assert!(same(run::<Square>(x), x * x), "{x} squared");
    }

    /// Within two units in the last place of the real function, and as the C library at the ends.
    fn check_near(x: f32) {
        let wide = f64::from(x);
        let pairs = [
            (run::<Cos>(x), wide.cos()),
            (run::<Exp>(x), wide.exp()),
            (run::<Log>(x), wide.ln()),
            (run::<Sin>(x), wide.sin()),
        ];
        for (i, (got, want)) in pairs.into_iter().enumerate() {
            let near = (f64::from(got) - want).abs() <= 2.4e-7 * want.abs() + 1e-45;
            assert!(near || same(got, want as f32), "{i}: {got} for {want} at {x}");
        }
    }

    #[test]
    fn odd_numbers_give_what_the_reference_gives() {
        for x in ODD {
            check_exact(x);
            check_near(x);
        }
        assert_eq!(ODD.map(run::<Log>)[8..10], [f32::NEG_INFINITY; 2]);
        assert_eq!(run::<Round>(-0.4).to_bits(), 0);
        assert_eq!(run::<Round>(-0.0).to_bits(), (-0.0_f32).to_bits());
    }

    proptest! {
        #[test]
        fn any_number_gives_what_the_reference_gives(bits: u32, near in -100.0_f32..100.0) {
            check_exact(f32::from_bits(bits));
            check_exact((near * 2.0).round() / 2.0);
            check_near(f32::from_bits(bits));
            check_near(near);
        }
    }
}
