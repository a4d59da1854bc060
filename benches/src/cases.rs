//! What is measured of each operator: geometries of the models of MLPerf Tiny, above all.

use bantam_schema::options::{
    AddOptions, DivOptions, MulOptions, ReducerOptions, ResizeBilinearOptions,
    ResizeNearestNeighborOptions, SoftmaxOptions, SqueezeOptions, StridedSliceOptions, SubOptions,
};
use bantam_schema::write::TensorSpec;
use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use crate::case::{
    Case, activation, binary, comparison, concatenation, conv_2d, converting, depthwise_conv_2d,
    fraction, fully_connected, integers, pool_2d, shaping, signed_fraction, split, split_v,
    transpose_conv, unary,
};

const I8: TensorType = TensorType::INT8;
const I16: TensorType = TensorType::INT16;
const I32: TensorType = TensorType::INT32;
const I64: TensorType = TensorType::INT64;
const BOOL: TensorType = TensorType::BOOL;
const F32: TensorType = TensorType::FLOAT32;

/// The types of most operators.
const USUAL: &[TensorType] = &[I8, I16, F32];
/// Those of arithmetic.
const NUMBERS: &[TensorType] = &[I8, I16, I32, F32];

/// An activation of the image classification model.
const MAP: &[i32] = &[1, 32, 32, 16];

