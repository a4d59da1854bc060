use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::number::element::{Le, Load};
use crate::reduce::axes::{SLACK, reduce};
use crate::walk::rows::Activations;
use crate::walk::shape::Shape;

/// Some of the dimensions are larger than the block in which outputs are accumulated.
const LARGE: core::ops::Range<i32> = 64..70;

/// No sum of so many elements, each at most 63, needs more than the 24 bits of an `f32`.
const MAX_LEN: usize = (1 << 24) / 63;

/// Dimensions, the axes that are reduced, and the dimensions that are left.
fn problem() -> impl Strategy<Value = (Vec<i32>, Vec<i32>, Vec<i32>)> {
    let dims = prop::collection::vec(prop_oneof![4 => 1..5_i32, 1 => LARGE], 0..7);
    (dims, any::<[bool; 6]>(), any::<bool>()).prop_map(|(mut dims, reduced, negative)| {
        // Two large dimensions are enough, and all that stays below the length; of many one is.
        let rank = dims.len();
        let most = if rank > 4 { 1 } else { 2 };
        dims.iter_mut().filter(|dim| LARGE.contains(dim)).skip(most).for_each(|dim| *dim -= 63);
        let axes = (0..rank).filter(|&i| reduced[i]);
        let axes = axes.map(|i| i as i32 - if negative { rank as i32 } else { 0 }).collect();
        let kept = (0..rank).map(|i| if reduced[i] { 1 } else { dims[i] }).collect();
        (dims, axes, kept)
    })
}

fn reduction(dims: &[i32], axes: &[i32], kept: &[i32]) -> Result<Reduction, ParamsError> {
    Reduction::new(&Shape::new(dims).unwrap(), axes, &Shape::new(kept).unwrap())
}

fn of(scale: f32, zero_point: i32) -> Quantization {
    Quantization { scale, zero_point }
}

/// Adds every element to its output, walking the input with one counter for each dimension.
fn sums(dims: &[i32], kept: &[i32], x: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; kept.iter().product::<i32>() as usize];
    for (at, x) in x.iter().enumerate() {
        let (mut rest, mut output, mut stride) = (at, 0, 1);
        for (&dim, &kept) in dims.iter().zip(kept).rev() {
            output += rest % dim as usize * stride * usize::from(kept == dim);
            rest /= dim as usize;
            stride *= kept as usize;
        }
        sums[output] += x;
    }
    sums
}

