//! FLOOR_DIV and FLOOR_MOD: the quotient rounded down, and what it leaves over, on `f32`.
//!
//! Neither needs a library to agree with: quotient, remainder and rounding are exact by definition.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/floor_div.cc`, `floor_mod.cc` and the headers of these
//! names in `lite/kernels/internal/reference`.
//!
//! ```
//! use bantam_kernels::Shape;
//! use bantam_kernels::binary::plain::{accepts, plain};
//! use bantam_kernels::binary::floor_div::{FloorDiv, FloorMod};
//! use bantam_kernels::walk::broadcast::Broadcast;
//! let pair = Shape::new(&[2])?;
//! let plan = Broadcast::new(&pair, &pair, &pair)?;
//! let mut output = [0.0; 2];
//! plain::<FloorDiv, _>(&plan, &[7.0, -7.0], &[2.0, 2.0], &mut output)?;
//! assert_eq!(output, [3.0, -4.0]);
//! plain::<FloorMod, _>(&plan, &[7.0, -7.0], &[2.0, 2.0], &mut output)?;
//! assert_eq!(output, [1.0, 1.0]);
//! assert!(!accepts::<FloorDiv, _>(&[0.0_f32]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::binary::plain::PlainOp;

/// `floor(a / b)`, with the quotient in double precision. A divisor of 0 is not accepted.
#[derive(Debug)]
pub struct FloorDiv;
impl PlainOp for FloorDiv {
    type Element = f32;
    fn accepts(b: f32) -> bool {
        b != 0.0
    }
    fn apply(a: f32, b: f32) -> f32 {
        libm::floor(f64::from(a) / f64::from(b)) as f32
    }
}

/// The remainder of `a / b` with the sign of `b`. A divisor of 0 gives NaN.
#[derive(Debug)]
pub struct FloorMod;
impl PlainOp for FloorMod {
    type Element = f32;
    fn apply(a: f32, b: f32) -> f32 {
        // C's `fmod`, which is in every target's runtime library.
        let rest = a % b;
        if rest != 0.0 && (b < 0.0) != (rest < 0.0) { rest + b } else { rest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Shape;
    use crate::binary::plain::{accepts, plain};
    use crate::walk::broadcast::Broadcast;
    use proptest::prelude::*;

    fn same(a: f32, b: f32) -> bool {
        a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
    }

    fn check(a: f32, b: f32) {
        let div = (f64::from(a) / f64::from(b)).floor() as f32;
        assert!(same(FloorDiv::apply(a, b), div), "{a} div {b}");
        // `%` is C's `fmod`.
        let rest = a % b;
        let adjust = rest != 0.0 && (b < 0.0) != (rest < 0.0);
        let rest = if adjust { rest + b } else { rest };
        assert!(same(FloorMod::apply(a, b), rest), "{a} mod {b}");
    }

    #[test]
    fn odd_numbers_give_what_the_reference_gives() {
        let odd = [
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MAX,
            f32::MIN,
            1e-45,
            -1e-45,
            0.0,
            -0.0,
            5.0,
            -5.0,
            0.3,
            -0.3,
        ];
        for a in odd {
            odd.iter().for_each(|&b| check(a, b));
        }
        assert_eq!((FloorDiv::apply(-7.0, 2.0), FloorMod::apply(-7.0, 2.0)), (-4.0, 1.0));
        assert!(FloorMod::apply(1.0, 0.0).is_nan());
    }

    #[test]
    fn only_division_looks_at_its_divisors() {
        assert!(accepts::<FloorDiv, f32>(&[1.0, f32::NAN, -1e-45]));
        assert!(!accepts::<FloorDiv, f32>(&[1.0, -0.0]));
        assert!(accepts::<FloorMod, f32>(&[0.0]));
        let mut output = [0.0; 2];
        plain::<FloorDiv, f32>(&Broadcast::flat(2), &[7.0, -7.0], &[2.0; 2], &mut output).unwrap();
        assert_eq!(output, [3.0, -4.0]);
        let shape = Shape::new(&[2]).unwrap();
        let plan = Broadcast::new(&shape, &shape, &shape).unwrap();
        assert!(plain::<FloorMod, f32>(&plan, &[1.0], &[1.0; 2], &mut output).is_err());
    }

    proptest! {
        #[test]
        fn any_numbers_give_what_the_reference_gives(a: u32, b: u32, near in [-9.0_f32..9.0, -9.0_f32..9.0]) {
            check(f32::from_bits(a), f32::from_bits(b));
            check(near[0], near[1]);
        }
    }
}
