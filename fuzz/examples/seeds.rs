//! Writes the first inputs of the fuzzers: a small model for each operator and element type.
//!
//! `cargo run --example seeds -- FOLDER` fills `FOLDER/schema_parse` and `FOLDER/interpreter`. An operator that
//! nobody has written yet does no harm: its model is refused, and waits.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use bantam_arena::ArenaBytes;
use bantam_interp::{Interpreter, ops};
use bantam_schema::options::{
    AddOptions, ArgMaxOptions, BatchMatmulOptions, ConcatenationOptions, Conv2dOptions,
    CumsumOptions, DepthToSpaceOptions, DepthwiseConv2dOptions, DivOptions, FullyConnectedOptions,
    GatherOptions, LeakyReluOptions, MirrorPadOptions, MulOptions, PackOptions, Pool2dOptions,
    ReducerOptions, ReshapeOptions, ResizeBilinearOptions, ResizeNearestNeighborOptions,
    SoftmaxOptions, SpaceToDepthOptions, SplitOptions, SqueezeOptions, StridedSliceOptions,
    SubOptions, SvdfOptions, TransposeConvOptions, UnpackOptions,
};
use bantam_schema::write::{ModelBuilder, OperatorSpec, TensorSpec};
use bantam_schema::{ActivationFunction, BuiltinOperator as B, Model, Options, TensorType};

const MODEL: &str = "../examples/digits/digits.tflite";

/// Extents of the tensor that most operators get: batch, rows, columns, channels.
const SHAPE: [i32; 4] = [1, 4, 3, 2];
/// The elements of such a tensor.
const LEN: usize = 24;

fn main() -> io::Result<()> {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        return Err(io::Error::other("name a folder for the seeds"));
    };
    let mut seeds = Seeds::default();
    for tensor_type in [TensorType::INT8, TensorType::INT16, TensorType::FLOAT32] {
        seeds.element_type = tensor_type;
        elementwise(&mut seeds);
        reshaping(&mut seeds);
        spatial(&mut seeds);
        dense(&mut seeds);
    }
    let digits = Path::new(env!("CARGO_MANIFEST_DIR")).join(MODEL);
    seeds.files.push(("digits".to_owned(), fs::read(digits)?));
    for target in ["schema_parse", "interpreter"] {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        for (name, file) in &seeds.files {
            fs::write(folder.join(name), file)?;
        }
    }
    let (all, ready) =
        (seeds.files.len(), seeds.files.iter().filter(|(name, file)| runs(name, file)));
    println!("{all} seeds in {}, of which {} can run", folder.display(), ready.count());
    Ok(())
}

/// Whether the model can be run; if not, says why.
fn runs(name: &str, file: &[u8]) -> bool {
    let mut arena = ArenaBytes::<{ 64 << 10 }>::new();
    let refused = match Model::parse(file) {
        Ok(model) => match Interpreter::new(&model, ops::ALL, &mut arena.0) {
            Ok(_) => return true,
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    };
    println!("{name}: {refused}");
    false
}

/// The models made so far, and the element type of the next ones.
#[derive(Default)]
struct Seeds {
    element_type: TensorType,
    files: Vec<(String, Vec<u8>)>,
}

impl Seeds {
    /// An activation; integers are quantized.
    fn tensor(&self, shape: &[i32]) -> TensorSpec {
        let spec = TensorSpec::new("t", self.element_type, shape);
        if self.element_type == TensorType::FLOAT32 { spec } else { spec.quantized(0.5, 0) }
    }

    /// A constant of the same type, with small values.
    fn constant(&self, shape: &[i32]) -> TensorSpec {
        let spec = self.tensor(shape);
        let len: i32 = shape.iter().product();
        let values = (0..len).map(|index| index % 5 - 2);
        match self.element_type {
            TensorType::INT8 => spec.data_i8(&values.map(|value| value as i8).collect::<Vec<_>>()),
            TensorType::INT16 => {
                spec.data_i16(&values.map(|value| value as i16).collect::<Vec<_>>())
            }
            _ => spec.data_f32(&values.map(|value| value as f32).collect::<Vec<_>>()),
        }
    }

    /// A filter, which is int8 for int16 activations as well, with a scale for each index of `dimension`.
    fn filter(&self, shape: &[i32], dimension: i32) -> TensorSpec {
        if self.element_type == TensorType::FLOAT32 {
            return self.constant(shape);
        }
        let channels = shape[dimension as usize] as usize;
        let len: i32 = shape.iter().product();
        let values: Vec<i8> = (0..len).map(|index| (index % 7 - 3) as i8).collect();
        TensorSpec::new("filter", TensorType::INT8, shape)
            .quantized_per_channel(&vec![0.25; channels], &vec![0; channels], dimension)
            .data_i8(&values)
    }

    fn bias(&self, len: usize) -> TensorSpec {
        let shape = [len as i32];
        let spec = |tensor_type| {
            TensorSpec::new("bias", tensor_type, &shape).quantized_per_channel(
                &vec![0.125; len],
                &vec![0; len],
                0,
            )
        };
        match self.element_type {
            TensorType::INT8 => spec(TensorType::INT32).data_i32(&vec![3; len]),
            TensorType::INT16 => spec(TensorType::INT64).data_i64(&vec![3; len]),
            _ => self.constant(&shape),
        }
    }

    /// A model of one operator. Tensors without data are inputs.
    fn add<'o>(
        &mut self,
        operator: B,
        inputs: &[TensorSpec],
        outputs: &[TensorSpec],
        options: impl Into<Options<'o>>,
    ) {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let inputs: Vec<i32> = inputs.iter().map(|spec| graph.tensor(spec.clone())).collect();
        let outputs: Vec<i32> = outputs.iter().map(|spec| graph.tensor(spec.clone())).collect();
        graph.add(OperatorSpec::new(operator, &inputs, &outputs).options(options));
        graph.outputs(&outputs);
        let fed = fed(&builder.finish(), &inputs);
        if let Some(mut graph) = builder.edit_subgraph(0) {
            graph.inputs(&fed);
        }
        let name = operator.name().unwrap_or("operator");
        let number = self.files.len();
        self.files.push((format!("{name}_{number}"), builder.finish()));
    }
}

