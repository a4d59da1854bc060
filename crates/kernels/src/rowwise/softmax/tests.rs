use super::*;
use crate::error::Operand;
use crate::rowwise::row::rows;
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;

const I8_OUT: Quantization = Quantization { scale: 1.0 / 256.0, zero_point: -128 };
const I16_OUT: Quantization = Quantization { scale: 1.0 / 65536.0, zero_point: -32768 };

fn naive(row: &[f64]) -> Vec<f64> {
    let max = row.iter().copied().fold(f64::MIN, f64::max);
    let exps: Vec<f64> = row.iter().map(|x| (x - max).exp()).collect();
    let sum: f64 = exps.iter().sum();
    exps.iter().map(|e| e / sum).collect()
}

fn of(scale: f32, zero_point: i32) -> Quantization {
    Quantization { scale, zero_point }
}

/// The outputs of `i8`, in place and apart, which have to be the same.
fn narrow(params: &SoftmaxI8Params, row: &[i8]) -> Vec<i8> {
    let input: Vec<u8> = row.iter().map(|&x| x as u8).collect();
    let (mut apart, mut memory) = (vec![1; row.len()], input.clone());
    bytes(params, (&input[..], &mut apart[..]).into()).unwrap();
    bytes(params, Activations::Shared { memory: &mut memory, input: 0, output: 0 }).unwrap();
    assert_eq!(apart, memory);
    apart.into_iter().map(|y| y as i8).collect()
}

/// The outputs of `i16`.
fn wide(params: &SoftmaxI8Params, row: &[i8]) -> Vec<i16> {
    let input: Vec<u8> = row.iter().map(|&x| x as u8).collect();
    let mut output = vec![1; 2 * row.len()];
    bytes(params, (&input[..], &mut output[..]).into()).unwrap();
    let (words, _) = output.as_chunks();
    words.iter().map(|&word| i16::from_le_bytes(word)).collect()
}

#[test]
fn equal_elements_share_equally() {
    let params = SoftmaxI8Params::new::<i8>(4, 1.0, of(0.1, 3), I8_OUT).unwrap();
    assert_eq!(narrow(&params, &[5, 5, 5, 5, -128, -128, -128, -128]), [-64; 8]);
}

#[test]
fn a_clear_winner_takes_all() {
    let params = SoftmaxI8Params::new::<i8>(2, 1.0, of(1.0, 0), I8_OUT).unwrap();
    assert_eq!(narrow(&params, &[127, -128]), [127, -128]);
}

#[test]
fn long_rows_of_equal_elements_give_the_smallest_output() {
    let params = SoftmaxI8Params::new::<i8>(5000, 1.0, of(1.0, 0), I8_OUT).unwrap();
    assert_eq!(narrow(&params, &[9; 5000]), [-128; 5000]);
}

#[test]
fn other_quantizations_are_refused() {
    let new8 = |input, output| SoftmaxI8Params::new::<i8>(4, 1.0, input, output).map(|_| ());
    let input = of(0.1, 3);
    assert_eq!(new8(input, I8_OUT), Ok(()));
    assert_eq!(new8(input, of(1.0 / 256.0, 0)), Err(ParamsError::ZeroPoint { value: 0 }));
    let needed = |exponent| Err(ParamsError::ScaleNeeded { exponent });
    assert_eq!(new8(input, of(1.0 / 255.0, -128)), needed(-8));
    assert_eq!(new8(of(1e-9, 0), I8_OUT), Err(ParamsError::Multiplier));
    let new16 = |input, output| SoftmaxI16Params::new(4, 1.0, input, output).map(|_| ());
    assert_eq!(new16(of(0.1, 0), of(1.000_5 / 32768.0, 0)), Ok(()));
    assert_eq!(new16(of(0.1, 0), of(1.002 / 32768.0, 0)), needed(-15));
    assert_eq!(new16(input, of(1.0 / 32768.0, 0)), Err(ParamsError::ZeroPoint { value: 3 }));
}

#[test]
fn lengths_must_be_whole_rows() {
    let params = SoftmaxF32Params { beta: 1.0, depth: 3 };
    let run = |len| rows::<Softmax, _>(&params, &mut vec![0.0; len]).map_err(|e| e.operand);
    assert_eq!(run(6), Ok(()));
    assert_eq!(run(5), Err(Operand::Input));
    let params = SoftmaxI8Params::new::<i16>(3, 1.0, of(0.1, 0), I16_OUT).unwrap();
    let run = |input: usize, output: usize| {
        let (input, mut output) = (vec![0; input], vec![0; output]);
        bytes(&params, (&input[..], &mut output[..]).into()).map_err(|e| e.operand)
    };
    assert!(params.is_wide());
    assert_eq!(run(6, 12), Ok(()));
    for (input, output) in [(5, 10), (6, 6), (6, 3), (6, 11)] {
        assert_eq!(run(input, output), Err(Operand::Input));
    }
}

