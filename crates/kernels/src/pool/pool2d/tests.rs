use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::error::Operand;
use crate::pool::average_pool_2d::AveragePool2d;
use crate::pool::l2_pool_2d::L2Pool2d;
use crate::pool::max_pool_2d::MaxPool2d;
use crate::walk::shape::Shape;

/// No bounds.
const ANY: ActivationRange = ActivationRange { min: i32::MIN, max: i32::MAX };

fn shape(dims: [i32; 4]) -> Shape {
    Shape::new(&dims).unwrap()
}

fn images(shape: &Shape) -> Nhwc {
    shape.try_into().unwrap()
}

fn window(filter: [i32; 2], stride: [i32; 2], padding: Padding) -> PoolWindow {
    PoolWindow {
        filter_height: filter[0],
        filter_width: filter[1],
        stride_height: stride[0],
        stride_width: stride[1],
        padding,
    }
}

/// A pooling whose output has the shape that the window calls for, with its input and output
/// shapes.
fn geometry() -> impl Strategy<Value = (Shape, Shape, PoolWindow)> {
    let channels = prop_oneof![1..5_i32, 60..140_i32];
    let dims = (1..3_i32, 1..9_i32, 1..9_i32, channels);
    let same = prop_oneof![Just(Padding::Same), Just(Padding::Valid)];
    (dims, [1..6_i32, 1..6], [1..4_i32, 1..4], same).prop_filter_map(
        "the window does not fit",
        |((n, h, w, c), filter, stride, padding)| {
            let out = |input: i32, i: usize| {
                padding.output_len(input as u32, filter[i] as u32, stride[i] as u32) as i32
            };
            let output = Shape::new(&[n, out(h, 0), out(w, 1), c]).ok()?;
            Some((shape([n, h, w, c]), output, window(filter, stride, padding)))
        },
    )
}

/// The elements of the window of every output, by the definition.
fn windows<T: Copy>(input: &Shape, output: &Shape, window: PoolWindow, x: &[T]) -> Vec<Vec<T>> {
    let dim = |shape: &Shape, axis| i64::from(shape.dim(axis));
    let pad = |axis, filter: i32, stride: i32| {
        let covered = (dim(output, axis) - 1) * i64::from(stride) + i64::from(filter);
        (covered - dim(input, axis)).max(0) / 2
    };
    let top = pad(1, window.filter_height, window.stride_height);
    let left = pad(2, window.filter_width, window.stride_width);
    let mut all = Vec::new();
    for n in 0..dim(output, 0) {
        for oy in 0..dim(output, 1) {
            for ox in 0..dim(output, 2) {
                for c in 0..dim(output, 3) {
                    let mut elements = Vec::new();
                    for fy in 0..i64::from(window.filter_height) {
                        for fx in 0..i64::from(window.filter_width) {
                            let y = oy * i64::from(window.stride_height) - top + fy;
                            let x_ = ox * i64::from(window.stride_width) - left + fx;
                            if (0..dim(input, 1)).contains(&y) && (0..dim(input, 2)).contains(&x_) {
                                let row = n * dim(input, 1) + y;
                                let at = (row * dim(input, 2) + x_) * dim(input, 3) + c;
                                elements.push(x[at as usize]);
                            }
                        }
                    }
                    all.push(elements);
                }
            }
        }
    }
    all
}

fn noise(len: usize, seed: u64) -> Vec<i16> {
    let mut state = seed | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 48) as i16
    };
    (0..len).map(|_| next()).collect()
}

fn naive_average<T: Quantized>(window: &[T], range: ActivationRange) -> i32 {
    let sum: i64 = window.iter().map(|&x| Into::<i64>::into(x)).sum();
    // Ties away from zero, as `f64::round` has it; the quotient of such small numbers is never
    // mistaken for a tie.
    range.clamp((sum as f64 / window.len() as f64).round() as i32)
}

