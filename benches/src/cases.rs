//! What is measured of each operator: geometries of the models of MLPerf Tiny, above all.

use bantam_schema::options::{
    AddOptions, ArgMaxOptions, DepthToSpaceOptions, GatherOptions, L2NormOptions, MirrorPadOptions,
    MulOptions, PackOptions, ReducerOptions, ResizeBilinearOptions, ResizeNearestNeighborOptions,
    SoftmaxOptions, SpaceToDepthOptions, SqueezeOptions, StridedSliceOptions, SubOptions,
    UnpackOptions,
};
use bantam_schema::write::TensorSpec;
use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use crate::case::{
    Case, Operand, activation, binary, concatenation, conv_2d, converting, depthwise_conv_2d,
    fraction, fully_connected, integers, logarithm, node, pool_2d, shaping, signed_fraction, split,
    split_v, transpose_conv, unary,
};

const I8: TensorType = TensorType::INT8;
const I16: TensorType = TensorType::INT16;
const I32: TensorType = TensorType::INT32;
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
        binary(Op::ADD, NUMBERS, [MAP, MAP], AddOptions::default()),
        binary(Op::ADD, &[I8], [MAP, &[16]], AddOptions::default()),
        pool_2d(Op::AVERAGE_POOL_2D, USUAL, [25, 5, 64], [25, 5]),
        pool_2d(Op::AVERAGE_POOL_2D, &[I8], [48, 48, 8], [2, 2]),
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
        fully_connected(USUAL, 640, 128),
        fully_connected(&[I8], 128, 128),
        fully_connected(&[I8], 64, 12),
        unary(Op::LOGISTIC, USUAL, MAP, fraction, Options::None),
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
        moved(),
        made(),
    ]
    .concat()
}

/// Operators that move elements.
fn moved() -> Vec<Case> {
    const BOTH: &[TensorType] = &[I8, F32];
    let gather = GatherOptions { axis: 1, batch_dims: 0 };
    let rows = integers(&[31, 0, 7, 7], &[4]);
    let tuples = integers(&[0, 31, 0, 7], &[2, 2]);
    let bounds = [integers(&[0, 8, 8, 0], &[4]), integers(&[1, 16, 16, 16], &[4])];
    let map = || Operand::Fed(activation(I8, MAP));
    let stack = || activation(I8, &[1, 2, 32, 32, 16]);
    let block = SpaceToDepthOptions { block_size: 2 };
    let no = Options::None;
    let [image, batches] = [&[1, 32, 32, 16], &[4, 16, 16, 16][..]];
    let blocks = || [integers(&[2, 2], &[2]), integers(&[0; 4], &[2, 2])];
    [
        shaping(Op::BATCH_TO_SPACE_ND, BOTH, [batches, image], &blocks(), no),
        shaping(Op::BROADCAST_TO, BOTH, [&[1, 32, 1, 16], MAP], &[integers(MAP, &[4])], no),
        shaping(
            Op::DEPTH_TO_SPACE,
            BOTH,
            [MAP, &[1, 64, 64, 4]],
            &[],
            DepthToSpaceOptions { block_size: 2 },
        ),
        node(
            Op::EMBEDDING_LOOKUP,
            I8,
            [
                Operand::Constant(integers(&[7, 0, 3], &[3])),
                Operand::Fed(activation(I8, &[32, 16])),
            ],
            [activation(I8, &[3, 16])],
            no,
        ),
        shaping(Op::GATHER, BOTH, [MAP, &[1, 4, 32, 16]], &[rows], gather),
        shaping(Op::GATHER_ND, BOTH, [MAP, &[2, 32, 16]], &[tuples], no),
        shaping(
            Op::MIRROR_PAD,
            BOTH,
            [MAP, &[1, 34, 34, 16]],
            &[border()],
            MirrorPadOptions::default(),
        ),
        node(Op::PACK, I8, [map(), map()], [stack()], PackOptions { values_count: 2, axis: 1 }),
        shaping(Op::REVERSE_V2, USUAL, [MAP, MAP], &[integers(&[1, 2], &[2])], no),
        node(
            Op::SELECT_V2,
            I8,
            [Operand::Fed(TensorSpec::new("condition", TensorType::BOOL, &[16])), map(), map()],
            [activation(I8, MAP)],
            no,
        ),
        shaping(Op::SLICE, USUAL, [MAP, &[1, 16, 16, 16]], &bounds, no),
        shaping(Op::SPACE_TO_BATCH_ND, BOTH, [image, batches], &blocks(), no),
        shaping(Op::SPACE_TO_DEPTH, BOTH, [MAP, &[1, 16, 16, 64]], &[], block),
        node(
            Op::UNPACK,
            I8,
            [Operand::Fed(stack())],
            [activation(I8, MAP), activation(I8, MAP)],
            UnpackOptions { num: 2, axis: 1 },
        ),
    ]
    .concat()
}

/// Operators that make elements, of all others or of none.
fn made() -> Vec<Case> {
    const BOTH: &[TensorType] = &[I8, F32];
    let reduced = [&[1, 8, 8, 64], &[1, 64][..]];
    let axes = || [integers(&[1, 2], &[2])];
    let shapes = [integers(&[1, 32, 1, 16], &[4]), integers(&[32, 1], &[2])];
    let int = |shape: &[i32]| TensorSpec::new("integers", I32, shape);
    let value = integers(&[0x0102_0304], &[]);
    let no = Options::None;
    [
        arg(Op::ARG_MAX),
        arg(Op::ARG_MIN),
        node(Op::BROADCAST_ARGS, I32, shapes.map(Operand::Constant), [int(&[4])], no),
        node(Op::FILL, I32, [integers(MAP, &[4]), value].map(Operand::Constant), [int(MAP)], no),
        unary(Op::L2_NORMALIZATION, BOTH, MAP, signed_fraction, L2NormOptions::default()),
        pool_2d(Op::L2_POOL_2D, &[F32], [48, 48, 8], [2, 2]),
        unary(Op::LOG_SOFTMAX, BOTH, &[1, 12], logarithm, no),
        shaping(Op::REDUCE_MAX, BOTH, reduced, &axes(), keep_dims(false)),
        shaping(Op::REDUCE_MIN, BOTH, reduced, &axes(), keep_dims(false)),
        node(Op::SHAPE, I8, [Operand::Fed(activation(I8, MAP))], [int(&[4])], no),
        shaping(Op::SUM, USUAL, reduced, &axes(), keep_dims(false)),
        unary(Op::ZEROS_LIKE, BOTH, MAP, activation, no),
    ]
    .concat()
}

/// The position of an element of each pixel.
fn arg(operator: Op) -> Vec<Case> {
    let operands = [Operand::Fed(activation(I8, MAP)), Operand::Constant(integers(&[3], &[1]))];
    let output = TensorSpec::new("places", I32, &[1, 32, 32]);
    node(operator, I8, operands, [output], ArgMaxOptions { output_type: I32 })
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