proptest! {
    #[test]
    fn f32_agrees_with_double_precision(
        row in prop::collection::vec(-20.0_f32..20.0, 1..40), beta in 0.1_f32..2.0,
    ) {
        let params = SoftmaxF32Params::new(row.len() as u32, beta);
        let mut got = row.clone();
        rows::<Softmax, _>(&params, &mut got).unwrap();
        let real: Vec<f64> = row.iter().map(|&x| f64::from(x) * f64::from(beta)).collect();
        for (got, want) in got.iter().zip(naive(&real)) {
            prop_assert!((f64::from(*got) - want).abs() <= 1e-6 + 1e-5 * want);
        }
    }

    #[test]
    fn i8_agrees_with_double_precision(
        row in prop::collection::vec(any::<i8>(), 1..40), beta in 0.1_f32..2.0, scale in 0.001_f32..0.5,
    ) {
        let depth = row.len() as u32;
        let input = of(scale, -7);
        let real: Vec<f64> =
            row.iter().map(|&x| f64::from(x) * f64::from(scale) * f64::from(beta)).collect();
        let want = naive(&real);
        let params = SoftmaxI8Params::new::<i8>(depth, beta, input, I8_OUT).unwrap();
        let narrow = narrow(&params, &row);
        let params = SoftmaxI8Params::new::<i16>(depth, beta, input, I16_OUT).unwrap();
        let wide = wide(&params, &row);
        for ((narrow, wide), want) in narrow.iter().zip(&wide).zip(want) {
            prop_assert!((f64::from(*narrow) - (want * 256.0 - 128.0).min(127.0)).abs() <= 1.0);
            prop_assert!((f64::from(*wide) - (want * 65536.0 - 32768.0).min(32767.0)).abs() <= 4.0);
        }
    }

    #[test]
    fn i16_agrees_with_double_precision(
        row in prop::collection::vec(any::<i16>(), 1..40), beta in 0.1_f32..2.0, scale in 1e-6_f32..0.001,
    ) {
        let depth = row.len() as u32;
        let params = SoftmaxI16Params::new(depth, beta, of(scale, 0), of(1.0 / 32768.0, 0)).unwrap();
        let mut got = row.clone();
        rows::<Softmax, _>(&params, &mut got).unwrap();
        let real: Vec<f64> =
            row.iter().map(|&x| f64::from(x) * f64::from(scale) * f64::from(beta)).collect();
        // What is below exp(-10) counts as 2 steps.
        let tolerance = 12.0 + 3.0 * row.len() as f64;
        for (got, want) in got.iter().zip(naive(&real)) {
            prop_assert!((f64::from(*got) - want * 32768.0).abs() <= tolerance);
        }
    }

    #[test]
    fn any_parameters_do_not_panic(
        multiplier: i32, shift: i32, depth in 0_u32..9, small in -3_i32..40, row in prop::collection::vec(any::<i16>(), 24),
    ) {
        for shift in [shift, small] {
            let factor = Requant { multiplier, shift };
            let mut row8: Vec<u8> = row.iter().map(|&x| x as u8).collect();
            for depth in [depth, depth | WIDE] {
                let params = SoftmaxI8Params { factor, depth };
                let _ = bytes(&params, (&row8[..], &mut [0; 48][..]).into());
                let _ = bytes(&params, (&row8[..], &mut [0; 24][..]).into());
                let shared = Activations::Shared { memory: &mut row8, input: 0, output: 0 };
                let _ = bytes(&params, shared);
            }
            let _ = rows::<Softmax, _>(&SoftmaxI16Params { factor, depth }, &mut row.clone());
        }
    }
}

/// The largest number begins as the lowest finite one, and a NaN is never larger.
#[test]
fn floats_that_are_no_numbers_come_out_as_in_the_reference() {
    const NAN: f32 = f32::NAN;
    const INF: f32 = f32::INFINITY;
    const TINY: f32 = f32::from_bits(1);
    let same = |x: [f32; 3], want: [f32; 3]| {
        let mut y = x;
        rows::<Softmax, _>(&SoftmaxF32Params::new(3, 1.0), &mut y).unwrap();
        for (y, want) in y.iter().zip(want) {
            assert!(
                y.to_bits() == want.to_bits() || y.is_nan() && want.is_nan(),
                "{x:?}: {y} {want}"
            );
        }
    };
    same([NAN, 1.0, 1.0], [NAN; 3]);
    same([1.0, 1.0, NAN], [NAN; 3]);
    // An infinite largest number: `inf - inf`.
    same([INF, 1.0, 1.0], [NAN; 3]);
    same([-INF, 1.0, 1.0], [0.0, 0.5, 0.5]);
    // Nothing is larger than the lowest finite number: `exp(-inf)` of each, and 0 / 0.
    same([-INF, -INF, -INF], [NAN; 3]);
    same([f32::MIN, f32::MIN, f32::MAX], [0.0, 0.0, 1.0]);
    same([0.0, -0.0, TINY], [1.0 / 3.0; 3]);
}