/// Every case, the operators in the order of their names.
pub fn cases() -> Vec<Case> {
    [
        unary(Op::ABS, USUAL, MAP, activation, Options::None),
        binary(Op::ADD, NUMBERS, [MAP, MAP], AddOptions::default()),
        binary(Op::ADD, &[I8], [MAP, &[16]], AddOptions::default()),
        pool_2d(Op::AVERAGE_POOL_2D, USUAL, [25, 5, 64], [25, 5]),
        pool_2d(Op::AVERAGE_POOL_2D, &[I8], [48, 48, 8], [2, 2]),
        maps(&[Op::CEIL, Op::COS, Op::EXP, Op::FLOOR, Op::LOG, Op::NEG, Op::ROUND]),
        maps(&[Op::RSQRT, Op::SIN, Op::SQRT, Op::SQUARE]),
        comparisons(),
        concatenation(&[I8, F32], &[1, 24, 24, 32], 2),
        conv_2d(USUAL, [25, 5, 64], [1, 1], 64, 1),
        conv_2d(&[I8], [48, 48, 8], [1, 1], 16, 1),
        conv_2d(&[I8], [3, 3, 256], [1, 1], 256, 1),
        conv_2d(USUAL, [32, 32, 16], [3, 3], 16, 1),
        conv_2d(&[I8], [32, 32, 16], [3, 3], 32, 2),
        conv_2d(&[I8], [96, 96, 3], [3, 3], 8, 2),
        conv_2d(&[I8], [49, 10, 1], [10, 4], 64, 2),
        depthwise_conv_2d(USUAL, [25, 5, 64], [3, 3]),
        depthwise_conv_2d(&[I8], [48, 48, 8], [3, 3]),
        depthwise_conv_2d(&[I8], [3, 3, 256], [3, 3]),
        converting(Op::DEQUANTIZE, [I8, F32], MAP),
        converting(Op::DEQUANTIZE, [I16, F32], MAP),
        shaping(
            Op::EXPAND_DIMS,
            &[I8],
            [MAP, &[1, 1, 32, 32, 16]],
            &[integers(&[0], &[1])],
            Options::None,
        ),
        // Integers of noise have divisors of 0.
        binary(Op::DIV, &[F32], [MAP, MAP], DivOptions::default()),
        binary(Op::FLOOR_DIV, &[F32], [MAP, MAP], Options::None),
        binary(Op::FLOOR_MOD, &[F32], [MAP, MAP], Options::None),
        fully_connected(USUAL, 640, 128),
        fully_connected(&[I8], 128, 128),
        fully_connected(&[I8], 64, 12),
        binary(Op::LOGICAL_AND, &[BOOL], [MAP, MAP], Options::None),
        unary(Op::LOGICAL_NOT, &[BOOL], MAP, activation, Options::None),
        binary(Op::LOGICAL_OR, &[BOOL], [MAP, MAP], Options::None),
        unary(Op::LOGISTIC, USUAL, MAP, fraction, Options::None),
        binary(Op::MAXIMUM, &[I8, I64, F32], [MAP, MAP], Options::None),
        pool_2d(Op::MAX_POOL_2D, USUAL, [48, 48, 8], [2, 2]),
        shaping(
            Op::MEAN,
            USUAL,
            [&[1, 8, 8, 64], &[1, 64]],
            &[integers(&[1, 2], &[2])],
            keep_dims(false),
        ),
        shaping(
            Op::MEAN,
            &[I8],
            [&[128, 128], &[128, 1]],
            &[integers(&[1], &[1])],
            keep_dims(true),
        ),
        binary(Op::MINIMUM, &[I8, F32], [MAP, MAP], Options::None),
        binary(Op::MUL, NUMBERS, [MAP, MAP], MulOptions::default()),
        shaping(Op::PAD, USUAL, [MAP, &[1, 34, 34, 16]], &[border()], Options::None),
        shaping(Op::PADV2, USUAL, [MAP, &[1, 34, 34, 16]], &[border()], Options::None),
        converting(Op::QUANTIZE, [F32, I8], MAP),
        converting(Op::QUANTIZE, [I8, I16], MAP),
        unary(Op::RELU, USUAL, MAP, activation, Options::None),
        unary(Op::RELU6, USUAL, MAP, activation, Options::None),
        shaping(Op::RESHAPE, &[I8], [MAP, &[1, 16384]], &[integers(&[1, -1], &[2])], Options::None),
        shaping(
            Op::RESIZE_BILINEAR,
            &[I8, F32],
            [MAP, &[1, 64, 64, 16]],
            &[integers(&[64, 64], &[2])],
            ResizeBilinearOptions { half_pixel_centers: true, ..ResizeBilinearOptions::default() },
        ),
        shaping(
            Op::RESIZE_NEAREST_NEIGHBOR,
            USUAL,
            [MAP, &[1, 64, 64, 16]],
            &[integers(&[64, 64], &[2])],
            ResizeNearestNeighborOptions::default(),
        ),
        unary(Op::SOFTMAX, USUAL, &[1, 12], fraction, SoftmaxOptions { beta: 1.0 }),
        unary(Op::SOFTMAX, USUAL, &[1, 1000], fraction, SoftmaxOptions { beta: 1.0 }),
        split(&[I8, F32], MAP, 4),
        split_v(&[I8, F32], MAP, &[4, 12]),
        binary(Op::SQUARED_DIFFERENCE, NUMBERS, [MAP, MAP], Options::None),
        shaping(Op::SQUEEZE, &[I8], [MAP, &[32, 32, 16]], &[], SqueezeOptions::default()),
        shaping(
            Op::STRIDED_SLICE,
            USUAL,
            [MAP, &[1, 16, 16, 16]],
            &every_other_pixel(),
            StridedSliceOptions::default(),
        ),
        binary(Op::SUB, NUMBERS, [MAP, MAP], SubOptions::default()),
        unary(Op::TANH, USUAL, MAP, signed_fraction, Options::None),
        shaping(
            Op::TRANSPOSE,
            USUAL,
            [&[1, 64, 256], &[1, 256, 64]],
            &[integers(&[0, 2, 1], &[3])],
            Options::None,
        ),
        transpose_conv(USUAL, [16, 16, 32], [3, 3], 16, 2),
        transpose_conv(&[I8], [1, 64, 64], [1, 8], 32, 4),
    ]
    .concat()
}

/// Operators on `f32` alone, and what of others is measured on it.
fn maps(operators: &[Op]) -> Vec<Case> {
    let case = |&operator| unary(operator, &[F32], MAP, activation, Options::None);
    operators.iter().flat_map(case).collect()
}

fn comparisons() -> Vec<Case> {
    const ALL: [Op; 6] =
        [Op::EQUAL, Op::GREATER, Op::GREATER_EQUAL, Op::LESS, Op::LESS_EQUAL, Op::NOT_EQUAL];
    ALL.iter().flat_map(|&operator| comparison(operator, &[I8, F32], MAP)).collect()
}

fn keep_dims(keep_dims: bool) -> ReducerOptions {
    ReducerOptions { keep_dims }
}

/// Paddings of one pixel around [`MAP`].
fn border() -> TensorSpec {
    integers(&[0, 0, 1, 1, 1, 1, 0, 0], &[4, 2])
}

/// Begin, end and strides.
fn every_other_pixel() -> [TensorSpec; 3] {
    [[0; 4], [1, 32, 32, 16], [1, 2, 2, 1]].map(|values| integers(&values, &[4]))
}
