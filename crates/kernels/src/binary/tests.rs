//! ADD, SUB and MUL against real arithmetic.

use crate::backend::elementwise::{BinaryQuantization, Scaled, Terms};
use crate::binary::div::{Div, DivParams};
use crate::binary::mul::{Mul, MulParams};
use crate::binary::op::{
    self, ArithmeticF32Params, ArithmeticI32Params, BinaryOp, QuantizedParams,
};
use crate::binary::squared_difference::{SquaredDifference, SquaredDifferenceParams};
use crate::binary::sum::{Add, Sub, SumParams};
use crate::number::element::Quantized;
use crate::walk::broadcast::{BinaryParams, Broadcast};
use crate::{Activation, Le, ParamsError, Quantization, Shape};
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;

fn of(scale: f32, zero_point: i32) -> Quantization {
    Quantization { scale, zero_point }
}

/// `a` and `b` of so many elements, broadcast to the longer one.
fn plan(a: usize, b: usize) -> Broadcast {
    let shape = |n: usize| Shape::new(&[n as i32]).unwrap();
    Broadcast::new(&shape(a), &shape(b), &shape(a.max(b))).unwrap()
}

/// Runs `O` on `i8` or `i16`.
fn quantized<O: BinaryOp, T: Quantized>(params: &O::Quantized, a: &[T], b: &[T], output: &mut [T]) {
    op::quantized::<O, T, T>(params, params.plan(), a, b, output).unwrap();
}

fn f32<O: BinaryOp>(params: &ArithmeticF32Params, a: &[f32], b: &[f32], output: &mut [f32]) {
    op::f32::<O, f32>(params, params.plan(), a, b, output).unwrap();
}

fn i32<O: BinaryOp>(params: &ArithmeticI32Params, a: &[i32], b: &[i32], output: &mut [i32]) {
    let le = |x: &[i32]| x.iter().map(|x| Le::new(x.to_le_bytes())).collect::<Vec<_>>();
    op::i32::<O, Le<4>>(params, params.plan(), &le(a), &le(b), output).unwrap();
}

const UNIT: Quantization = Quantization { scale: 1.0, zero_point: 0 };

#[test]
fn i8_by_hand() {
    let (a, b) = ([100_i8, 3, -128, 5], [50_i8, 4, -1, -9]);
    let new = |activation| {
        (
            SumParams::new::<i8>(plan(4, 4), [UNIT; 2], UNIT, activation).unwrap(),
            SumParams::new::<i8>(plan(4, 4), [UNIT; 2], UNIT, activation).unwrap(),
            MulParams::new::<i8>(plan(4, 4), [UNIT; 2], UNIT, activation).unwrap(),
        )
    };
    let mut output = [0; 4];
    let (add, sub, mul) = new(Activation::None);
    quantized::<Add, i8>(&add, &a, &b, &mut output);
    assert_eq!(output, [127, 7, -128, -4]);
    quantized::<Sub, i8>(&sub, &a, &b, &mut output);
    assert_eq!(output, [50, -1, -127, 14]);
    quantized::<Mul, i8>(&mul, &a, &b, &mut output);
    assert_eq!(output, [127, 12, 127, -45]);
    let (add, sub, mul) = new(Activation::Relu6);
    quantized::<Add, i8>(&add, &a, &b, &mut output);
    assert_eq!(output, [6, 6, 0, 0]);
    quantized::<Sub, i8>(&sub, &a, &b, &mut output);
    assert_eq!(output, [6, 0, 0, 6]);
    quantized::<Mul, i8>(&mul, &a, &b, &mut output);
    assert_eq!(output, [6, 6, 6, 0]);
}

#[test]
fn i32_wraps_and_only_add_ignores_the_activation() {
    let (a, b) = ([i32::MAX, 5, -7], [2]);
    let mut output = [0; 3];
    let params = ArithmeticI32Params::new(plan(3, 1), Activation::Relu);
    i32::<Add>(&params, &a, &b, &mut output);
    assert_eq!(output, [i32::MIN + 1, 7, -5]);
    i32::<Sub>(&params, &a, &b, &mut output);
    assert_eq!(output, [i32::MAX - 2, 3, 0]);
    i32::<Mul>(&params, &a, &b, &mut output);
    assert_eq!(output, [0, 10, 0]);
}