fn check_quantized<T: Quantized + core::fmt::Debug>(
    (input, output, window): (Shape, Shape, PoolWindow),
    x: &[T],
    range: ActivationRange,
) {
    let params = Pool2dParams::new(images(&input), images(&output), window, range).unwrap();
    let windows = windows(&input, &output, window, x);
    let mut y = vec![T::from_clamped(0); output.len()];
    pool_2d::<AveragePool2d, _>(&params, (x, &mut y[..])).unwrap();
    let want: Vec<T> = windows.iter().map(|w| T::from_clamped(naive_average(w, range))).collect();
    assert_eq!(y, want);
    pool_2d::<MaxPool2d, _>(&params, (x, &mut y[..])).unwrap();
    let largest = |w: &Vec<T>| (*w.iter().max().unwrap()).into();
    let want: Vec<T> = windows.iter().map(|w| T::from_clamped(range.clamp(largest(w)))).collect();
    assert_eq!(y, want);
}

proptest! {
    #[test]
    fn pooling_matches_the_definition_i8(geometry in geometry(), seed: u64, min in -128..0_i32, max in 0..128_i32) {
        let x: Vec<i8> = noise(geometry.0.len(), seed).iter().map(|&x| (x >> 8) as i8).collect();
        check_quantized(geometry, &x, ActivationRange { min, max });
    }

    #[test]
    fn pooling_matches_the_definition_i16(geometry in geometry(), seed: u64, min in -32768..0_i32, max in 0..32768_i32) {
        check_quantized(geometry, &noise(geometry.0.len(), seed), ActivationRange { min, max });
    }

    #[test]
    fn pooling_matches_the_definition_f32((input, output, window) in geometry(), seed: u64, relu6: bool) {
        let x: Vec<f32> = noise(input.len(), seed).iter().map(|&x| f32::from(x) / 2048.0).collect();
        let activation = if relu6 { Activation::Relu6 } else { Activation::None };
        let (min, max) = activation.range_f32();
        let range = Pool2dParams::float_range(activation);
        let params = Pool2dParams::new(images(&input), images(&output), window, range).unwrap();
        let windows = windows(&input, &output, window, &x);
        let mut y = vec![0.0; output.len()];
        pool_2d::<AveragePool2d, _>(&params, (&x[..], &mut y[..])).unwrap();
        let mean = |w: &Vec<f32>| (w.iter().fold(0.0, |a, b| a + b) / w.len() as f32).clamp(min, max);
        prop_assert_eq!(&y, &windows.iter().map(mean).collect::<Vec<_>>());
        pool_2d::<MaxPool2d, _>(&params, (&x[..], &mut y[..])).unwrap();
        let largest = |w: &Vec<f32>| w.iter().copied().fold(f32::MIN, f32::max).clamp(min, max);
        prop_assert_eq!(&y, &windows.iter().map(largest).collect::<Vec<_>>());
    }

    #[test]
    fn rows_give_the_same_in_any_order((input, output, window) in geometry(), seed: u64) {
        let x = noise(input.len(), seed);
        let params = Pool2dParams::new(images(&input), images(&output), window, ANY).unwrap();
        let mut want = vec![0; output.len()];
        pool_2d::<AveragePool2d, _>(&params, (&x[..], &mut want[..])).unwrap();
        let mut got = vec![0; output.len()];
        for (row, line) in got.chunks_mut(params.sizes().output_row_len).enumerate().rev() {
            let rows = params.input_rows(row);
            let rows = &x[rows.start * params.sizes().input_row_len..rows.end * params.sizes().input_row_len];
            PoolRows::<AveragePool2d, i16>::new(&params).row(row, rows, line);
        }
        prop_assert_eq!(got, want);
    }

    #[test]
    fn any_fields_are_harmless(small: [u8; 12], huge in 0..12_usize, batches: u16, len in 0..300_usize) {
        let mut fields = small.map(|f| u16::from(f % 4));
        fields[huge] = u16::MAX;
        let [a, b, c, d, e, f, g, h, i, j, k, l] = fields;
        let params = Pool2dParams {
            batches: batches % 3, input_height: a, input_width: b, channels: c, output_height: d,
            output_width: e, filter_height: f, filter_width: g, stride_height: h, stride_width: i,
            pad_top: j, pad_left: k, activation_min: l as i16, activation_max: -3,
        };
        let lengths = [
            usize::from(params.batches) * usize::from(a) * params.sizes().input_row_len,
            params.sizes().output_rows * params.sizes().output_row_len,
        ];
        let _ = pool_2d::<MaxPool2d, _>(&params, (&vec![0_i8; len][..], &mut vec![0; len][..]));
        let [input, output] = lengths.map(|len| if len < 1 << 20 { len } else { 0 });
        let _ = pool_2d::<AveragePool2d, _>(&params, (&vec![0_i8; input][..], &mut vec![0_i8; output][..]));
        let _ = pool_2d::<AveragePool2d, _>(&params, (&vec![0_f32; input][..], &mut vec![0.0; output][..]));
    }
}