proptest! {
    #[test]
    fn mean_is_within_a_unit_of_the_real_mean(
        (dims, axes, kept) in problem(),
        seed: u32,
        scales in [0.01_f32..1.0, 0.01..1.0],
        zero_points in [-128..128_i32, -128..128],
    ) {
        let reduction = reduction(&dims, &axes, &kept).unwrap();
        let len = dims.iter().product::<i32>() as usize;
        let x: Vec<i8> = (0..len as u32).map(|i| (i.wrapping_mul(seed | 1) >> 13) as i8).collect();
        let params = Mean::params(reduction, of(scales[0], zero_points[0]), of(scales[1], zero_points[1])).unwrap();
        let mut y = vec![0_i8; reduction.output_len()];
        reduce::<Mean, _, _>(&params, (&x[..], &mut y[..])).unwrap();
        let ratio = f64::from(scales[0]) / f64::from(scales[1]);
        let real: Vec<f64> = x.iter().map(|&x| f64::from(i32::from(x) - zero_points[0])).collect();
        for (y, sum) in y.iter().zip(sums(&dims, &kept, &real)) {
            let real = sum / reduction.reduced_len() as f64 * ratio + f64::from(zero_points[1]);
            prop_assert!((f64::from(*y) - real.clamp(-128.0, 127.0)).abs() <= 1.0, "{} {}", y, real);
        }
        // With the same quantization all that is lost is by rounding: to halves, then to units.
        let params = Mean::params(reduction, of(scales[0], zero_points[0]), of(scales[0], zero_points[0])).unwrap();
        reduce::<Mean, _, _>(&params, (&x[..], &mut y[..])).unwrap();
        for (y, sum) in y.iter().zip(sums(&dims, &kept, &real)) {
            let real = sum / reduction.reduced_len() as f64 + f64::from(zero_points[0]);
            prop_assert!((f64::from(*y) - real).abs() <= 0.75 + 1e-6, "{} {}", y, real);
        }
    }

    #[test]
    fn means_of_floats_are_exact_sums_divided((dims, axes, kept) in problem(), seed: u32) {
        let reduction = reduction(&dims, &axes, &kept).unwrap();
        let len = dims.iter().product::<i32>() as usize;
        // Integers below 64: sums of them are exact, in any order.
        prop_assert!(len <= MAX_LEN);
        let x: Vec<f32> = (0..len as u32).map(|i| (i.wrapping_mul(seed | 1) >> 26) as f32).collect();
        let le: Vec<Le<4>> = x.iter().map(|x| Le::new(x.to_le_bytes())).collect();
        let mut y = vec![Le::default(); reduction.output_len()];
        reduce::<Mean, f32, _>(&Mean::unscaled(reduction), (&le[..], &mut y[..])).unwrap();
        let y: Vec<f32> = y.into_iter().map(Load::load).collect();
        let real: Vec<f64> = x.iter().map(|&x| x.into()).collect();
        let want: Vec<f32> = sums(&dims, &kept, &real).iter().map(|&s| s as f32 / reduction.reduced_len() as f32).collect();
        prop_assert_eq!(y, want);
    }

    #[test]
    fn an_output_below_the_input_or_in_place_changes_nothing(
        (dims, axes, kept) in problem(), seed: u32, more in 0..70_usize,
    ) {
        let reduction = reduction(&dims, &axes, &kept).unwrap();
        let params = Sum::unscaled(reduction);
        let len = dims.iter().product::<i32>() as usize;
        let x: Vec<f32> = (0..len as u32).map(|i| (i.wrapping_mul(seed | 1) >> 26) as f32).collect();
        let mut want = vec![0.0; reduction.output_len()];
        reduce::<Sum, f32, f32>(&params, (&x[..], &mut want[..])).unwrap();
        for input in [SLACK.below, SLACK.below + more] {
            let mut memory = vec![0.0; input];
            memory.extend(&x);
            let shared = Activations::Shared { memory: &mut memory, input, output: 0 };
            reduce::<Sum, f32, f32>(&params, shared).unwrap();
            prop_assert_eq!(&memory[..want.len()], &want[..]);
        }
    }

    #[test]
    fn sum_is_within_a_unit_of_the_real_sum(
        (dims, axes, kept) in problem(),
        seed: u32,
        scales in [0.01_f32..1.0, 0.01..1.0],
        zero_points in [-128..128_i32, -128..128],
    ) {
        let reduction = reduction(&dims, &axes, &kept).unwrap();
        let len = dims.iter().product::<i32>() as usize;
        let x: Vec<i8> = (0..len as u32).map(|i| (i.wrapping_mul(seed | 1) >> 13) as i8).collect();
        let params =
            Sum::params(reduction, of(scales[0], zero_points[0]), of(scales[1], zero_points[1]));
        let mut y = vec![0_i16; reduction.output_len()];
        let wide: Vec<i16> = x.iter().map(|&x| x.into()).collect();
        reduce::<Sum, _, _>(&params.unwrap(), (&wide[..], &mut y[..])).unwrap();
        let ratio = f64::from(scales[0]) / f64::from(scales[1]);
        let real: Vec<f64> = x.iter().map(|&x| f64::from(i32::from(x) - zero_points[0])).collect();
        for (y, sum) in y.iter().zip(sums(&dims, &kept, &real)) {
            let real = sum * ratio + f64::from(zero_points[1]);
            prop_assert!((f64::from(*y) - real.clamp(-32768.0, 32767.0)).abs() <= 1.0, "{} {}", y, real);
        }
    }

    #[test]
    fn any_scales_are_harmless(input: f32, output: f32, zero_points: [i32; 2], x: [i16; 8]) {
        let reduction = reduction(&[2, 4], &[1], &[2]).unwrap();
        if let Ok(params) = Mean::params(reduction, of(input, zero_points[0]), of(output, zero_points[1])) {
            reduce::<Mean, _, _>(&params, (&x[..], &mut [0_i16; 2][..])).unwrap();
        }
    }
}

#[test]
fn factor_includes_the_number_of_elements() {
    let params = Mean::params(reduction(&[7, 7], &[0, 1], &[1]).unwrap(), of(1.0, 0), of(1.0, 0));
    // 1/49 = (2^30 · 2^5 / 49) · 2^(1 - 5 - 31).
    let requant = Requant { multiplier: ((1_i64 << 35) / 49) as i32, shift: -4 };
    assert_eq!(params.unwrap().rescale.factor, requant);
    // The shift stops at -31, which costs bits of the multiplier.
    let params = Mean::params(reduction(&[4], &[0], &[1]).unwrap(), of(1e-9, 0), of(1.0, 0));
    assert_eq!(params.unwrap().rescale.factor.shift, -31);
}

