//! The six comparisons against those of the language and of the reference's formula.

use super::*;
use crate::Shape;
use alloc::vec::Vec;
use proptest::prelude::*;

type Compared = fn(f64, f64) -> bool;

/// Each comparison with what it is in C++.
const ALL: [(Orderings, Compared); 6] = [
    (Equal::HOLDS, |a, b| a == b),
    (NotEqual::HOLDS, |a, b| a != b),
    (Greater::HOLDS, |a, b| a > b),
    (GreaterEqual::HOLDS, |a, b| a >= b),
    (Less::HOLDS, |a, b| a < b),
    (LessEqual::HOLDS, |a, b| a <= b),
];

fn plan(len: usize) -> Broadcast {
    let shape = Shape::new(&[len as i32]).unwrap();
    Broadcast::new(&shape, &shape, &shape).unwrap()
}

fn of(scale: f32, zero_point: i32) -> Quantization {
    Quantization { scale, zero_point }
}

#[test]
fn floats_compare_as_in_the_reference_whatever_they_are() {
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 0.0, -0.0, 1e-45];
    let pairs: Vec<(f32, f32)> = odd.iter().flat_map(|&a| odd.map(|b| (a, b))).collect();
    let (a, b): (Vec<f32>, Vec<f32>) = pairs.iter().copied().unzip();
    for (holds, compared) in ALL {
        let mut output = [2; 64];
        compare::<f32, f32>(&plan(64), holds, &a, &b, &mut output).unwrap();
        for ((a, b), got) in pairs.iter().zip(output) {
            assert_eq!(got, u8::from(compared(f64::from(*a), f64::from(*b))), "{a} and {b}");
        }
    }
}

#[test]
fn impossible_quantizations_are_refused() {
    let new = |a, b| ComparisonParams::new(plan(1), [a, b]).map(|_| ());
    assert_eq!(new(of(0.5, 0), of(0.999, -128)), Ok(()));
    assert_eq!(new(of(0.5, 0), of(1.0, 0)), Err(ParamsError::Multiplier));
    assert_eq!(new(of(0.0, 0), of(0.5, 0)), Err(ParamsError::Scale));
    assert_eq!(new(of(0.5, 128), of(0.5, 0)), Err(ParamsError::ZeroPoint { value: 128 }));
}

#[test]
fn wrong_lengths_are_named() {
    let error = compare::<i32, i32>(&plan(2), Less::HOLDS, &[1, 2], &[1], &mut [0; 2]);
    assert_eq!(error.map_err(|error| error.operand), Err(crate::Operand::Input2));
}

proptest! {
    #[test]
    fn integers_compare_exactly(a: i64, b: i64, same: bool) {
        let b = if same { a } else { b };
        let exact: [bool; 6] = [a == b, a != b, a > b, a >= b, a < b, a <= b];
        for ((holds, _), want) in ALL.into_iter().zip(exact) {
            let mut output = [2];
            compare::<i64, i64>(&plan(1), holds, &[a], &[b], &mut output).unwrap();
            prop_assert_eq!(output[0], u8::from(want));
        }
    }

    #[test]
    fn quantized_elements_compare_as_the_reference_scales_them(
        a: i8, b: i8, scales in [1e-4_f32..0.999, 1e-4_f32..0.999], zero_points: [i8; 2],
    ) {
        let inputs = [of(scales[0], zero_points[0].into()), of(scales[1], zero_points[1].into())];
        let params = ComparisonParams::new(plan(1), inputs).unwrap();
        // As far as 31 bits of the scale matter, the product is rounded once.
        let scaled = |x: i8, q: Quantization| {
            f64::from((i32::from(x) - q.zero_point) * 256) * f64::from(q.scale)
        };
        let (x, y) = (scaled(a, inputs[0]), scaled(b, inputs[1]));
        for (holds, compared) in ALL {
            let mut output = [2];
            compare_quantized(&params, params.plan(), holds, &[a], &[b], &mut output).unwrap();
            // Rounding moves each by up to one step: further apart, the order is that of the reals.
            if (x - y).abs() > 2.0 {
                prop_assert_eq!(output[0], u8::from(compared(x, y)));
            }
        }
    }

    #[test]
    fn any_parameters_do_not_panic(multipliers: [i32; 2], shifts: [i16; 2], zero_points: [i16; 2], x: i8) {
        let params = ComparisonParams { broadcast: plan(1), multipliers, right_shifts: shifts, zero_points };
        compare_quantized(&params, params.plan(), Less::HOLDS, &[x], &[x], &mut [0]).unwrap();
    }
}