#[test]
fn averages_round_half_away_from_zero() {
    let params = Pool2dParams::new(
        images(&shape([1, 2, 2, 2])),
        images(&shape([1, 1, 1, 2])),
        window([2, 2], [1, 1], Padding::Valid),
        ANY,
    );
    let mut output = [0_i8; 2];
    // Sums of 10 and -10, of four elements each.
    pool_2d::<AveragePool2d, _>(
        &params.unwrap(),
        (&[1, -1, 2, -2, 3, -3, 4_i8, -4][..], &mut output[..]),
    )
    .unwrap();
    assert_eq!(output, [3, -3]);
}

#[test]
fn largest_window_of_extremes_is_exact() {
    let (side, one) = (images(&shape([1, 100, 100, 1])), images(&shape([1, 1, 1, 1])));
    let params = Pool2dParams::new(side, one, window([100, 100], [1, 1], Padding::Valid), ANY);
    let mut output = [0_i16];
    pool_2d::<AveragePool2d, _>(&params.unwrap(), (&[i16::MIN; 10_000][..], &mut output[..]))
        .unwrap();
    assert_eq!(output, [i16::MIN]);
}

/// Pools a window of these elements, without bounds or with those of RELU6.
fn window_of<O: PoolOp<f32>>(elements: &[f32], activation: Activation) -> f32 {
    let len = elements.len() as i32;
    let params = Pool2dParams::new(
        images(&shape([1, 1, len, 1])),
        images(&shape([1, 1, 1, 1])),
        window([1, len], [1, 1], Padding::Valid),
        Pool2dParams::float_range(activation),
    );
    let mut output = [0.0];
    pool_2d::<O, f32>(&params.unwrap(), (elements, &mut output[..])).unwrap();
    output[0]
}

const NAN: f32 = f32::NAN;
const INF: f32 = f32::INFINITY;
/// The smallest subnormal.
const TINY: f32 = f32::from_bits(1);