#[test]
fn f32_clamps_infinities_and_keeps_nan() {
    let (a, b) = ([f32::INFINITY, f32::NAN, 1.5, -8.0], [2.0_f32]);
    let mut output = [0.0; 4];
    f32::<Add>(&ArithmeticF32Params::new(plan(4, 1), Activation::None), &a, &b, &mut output);
    assert!(output[1].is_nan());
    assert_eq!((output[0], output[2], output[3]), (f32::MAX, 3.5, -6.0));
    let relu6 = ArithmeticF32Params::new(plan(4, 1), Activation::Relu6);
    f32::<Sub>(&relu6, &a, &b, &mut output);
    assert!(output[1].is_nan());
    assert_eq!((output[0], output[2], output[3]), (6.0, 0.0, 0.0));
    f32::<Mul>(&relu6, &a, &b, &mut output);
    assert_eq!((output[0], output[2], output[3]), (6.0, 3.0, 0.0));
}

/// `std::min(std::max(x, min), max)`: where it does not compare, a NaN stays.
fn clamped(x: f32, (min, max): (f32, f32)) -> f32 {
    let raised = if x < min { min } else { x };
    if max < raised { max } else { raised }
}

/// Runs `O` on every pair of odd numbers, and checks that it gives `formula`, bit for bit.
fn check_odd<O: BinaryOp>(formula: fn(f32, f32) -> f32) {
    let odd = [
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
        1.0,
        -1.0,
        6.0,
        0.1,
        3.0,
    ];
    let pairs: Vec<(f32, f32)> = odd.iter().flat_map(|&a| odd.map(|b| (a, b))).collect();
    let (a, b): (Vec<f32>, Vec<f32>) = pairs.iter().copied().unzip();
    for activation in [Activation::None, Activation::Relu, Activation::ReluN1To1, Activation::Relu6]
    {
        let params = ArithmeticF32Params::new(plan(a.len(), b.len()), activation);
        let mut output = vec![0.5; a.len()];
        f32::<O>(&params, &a, &b, &mut output);
        for ((a, b), got) in pairs.iter().zip(output) {
            let result = formula(*a, *b);
            let clamp = || clamped(result, activation.range_f32());
            let want = if O::CLAMPS_F32 { clamp() } else { result };
            let same = got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan());
            assert!(same, "{got} for {want}, of {a} and {b} with {activation:?}");
        }
    }
}

#[test]
fn odd_floats_give_what_the_reference_gives() {
    check_odd::<Add>(|a, b| a + b);
    check_odd::<Sub>(|a, b| a - b);
    check_odd::<Mul>(|a, b| a * b);
    check_odd::<Div>(|a, b| a / b);
    check_odd::<SquaredDifference>(|a, b| (a - b) * (a - b));
}

#[test]
fn integers_are_not_divided_by_zero() {
    let params =
        DivParams::new::<i8>(plan(3, 3), [of(0.5, 3), of(0.5, -7)], of(0.25, 0), Activation::None);
    let params = params.unwrap();
    assert_eq!([-7_i8, -6, 0, 3].map(|b| params.accepts(b)), [false, true, true, true]);
    assert!(!Div::accepts_i32(0) && Div::accepts_i32(-1));
    assert_eq!((Div::i32(-7, 2), Div::i32(i32::MIN, -1)), (-3, i32::MIN));
    // 0, -6 and 62 halves divided by 4.5: quarters, rounded.
    let mut output = [1; 3];
    quantized::<Div, i8>(&params, &[3, -9, 127], &[2, 2, 2], &mut output);
    assert_eq!(output, [0, -5, 55]);
}

#[test]
fn squared_differences_by_hand() {
    let params = SquaredDifferenceParams::new::<i8>(
        plan(4, 4),
        [of(0.5, 1), of(0.25, 0)],
        of(0.5, -128),
        Activation::None,
    );
    let mut output = [0; 4];
    // 0.5 - 1, 2 - -2, 0 - 0, and what saturates.
    quantized::<SquaredDifference, i8>(
        &params.unwrap(),
        &[2, 5, 1, 127],
        &[4, -8, 0, -128],
        &mut output,
    );
    assert_eq!(output, [-127, -96, -128, 127]);
    let zero_point = SquaredDifferenceParams::new::<i16>(
        plan(1, 1),
        [of(1.0, 0); 2],
        of(1.0, 2),
        Activation::None,
    );
    assert_eq!(zero_point.map(|_| ()), Err(ParamsError::ZeroPoint { value: 2 }));
    let mut output = [0];
    let none = ArithmeticI32Params::new(plan(1, 1), Activation::None);
    i32::<SquaredDifference>(&none, &[-3], &[4], &mut output);
    assert_eq!(output, [49]);
}