#[test]
fn any_of_six_dimensions_may_be_reduced() {
    let dims = [2, 3, 2, 3, 2, 3];
    let x: Vec<f32> = (0..216).map(|i| (i * 7 % 64) as f32).collect();
    let real: Vec<f64> = x.iter().map(|&x| x.into()).collect();
    for reduced in 0..1 << 6 {
        let axes: Vec<i32> = (0..6).filter(|axis| reduced & (1 << axis) != 0).collect();
        let mut kept = dims;
        axes.iter().for_each(|&axis| kept[axis as usize] = 1);
        let reduction = reduction(&dims, &axes, &kept).unwrap();
        assert_eq!(reduction.output_len() * reduction.reduced_len(), 216);
        let mut y = vec![0.0; reduction.output_len()];
        reduce::<Sum, _, _>(&Sum::unscaled(reduction), (&x[..], &mut y[..])).unwrap();
        let want: Vec<f32> = sums(&dims, &kept, &real).iter().map(|&sum| sum as f32).collect();
        assert_eq!(y, want, "{axes:?}");
    }
}

#[test]
fn axes_may_repeat_and_must_exist() {
    assert_eq!(reduction(&[2, 3], &[1, -1], &[2]), reduction(&[2, 3], &[1], &[2, 1]));
    assert_eq!(reduction(&[2, 3], &[2], &[2]), Err(ParamsError::Axis { axis: 2 }));
    assert!(reduction(&[], &[7], &[1]).is_ok());
    let mismatch = ParamsError::ShapeMismatch { expected: 2, actual: 3 };
    assert_eq!(reduction(&[2, 3], &[1], &[3]), Err(mismatch));
    let error = reduction(&[2; 7], &[0, 2, 4, 6], &[8]);
    assert_eq!(error, Err(ParamsError::Rank { actual: 7 }));
}

#[test]
fn wrong_lengths_and_scales_are_refused() {
    let reduction = reduction(&[2, 3], &[1], &[2]).unwrap();
    for scale in [-1.0, f32::NAN, f32::INFINITY] {
        let error = Mean::params(reduction, of(1.0, 0), of(scale, 0)).unwrap_err();
        assert_eq!(error, ParamsError::Scale);
    }
    let params = Mean::unscaled(reduction);
    let error = reduce::<Mean, _, _>(&params, (&[0.0_f32; 5][..], &mut [0.0; 2][..])).unwrap_err();
    assert_eq!((error.expected, error.actual), (6, 5));
    let mut memory = [0.0_f32; 7];
    let above = Activations::Shared { memory: &mut memory, input: 0, output: 5 };
    assert!(reduce::<Mean, f32, f32>(&params, above).is_err());
    let error = reduce::<Mean, _, _>(&params, (&[0.0_f32; 6][..], &mut [0.0; 3][..])).unwrap_err();
    assert_eq!((error.expected, error.actual), (2, 3));
}

/// The reference adds in the order of the input, then divides.
#[test]
fn floats_that_are_no_numbers_come_out_as_in_the_reference() {
    const NAN: f32 = f32::NAN;
    const INF: f32 = f32::INFINITY;
    const TINY: f32 = f32::from_bits(1);
    let params = Mean::unscaled(reduction(&[3], &[0], &[1]).unwrap());
    let same = |got: f32, want: f32| {
        assert!(got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan(), "{got} {want}");
    };
    for (x, sum) in [
        ([NAN, 1.0, 2.0], NAN),
        ([1.0, 2.0, NAN], NAN),
        ([INF, 1.0, f32::MIN], INF),
        ([-INF, 1.0, f32::MAX], -INF),
        ([INF, 1.0, -INF], NAN),
        ([f32::MAX, f32::MAX, -INF], NAN),
        ([f32::MAX, f32::MAX, f32::MIN], INF),
        ([f32::MAX, f32::MIN, f32::MAX], f32::MAX),
        ([1e8, 1.0, -1e8], 0.0),
        ([-0.0, -0.0, -0.0], 0.0),
        ([TINY, TINY, TINY], 3.0 * TINY),
    ] {
        let mut y = [0.0];
        reduce::<Sum, f32, f32>(&params, (&x[..], &mut y[..])).unwrap();
        same(y[0], sum);
        reduce::<Mean, f32, f32>(&params, (&x[..], &mut y[..])).unwrap();
        same(y[0], sum / 3.0);
    }
}

proptest! {
    #[test]
    fn axes_may_come_later((dims, axes, kept) in problem()) {
        let known = reduction(&dims, &axes, &kept).unwrap();
        let open = Reduction::open(&Shape::new(&dims).unwrap()).unwrap();
        prop_assert!(open.is_open() && !known.is_open());
        prop_assert_eq!(open.resolved(&axes), Ok(known));
        prop_assert_eq!(known.resolved(&[9]), Ok(known));
        let [later, mean] = [open, known].map(|reduction| {
            Mean::params(reduction, of(0.3, 1), of(0.2, 2)).unwrap()
        });
        prop_assert_eq!(Mean::resolved(&later, known).rescale.factor, mean.rescale.factor);
    }
}