/// Those of `tensors` that are neither constant nor a state.
fn fed(file: &[u8], tensors: &[i32]) -> Vec<i32> {
    let graph = Model::parse(file).ok().and_then(|model| model.subgraph(0));
    let is_fed = |index: &&i32| {
        let tensor = graph.and_then(|graph| graph.tensor(**index as u32));
        tensor.is_some_and(|tensor| tensor.data().is_none() && !tensor.is_variable())
    };
    tensors.iter().filter(is_fed).copied().collect()
}

/// A constant vector of `i32`: a shape, axes, offsets.
fn integers(values: &[i32]) -> TensorSpec {
    TensorSpec::new("values", TensorType::INT32, &[values.len() as i32]).data_i32(values)
}

fn elementwise(seeds: &mut Seeds) {
    const UNARY: &[B] = &[
        B::ABS,
        B::CAST,
        B::CEIL,
        B::COS,
        B::DEQUANTIZE,
        B::ELU,
        B::EXP,
        B::FLOOR,
        B::HARD_SWISH,
        B::L2_NORMALIZATION,
        B::LOG,
        B::LOG_SOFTMAX,
        B::LOGISTIC,
        B::NEG,
        B::QUANTIZE,
        B::RELU,
        B::RELU6,
        B::ROUND,
        B::RSQRT,
        B::SIN,
        B::SQRT,
        B::SQUARE,
        B::TANH,
        B::ZEROS_LIKE,
    ];
    const BINARY: &[B] =
        &[B::FLOOR_DIV, B::FLOOR_MOD, B::MAXIMUM, B::MINIMUM, B::PRELU, B::SQUARED_DIFFERENCE];
    const COMPARISONS: &[B] =
        &[B::EQUAL, B::GREATER, B::GREATER_EQUAL, B::LESS, B::LESS_EQUAL, B::NOT_EQUAL];
    let (x, row) = (seeds.tensor(&SHAPE), seeds.constant(&[1, 1, 1, 2]));
    for &operator in UNARY {
        seeds.add(operator, &[x.clone()], &[x.clone()], Options::None);
    }
    seeds.add(B::SOFTMAX, &[x.clone()], &[x.clone()], SoftmaxOptions { beta: 1.0 });
    seeds.add(B::LEAKY_RELU, &[x.clone()], &[x.clone()], LeakyReluOptions { alpha: 0.1 });
    let real = TensorSpec::new("real", TensorType::FLOAT32, &SHAPE);
    seeds.add(B::DEQUANTIZE, &[x.clone()], &[real.clone()], Options::None);
    seeds.add(B::QUANTIZE, &[real], &[x.clone()], Options::None);
    for &operator in BINARY {
        seeds.add(operator, &[x.clone(), row.clone()], &[x.clone()], Options::None);
    }
    let truth = TensorSpec::new("truth", TensorType::BOOL, &SHAPE);
    for &operator in COMPARISONS {
        seeds.add(operator, &[x.clone(), row.clone()], &[truth.clone()], Options::None);
    }
    for (operator, options) in [
        (B::ADD, Options::from(AddOptions::default())),
        (B::SUB, SubOptions::default().into()),
        (B::MUL, MulOptions::default().into()),
        (B::DIV, DivOptions::default().into()),
    ] {
        seeds.add(operator, &[x.clone(), row.clone()], &[x.clone()], options);
        seeds.add(operator, &[x.clone(), seeds.constant(&SHAPE)], &[x.clone()], options);
    }
}