#[test]
fn impossible_quantizations_are_refused() {
    let add = |inputs, output| {
        SumParams::new::<i8>(plan(1, 1), inputs, output, Activation::None).map(|_| ())
    };
    assert_eq!(add([UNIT; 2], of(1e-7, 0)), Err(ParamsError::Multiplier));
    assert_eq!(add([UNIT, of(0.0, 0)], UNIT), Err(ParamsError::Scale));
    assert_eq!(add([UNIT, of(f32::NAN, 0)], UNIT), Err(ParamsError::Scale));
    assert_eq!(add([of(1.0, 128), UNIT], UNIT), Err(ParamsError::ZeroPoint { value: 128 }));
    // Factors so far apart that one of them vanishes are fine.
    assert_eq!(add([UNIT, of(1e-20, 0)], UNIT), Ok(()));
    let mul = |inputs, output| {
        MulParams::new::<i16>(plan(1, 1), inputs, output, Activation::None).map(|_| ())
    };
    assert_eq!(mul([UNIT; 2], UNIT), Ok(()));
    assert_eq!(mul([of(1.0, 5), UNIT], UNIT), Err(ParamsError::ZeroPoint { value: 5 }));
    assert_eq!(mul([UNIT; 2], of(1.0, -3)), Err(ParamsError::ZeroPoint { value: -3 }));
}

type Kernel<'k, T> = &'k dyn Fn(&mut [T]);

