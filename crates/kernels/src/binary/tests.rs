//! ADD, SUB and MUL against real arithmetic.

use crate::binary::mul::{Mul, MulParams};
use crate::binary::op::{
    self, ArithmeticF32Params, ArithmeticI32Params, BinaryOp, QuantizedParams,
};
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
        let [input1_multiplier, input2_multiplier, output_multiplier] = words;
        let [input1_shift, input2_shift, output_shift, input1_zero_point, ..] = halves;
        let [.., input2_zero_point, output_zero_point, min, max] = halves;
        let params = SumParams {
            broadcast: plan(1, 1),
            input1_multiplier, input2_multiplier, output_multiplier,
            input1_shift, input2_shift, output_shift,
            input1_zero_point, input2_zero_point, output_zero_point,
            min, max,
        };
        quantized::<Add, i8>(&params, &[x], &[y], &mut [0]);
        quantized::<Sub, i16>(&params, &[x.into()], &[i16::MIN], &mut [0]);
    }
}