fn reshaping(seeds: &mut Seeds) {
    let x = seeds.tensor(&SHAPE);
    let flat = seeds.tensor(&[LEN as i32]);
    let half = seeds.tensor(&[1, 2, 3, 2]);
    seeds.add(B::RESHAPE, &[x.clone(), integers(&[-1])], &[flat], ReshapeOptions::default());
    let turned = seeds.tensor(&[1, 3, 4, 2]);
    seeds.add(B::TRANSPOSE, &[x.clone(), integers(&[0, 2, 1, 3])], &[turned], Options::None);
    let grown = seeds.tensor(&[1, 6, 5, 2]);
    let margins =
        TensorSpec::new("margins", TensorType::INT32, &[4, 2]).data_i32(&[0, 0, 1, 1, 1, 1, 0, 0]);
    seeds.add(B::PAD, &[x.clone(), margins.clone()], &[grown.clone()], Options::None);
    let value = seeds.constant(&[1]);
    seeds.add(B::PADV2, &[x.clone(), margins.clone(), value], &[grown.clone()], Options::None);
    seeds.add(B::MIRROR_PAD, &[x.clone(), margins], &[grown], MirrorPadOptions::default());
    let tall = seeds.tensor(&[1, 8, 3, 2]);
    let concatenation = ConcatenationOptions { axis: 1, ..ConcatenationOptions::default() };
    seeds.add(B::CONCATENATION, &[x.clone(), x.clone()], &[tall], concatenation);
    let halves = [half.clone(), half.clone()];
    seeds.add(B::SPLIT, &[integers(&[1]), x.clone()], &halves, SplitOptions { num_splits: 2 });
    let bounds = [integers(&[0, 0, 0, 0]), integers(&[1, 4, 3, 2]), integers(&[1, 2, 1, 1])];
    let [begin, end, strides] = bounds;
    let every_other = [x.clone(), begin.clone(), end, strides];
    seeds.add(B::STRIDED_SLICE, &every_other, &[half.clone()], StridedSliceOptions::default());
    let sizes = integers(&[1, 2, 3, 2]);
    seeds.add(B::SLICE, &[x.clone(), begin, sizes], &[half.clone()], Options::None);
    let gather = GatherOptions { axis: 1, batch_dims: 0 };
    seeds.add(B::GATHER, &[x.clone(), integers(&[3, 0])], &[half], gather);
    let stacked = seeds.tensor(&[2, 1, 4, 3, 2]);
    let pack = PackOptions { values_count: 2, axis: 0 };
    seeds.add(B::PACK, &[x.clone(), x.clone()], &[stacked], pack);
    let part = seeds.tensor(&[1, 4, 3]);
    let unpack = UnpackOptions { num: 2, axis: 3 };
    seeds.add(B::UNPACK, &[x.clone()], &[part.clone(), part], unpack);
    let without = seeds.tensor(&[4, 3, 2]);
    seeds.add(B::SQUEEZE, &[x.clone()], &[without], SqueezeOptions::default());
    let with = seeds.tensor(&[1, 1, 4, 3, 2]);
    seeds.add(B::EXPAND_DIMS, &[x.clone(), integers(&[0])], &[with], Options::None);
    let wide = seeds.tensor(&[2, 4, 3, 2]);
    let target = integers(&[2, 4, 3, 2]);
    seeds.add(B::BROADCAST_TO, &[x.clone(), target], &[wide], Options::None);
    seeds.add(B::REVERSE_V2, &[x.clone(), integers(&[1])], &[x.clone()], Options::None);
    seeds.add(B::CUMSUM, &[x.clone(), integers(&[1])], &[x.clone()], CumsumOptions::default());

    let mean = seeds.tensor(&[1, 2]);
    for operator in [B::MEAN, B::SUM, B::REDUCE_MAX, B::REDUCE_MIN] {
        let axes = integers(&[1, 2]);
        seeds.add(operator, &[x.clone(), axes], &[mean.clone()], ReducerOptions::default());
    }
    let best = TensorSpec::new("best", TensorType::INT32, &[1, 4, 3]);
    let options = ArgMaxOptions { output_type: TensorType::INT32 };
    seeds.add(B::ARG_MAX, &[x, integers(&[3])], &[best], options);
}