/// Checks the three kernels on `T` against real numbers, to one step of the output.
fn check_against_real<T: Quantized + core::fmt::Debug>(
    (a, b): (&[T], &[T]),
    inputs: [Quantization; 2],
    output: Quantization,
    kernels: [Kernel<'_, T>; 3],
) -> Result<(), TestCaseError> {
    let real = |x: T, q: Quantization| {
        let x: i32 = x.into();
        f64::from(x - q.zero_point) * f64::from(q.scale)
    };
    let operations: [fn(f64, f64) -> f64; 3] = [|x, y| x + y, |x, y| x - y, |x, y| x * y];
    let len = a.len().max(b.len());
    for (kernel, operation) in kernels.iter().zip(operations) {
        let mut got = vec![T::from_clamped(0); len];
        kernel(&mut got);
        for (i, &got) in got.iter().enumerate() {
            let (x, y) = (real(a[i % a.len()], inputs[0]), real(b[i % b.len()], inputs[1]));
            let want = operation(x, y) / f64::from(output.scale) + f64::from(output.zero_point);
            let want = want.clamp(T::MIN.into(), T::MAX.into());
            let got: i32 = got.into();
            prop_assert!((f64::from(got) - want).abs() <= 1.0, "{got} for {want}");
        }
    }
    Ok(())
}

fn scales() -> impl Strategy<Value = [f32; 3]> {
    [0.005_f32..0.5, 0.005_f32..0.5, 0.01_f32..0.5]
}

proptest! {
    #[test]
    fn quotients_agree_with_real_arithmetic(
        a: i8, b: i8, scales in scales(), zero_points in any::<[i8; 3]>(),
    ) {
        let [q1, q2, q3] = core::array::from_fn(|i| of(scales[i], zero_points[i].into()));
        let params = DivParams::new::<i8>(plan(1, 1), [q1, q2], q3, Activation::None).unwrap();
        prop_assume!(params.accepts(b));
        let mut output = [0];
        quantized::<Div, i8>(&params, &[a], &[b], &mut output);
        let real = |x: i8, q: Quantization| f64::from(i32::from(x) - q.zero_point) * f64::from(q.scale);
        let want = real(a, q1) / real(b, q2) / f64::from(q3.scale) + f64::from(q3.zero_point);
        prop_assert!((f64::from(output[0]) - want.clamp(-128.0, 127.0)).abs() <= 1.0, "{output:?} for {want}");
    }

    #[test]
    fn squared_differences_agree_with_real_arithmetic(
        a: i8, b: i8, scales in scales(), zero_points in any::<[i8; 3]>(),
    ) {
        let [q1, q2, q3] = core::array::from_fn(|i| of(scales[i], zero_points[i].into()));
        let params = SquaredDifferenceParams::new::<i8>(plan(1, 1), [q1, q2], q3, Activation::None);
        let mut output = [0];
        quantized::<SquaredDifference, i8>(&params.unwrap(), &[a], &[b], &mut output);
        let real = |x: i8, q: Quantization| f64::from(i32::from(x) - q.zero_point) * f64::from(q.scale);
        let want = (real(a, q1) - real(b, q2)).powi(2) / f64::from(q3.scale) + f64::from(q3.zero_point);
        let want = want.clamp(-128.0, 127.0);
        // Operands have 7 bits of fraction below half of the larger scale.
        prop_assert!((f64::from(output[0]) - want).abs() <= 1.0 + want.abs() / 32.0, "{output:?} for {want}");
    }

    #[test]
    fn i8_agrees_with_real_arithmetic(
        a in prop::collection::vec(any::<i8>(), 1..20), scalar: i8, swap: bool,
        scales in scales(), zero_points in any::<[i8; 3]>(),
    ) {
        let [q1, q2, q3] = core::array::from_fn(|i| of(scales[i], zero_points[i].into()));
        let b = [scalar];
        let (a, b) = if swap { (&b[..], &a[..]) } else { (&a[..], &b[..]) };
        let plan = plan(a.len(), b.len());
        let add = SumParams::new::<i8>(plan, [q1, q2], q3, Activation::None).unwrap();
        let sub = SumParams::new::<i8>(plan, [q1, q2], q3, Activation::None).unwrap();
        let mul = MulParams::new::<i8>(plan, [q1, q2], q3, Activation::None).unwrap();
        check_against_real((a, b), [q1, q2], q3, [
            &|output| quantized::<Add, i8>(&add, a, b, output),
            &|output| quantized::<Sub, i8>(&sub, a, b, output),
            &|output| quantized::<Mul, i8>(&mul, a, b, output),
        ])?;
    }

    #[test]
    fn i16_agrees_with_real_arithmetic(
        pairs in prop::collection::vec(any::<(i16, i16)>(), 1..20), scales in scales(),
    ) {
        let [q1, q2, q3] = scales.map(|scale| of(scale / 128.0, 0));
        let (a, b): (Vec<i16>, Vec<i16>) = pairs.into_iter().unzip();
        let plan = plan(a.len(), b.len());
        let add = SumParams::new::<i16>(plan, [q1, q2], q3, Activation::None).unwrap();
        let sub = SumParams::new::<i16>(plan, [q1, q2], q3, Activation::None).unwrap();
        let mul = MulParams::new::<i16>(plan, [q1, q2], q3, Activation::None).unwrap();
        check_against_real((&a, &b), [q1, q2], q3, [
            &|output| quantized::<Add, i16>(&add, &a, &b, output),
            &|output| quantized::<Sub, i16>(&sub, &a, &b, output),
            &|output| quantized::<Mul, i16>(&mul, &a, &b, output),
        ])?;
    }

    #[test]
    fn any_parameters_do_not_panic(words: [i32; 3], halves: [i16; 8], x: i8, y: i8) {
        let [input1_shift, input2_shift, output_shift, input1_zero_point, ..] = halves;
        let [.., input2_zero_point, output_zero_point, min, max] = halves;
        let quantization = BinaryQuantization { input1_zero_point, input2_zero_point, output_zero_point, min, max };
        let shifts = [input1_shift, input2_shift, output_shift];
        let terms = Terms { multipliers: words, shifts, quantization };
        let params = SumParams { broadcast: plan(1, 1), terms };
        quantized::<Add, i8>(&params, &[x], &[y], &mut [0]);
        quantized::<Sub, i16>(&params, &[x.into()], &[i16::MIN], &mut [0]);
        let ([multiplier, ..], [shift, ..]) = (words, halves);
        let scaled = Scaled { multiplier, shift, quantization };
        let params = MulParams { broadcast: plan(1, 1), scaled };
        quantized::<Mul, i16>(&params, &[x.into()], &[i16::MIN], &mut [0]);
        let params = DivParams(params);
        quantized::<Div, i8>(&params, &[x], &[y], &mut [0]);
        quantized::<Div, i16>(&params, &[x.into()], &[i16::MIN], &mut [0]);
    }
}