/// Results of the reference's formulas: `std::max(largest, x)` is `largest < x ? x : largest`,
/// bounds are applied by `std::min(std::max(x, min), max)`, and no activation is a bound of all
/// finite numbers.
#[test]
fn floats_that_are_no_numbers_come_out_as_in_the_reference() {
    use Activation::{None as Any, Relu6};
    let same = |got: f32, want: f32| {
        assert!(got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan(), "{got} {want}");
    };
    let average = window_of::<AveragePool2d>;
    let max = window_of::<MaxPool2d>;
    let l2 = window_of::<L2Pool2d>;
    for (elements, mean, largest, root) in [
        (&[NAN, 1.0][..], NAN, 1.0, NAN),
        (&[1.0, NAN], NAN, 1.0, NAN),
        (&[NAN, NAN], NAN, f32::MIN, NAN),
        (&[INF, 1.0], f32::MAX, f32::MAX, f32::MAX),
        (&[-INF, 1.0], f32::MIN, 1.0, f32::MAX),
        (&[-INF, -INF], f32::MIN, f32::MIN, f32::MAX),
        (&[INF, -INF], NAN, f32::MAX, f32::MAX),
        (&[f32::MAX, f32::MAX], f32::MAX, f32::MAX, f32::MAX),
        (&[-0.0, -0.0], 0.0, -0.0, 0.0),
        (&[-0.0, 0.0], 0.0, -0.0, 0.0),
        (&[0.0, -0.0], 0.0, 0.0, 0.0),
        (&[TINY, TINY], TINY, TINY, 0.0),
        (&[TINY, 0.0], 0.0, TINY, 0.0),
    ] {
        same(average(elements, Any), mean);
        same(max(elements, Any), largest);
        same(l2(elements, Any), root);
    }
    for (elements, mean, largest, root) in [
        (&[NAN, 1.0][..], NAN, 1.0, NAN),
        (&[NAN, NAN], NAN, 0.0, NAN),
        (&[INF, 1.0], 6.0, 6.0, 6.0),
        (&[-INF, 1.0], 0.0, 1.0, 6.0),
        (&[-0.0, -0.0], 0.0, -0.0, 0.0),
        (&[-TINY, -TINY], 0.0, 0.0, 0.0),
    ] {
        same(average(elements, Relu6), mean);
        same(max(elements, Relu6), largest);
        same(l2(elements, Relu6), root);
    }
}

#[test]
fn geometry_that_cannot_be_is_refused() {
    let new = |input, output, w| {
        Pool2dParams::new(images(&shape(input)), images(&shape(output)), w, ANY).unwrap_err()
    };
    let fine = window([2, 2], [2, 2], Padding::Same);
    let dimension = |value| ParamsError::Dimension { value };
    let mismatch = |expected, actual| ParamsError::ShapeMismatch { expected, actual };
    let (input, output) = ([1, 4, 4, 2], [1, 2, 2, 2]);
    assert_eq!(new(input, output, PoolWindow { stride_width: 0, ..fine }), dimension(0));
    assert_eq!(new(input, output, PoolWindow { filter_height: -1, ..fine }), dimension(-1));
    assert_eq!(new(input, output, PoolWindow { filter_width: 70_000, ..fine }), dimension(70_000));
    assert_eq!(new(input, [2, 2, 2, 2], fine), mismatch(1, 2));
    assert_eq!(new(input, [1, 2, 2, 3], fine), mismatch(2, 3));
    assert_eq!(new(input, [1, 2, 3, 2], fine), mismatch(2, 3));
}

#[test]
fn wrong_lengths_are_refused() {
    let params = Pool2dParams::new(
        images(&shape([1, 4, 4, 2])),
        images(&shape([1, 2, 2, 2])),
        window([2, 2], [2, 2], Padding::Same),
        ANY,
    )
    .unwrap();
    let error = pool_2d::<MaxPool2d, _>(&params, (&[0_i8; 31][..], &mut [0; 8][..])).unwrap_err();
    assert_eq!(error, LengthMismatch { operand: Operand::Input, expected: 32, actual: 31 });
    let error = pool_2d::<MaxPool2d, _>(&params, (&[0_i8; 32][..], &mut [0; 9][..])).unwrap_err();
    assert_eq!(error, LengthMismatch { operand: Operand::Output, expected: 8, actual: 9 });
}

#[test]
fn quantizations_must_be_all_but_equal() {
    assert_eq!(check_same_quantization((0.1, 3), (0.100_000_5, 3)), Ok(()));
    for other in [(0.2, 3), (0.1, 4), (f32::NAN, 3)] {
        assert_eq!(check_same_quantization((0.1, 3), other), Err(ParamsError::Quantization));
    }
}