fn spatial(seeds: &mut Seeds) {
    let x = seeds.tensor(&SHAPE);
    let conv = Conv2dOptions { stride_w: 1, stride_h: 2, ..Conv2dOptions::default() };
    let inputs = [x.clone(), seeds.filter(&[3, 3, 3, 2], 0), seeds.bias(3)];
    let output = seeds.tensor(&[1, 2, 3, 3]);
    seeds.add(B::CONV_2D, &inputs, &[output.clone()], conv);
    let relu = ActivationFunction::RELU;
    seeds.add(
        B::CONV_2D,
        &inputs[..2],
        &[output],
        Conv2dOptions { fused_activation_function: relu, ..conv },
    );
    let depthwise = DepthwiseConv2dOptions {
        stride_w: 1,
        stride_h: 1,
        depth_multiplier: 2,
        ..DepthwiseConv2dOptions::default()
    };
    let inputs = [x.clone(), seeds.filter(&[1, 3, 3, 4], 3), seeds.bias(4)];
    let output = seeds.tensor(&[1, 4, 3, 4]);
    seeds.add(B::DEPTHWISE_CONV_2D, &inputs, &[output], depthwise);
    let transpose =
        TransposeConvOptions { stride_w: 2, stride_h: 2, ..TransposeConvOptions::default() };
    let filter = seeds.filter(&[3, 2, 2, 2], 0);
    let inputs = [integers(&[1, 8, 6, 3]), filter, x.clone(), seeds.bias(3)];
    let output = seeds.tensor(&[1, 8, 6, 3]);
    seeds.add(B::TRANSPOSE_CONV, &inputs, &[output], transpose);
    let pool = Pool2dOptions {
        stride_w: 1,
        stride_h: 2,
        filter_width: 2,
        filter_height: 2,
        ..Pool2dOptions::default()
    };
    for operator in [B::AVERAGE_POOL_2D, B::MAX_POOL_2D, B::L2_POOL_2D] {
        let output = seeds.tensor(&[1, 2, 3, 2]);
        seeds.add(operator, &[x.clone()], &[output], pool);
    }
    let (size, large) = (integers(&[7, 5]), seeds.tensor(&[1, 7, 5, 2]));
    let inputs = [x.clone(), size];
    seeds.add(B::RESIZE_BILINEAR, &inputs, &[large.clone()], ResizeBilinearOptions::default());
    let nearest = ResizeNearestNeighborOptions::default();
    seeds.add(B::RESIZE_NEAREST_NEIGHBOR, &inputs, &[large], nearest);
    let (square, deep) = (seeds.tensor(&[1, 4, 4, 1]), seeds.tensor(&[1, 2, 2, 4]));
    let block = SpaceToDepthOptions { block_size: 2 };
    seeds.add(B::SPACE_TO_DEPTH, &[square.clone()], &[deep.clone()], block);
    let block = DepthToSpaceOptions { block_size: 2 };
    seeds.add(B::DEPTH_TO_SPACE, &[deep], &[square.clone()], block);
    let pairs = TensorSpec::new("pairs", TensorType::INT32, &[2, 2]).data_i32(&[0; 4]);
    let batch = seeds.tensor(&[4, 2, 2, 1]);
    let inputs = [square.clone(), integers(&[2, 2]), pairs.clone()];
    seeds.add(B::SPACE_TO_BATCH_ND, &inputs, &[batch.clone()], Options::None);
    let inputs = [batch, integers(&[2, 2]), pairs];
    seeds.add(B::BATCH_TO_SPACE_ND, &inputs, &[square], Options::None);
}

fn dense(seeds: &mut Seeds) {
    let (x, y) = (seeds.tensor(&[2, 6]), seeds.tensor(&[2, 3]));
    let inputs = [x.clone(), seeds.filter(&[3, 6], 0), seeds.bias(3)];
    seeds.add(B::FULLY_CONNECTED, &inputs, &[y.clone()], FullyConnectedOptions::default());
    let inputs = [x.clone(), seeds.constant(&[6, 3])];
    seeds.add(B::BATCH_MATMUL, &inputs, &[y], BatchMatmulOptions::default());
    let state = seeds.tensor(&[2, 16]).variable();
    let inputs = [x, seeds.filter(&[4, 6], 0), seeds.constant(&[4, 4]), seeds.bias(4), state];
    let output = seeds.tensor(&[2, 4]);
    let svdf = SvdfOptions { rank: 1, ..SvdfOptions::default() };
    seeds.add(B::SVDF, &inputs, &[output], svdf);
}
