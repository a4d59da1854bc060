//! A small model for each operator and element type.

use bantam_schema::options::{
    AddOptions, ArgMaxOptions, BatchMatmulOptions, ConcatenationOptions, Conv2dOptions,
    CumsumOptions, DepthToSpaceOptions, DepthwiseConv2dOptions, DivOptions, FullyConnectedOptions,
    GatherOptions, LeakyReluOptions, MirrorPadOptions, MulOptions, PackOptions, Pool2dOptions,
    ReducerOptions, ReshapeOptions, ResizeBilinearOptions, ResizeNearestNeighborOptions,
    SoftmaxOptions, SpaceToDepthOptions, SplitOptions, SplitVOptions, SqueezeOptions,
    StridedSliceOptions, SubOptions, SvdfOptions, TransposeConvOptions, UnpackOptions,
};
use bantam_schema::write::{ModelBuilder, OperatorSpec, TensorSpec};
use bantam_schema::{ActivationFunction, BuiltinOperator as B, Options, TensorType};

/// Extents of the tensor that most operators get: batch, rows, columns, channels.
const SHAPE: [i32; 4] = [1, 4, 3, 2];
/// The elements of such a tensor.
const LEN: usize = 24;

/// A tensor that can be changed before it is written.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub tensor_type: TensorType,
    pub shape: Vec<i32>,
    /// One scale for all, or one for each index of `dimension`; none where it is not quantized.
    pub scales: Vec<f32>,
    pub zero_points: Vec<i64>,
    pub dimension: i32,
    pub variable: bool,
    pub data: Option<Vec<u8>>,
}

impl Tensor {
    fn new(tensor_type: TensorType, shape: &[i32]) -> Self {
        Self {
            tensor_type,
            shape: shape.to_vec(),
            scales: Vec::new(),
            zero_points: Vec::new(),
            dimension: 0,
            variable: false,
            data: None,
        }
    }

    fn quantized(self, scales: Vec<f32>, dimension: i32) -> Self {
        Self { zero_points: vec![0; scales.len()], scales, dimension, ..self }
    }

    /// Makes it a constant of these values, in its own type.
    fn filled(self, values: &[i64]) -> Self {
        let bytes = |&value: &i64| match self.tensor_type {
            TensorType::INT8 => (value as i8).to_le_bytes().to_vec(),
            TensorType::INT16 => (value as i16).to_le_bytes().to_vec(),
            TensorType::INT32 => (value as i32).to_le_bytes().to_vec(),
            TensorType::INT64 => value.to_le_bytes().to_vec(),
            _ => (value as f32).to_le_bytes().to_vec(),
        };
        Self { data: Some(values.iter().flat_map(bytes).collect()), ..self }
    }

    fn spec(&self) -> TensorSpec {
        let mut spec = TensorSpec::new("t", self.tensor_type, &self.shape);
        if !self.scales.is_empty() || !self.zero_points.is_empty() {
            spec = spec.quantized_per_channel(&self.scales, &self.zero_points, self.dimension);
        }
        if self.variable {
            spec = spec.variable();
        }
        match &self.data {
            Some(data) => spec.data(data),
            None => spec,
        }
    }
}

/// A model of one operator.
#[derive(Clone, Debug)]
pub struct Case {
    pub operator: B,
    pub options: Options<'static>,
    pub inputs: Vec<Tensor>,
    pub outputs: Vec<Tensor>,
}

impl Case {
    /// The file. What is neither constant nor a state is an input of the graph.
    pub fn file(&self) -> Vec<u8> {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let inputs: Vec<i32> = self.inputs.iter().map(|each| graph.tensor(each.spec())).collect();
        let outputs: Vec<i32> = self.outputs.iter().map(|each| graph.tensor(each.spec())).collect();
        graph.add(OperatorSpec::new(self.operator, &inputs, &outputs).options(self.options));
        let fed = |(index, tensor): (&i32, &Tensor)| {
            (tensor.data.is_none() && !tensor.variable).then_some(*index)
        };
        let fed: Vec<i32> = inputs.iter().zip(&self.inputs).filter_map(fed).collect();
        graph.inputs(&fed).outputs(&outputs);
        builder.finish()
    }
}

/// All cases.
pub fn cases() -> Vec<Case> {
    let mut cases = Cases { element_type: TensorType::FLOAT32, all: Vec::new() };
    for element_type in [TensorType::INT8, TensorType::INT16, TensorType::FLOAT32] {
        cases.element_type = element_type;
        elementwise(&mut cases);
        reshaping(&mut cases);
        spatial(&mut cases);
        dense(&mut cases);
    }
    cases.all
}

/// The cases made so far, and the element type of the next ones.
struct Cases {
    element_type: TensorType,
    all: Vec<Case>,
}

impl Cases {
    /// An activation; integers are quantized.
    fn tensor(&self, shape: &[i32]) -> Tensor {
        let tensor = Tensor::new(self.element_type, shape);
        if self.element_type == TensorType::FLOAT32 {
            tensor
        } else {
            tensor.quantized(vec![0.5], 0)
        }
    }

    /// An activation whose values lie between `lowest` (0 or -1) and 1, with the scale that TFLite
    /// demands then.
    fn ranged(&self, lowest: i32) -> Tensor {
        let (scale, zero_point) = match (self.element_type, lowest) {
            (TensorType::INT8, 0) => (1.0 / 256.0, -128),
            (TensorType::INT8, _) => (1.0 / 128.0, 0),
            (TensorType::INT16, _) => (1.0 / 32768.0, 0),
            _ => return self.tensor(&SHAPE),
        };
        Tensor { scales: vec![scale], zero_points: vec![zero_point], ..self.tensor(&SHAPE) }
    }

    /// A constant of the same type, with small values.
    fn constant(&self, shape: &[i32]) -> Tensor {
        self.tensor(shape).filled(&small_values(shape))
    }

    /// A filter, which is int8 for int16 activations as well, with a scale for each index of
    /// `dimension`.
    fn filter(&self, shape: &[i32], dimension: i32) -> Tensor {
        if self.element_type == TensorType::FLOAT32 {
            return self.constant(shape);
        }
        let channels = shape[dimension as usize] as usize;
        Tensor::new(TensorType::INT8, shape)
            .quantized(vec![0.25; channels], dimension)
            .filled(&small_values(shape))
    }

    fn bias(&self, len: usize) -> Tensor {
        let bias = |tensor_type| {
            Tensor::new(tensor_type, &[len as i32])
                .quantized(vec![0.125; len], 0)
                .filled(&vec![3; len])
        };
        match self.element_type {
            TensorType::INT8 => bias(TensorType::INT32),
            TensorType::INT16 => bias(TensorType::INT64),
            _ => self.constant(&[len as i32]),
        }
    }

    fn add(
        &mut self,
        operator: B,
        inputs: &[Tensor],
        outputs: &[Tensor],
        options: impl Into<Options<'static>>,
    ) {
        let (inputs, outputs) = (inputs.to_vec(), outputs.to_vec());
        self.all.push(Case { operator, options: options.into(), inputs, outputs });
    }
}

fn small_values(shape: &[i32]) -> Vec<i64> {
    let len: i32 = shape.iter().product();
    (0..len).map(|index| i64::from(index % 5 - 2)).collect()
}

/// A constant vector of `i32`: a shape, axes, offsets.
fn integers(values: &[i64]) -> Tensor {
    Tensor::new(TensorType::INT32, &[values.len() as i32]).filled(values)
}

fn elementwise(cases: &mut Cases) {
    const UNARY: &[B] = &[
        B::ABS,
        B::CAST,
        B::CEIL,
        B::COS,
        B::ELU,
        B::EXP,
        B::FLOOR,
        B::HARD_SWISH,
        B::L2_NORMALIZATION,
        B::LOG,
        B::LOG_SOFTMAX,
        B::NEG,
        B::QUANTIZE,
        B::RELU,
        B::RELU6,
        B::ROUND,
        B::RSQRT,
        B::SIN,
        B::SQRT,
        B::SQUARE,
        B::ZEROS_LIKE,
    ];
    const BINARY: &[B] =
        &[B::FLOOR_DIV, B::FLOOR_MOD, B::MAXIMUM, B::MINIMUM, B::PRELU, B::SQUARED_DIFFERENCE];
    const COMPARISONS: &[B] =
        &[B::EQUAL, B::GREATER, B::GREATER_EQUAL, B::LESS, B::LESS_EQUAL, B::NOT_EQUAL];
    let (x, row) = (cases.tensor(&SHAPE), cases.constant(&[1, 1, 1, 2]));
    for &operator in UNARY {
        cases.add(operator, &[x.clone()], &[x.clone()], Options::None);
    }
    let probability = cases.ranged(0);
    cases.add(B::SOFTMAX, &[x.clone()], &[probability.clone()], SoftmaxOptions { beta: 1.0 });
    cases.add(B::LOGISTIC, &[x.clone()], &[probability], Options::None);
    let signed = cases.ranged(-1);
    cases.add(B::TANH, &[x.clone()], &[signed], Options::None);
    cases.add(B::LEAKY_RELU, &[x.clone()], &[x.clone()], LeakyReluOptions { alpha: 0.1 });
    let real = Tensor::new(TensorType::FLOAT32, &SHAPE);
    cases.add(B::DEQUANTIZE, &[x.clone()], &[real.clone()], Options::None);
    cases.add(B::QUANTIZE, &[real], &[x.clone()], Options::None);
    for &operator in BINARY {
        cases.add(operator, &[x.clone(), row.clone()], &[x.clone()], Options::None);
    }
    let truth = Tensor::new(TensorType::BOOL, &SHAPE);
    for &operator in COMPARISONS {
        cases.add(operator, &[x.clone(), row.clone()], &[truth.clone()], Options::None);
    }
    for operator in [B::LOGICAL_AND, B::LOGICAL_OR] {
        cases.add(operator, &[truth.clone(), truth.clone()], &[truth.clone()], Options::None);
    }
    cases.add(B::LOGICAL_NOT, &[truth.clone()], &[truth], Options::None);
    for (operator, options) in [
        (B::ADD, Options::from(AddOptions::default())),
        (B::SUB, SubOptions::default().into()),
        (B::MUL, MulOptions::default().into()),
        (B::DIV, DivOptions::default().into()),
    ] {
        cases.add(operator, &[x.clone(), row.clone()], &[x.clone()], options);
        cases.add(operator, &[x.clone(), cases.constant(&SHAPE)], &[x.clone()], options);
    }
}

fn reshaping(cases: &mut Cases) {
    let x = cases.tensor(&SHAPE);
    let flat = cases.tensor(&[LEN as i32]);
    let half = cases.tensor(&[1, 2, 3, 2]);
    cases.add(B::RESHAPE, &[x.clone(), integers(&[-1])], &[flat], ReshapeOptions::default());
    let turned = cases.tensor(&[1, 3, 4, 2]);
    cases.add(B::TRANSPOSE, &[x.clone(), integers(&[0, 2, 1, 3])], &[turned], Options::None);
    let grown = cases.tensor(&[1, 6, 5, 2]);
    let margins = Tensor::new(TensorType::INT32, &[4, 2]).filled(&[0, 0, 1, 1, 1, 1, 0, 0]);
    cases.add(B::PAD, &[x.clone(), margins.clone()], &[grown.clone()], Options::None);
    let value = cases.constant(&[1]);
    cases.add(B::PADV2, &[x.clone(), margins.clone(), value], &[grown.clone()], Options::None);
    cases.add(B::MIRROR_PAD, &[x.clone(), margins], &[grown], MirrorPadOptions::default());
    let tall = cases.tensor(&[1, 8, 3, 2]);
    let concatenation = ConcatenationOptions { axis: 1, ..ConcatenationOptions::default() };
    cases.add(B::CONCATENATION, &[x.clone(), x.clone()], &[tall], concatenation);
    let halves = [half.clone(), half.clone()];
    cases.add(B::SPLIT, &[integers(&[1]), x.clone()], &halves, SplitOptions { num_splits: 2 });
    let rows = [1, 3].map(|rows| cases.tensor(&[1, rows, 3, 2]));
    let sized = [x.clone(), integers(&[1, 3]), integers(&[-3])];
    cases.add(B::SPLIT_V, &sized, &rows, SplitVOptions { num_splits: 2 });
    let bounds = [integers(&[0, 0, 0, 0]), integers(&[1, 4, 3, 2]), integers(&[1, 2, 1, 1])];
    let [begin, end, strides] = bounds;
    let every_other = [x.clone(), begin.clone(), end, strides];
    cases.add(B::STRIDED_SLICE, &every_other, &[half.clone()], StridedSliceOptions::default());
    let sizes = integers(&[1, 2, 3, 2]);
    cases.add(B::SLICE, &[x.clone(), begin, sizes], &[half.clone()], Options::None);
    let gather = GatherOptions { axis: 1, batch_dims: 0 };
    cases.add(B::GATHER, &[x.clone(), integers(&[3, 0])], &[half], gather);
    let stacked = cases.tensor(&[2, 1, 4, 3, 2]);
    let pack = PackOptions { values_count: 2, axis: 0 };
    cases.add(B::PACK, &[x.clone(), x.clone()], &[stacked], pack);
    let part = cases.tensor(&[1, 4, 3]);
    let unpack = UnpackOptions { num: 2, axis: 3 };
    cases.add(B::UNPACK, &[x.clone()], &[part.clone(), part], unpack);
    let without = cases.tensor(&[4, 3, 2]);
    cases.add(B::SQUEEZE, &[x.clone()], &[without], SqueezeOptions::default());
    let with = cases.tensor(&[1, 1, 4, 3, 2]);
    cases.add(B::EXPAND_DIMS, &[x.clone(), integers(&[0])], &[with], Options::None);
    let wide = cases.tensor(&[2, 4, 3, 2]);
    let target = integers(&[2, 4, 3, 2]);
    cases.add(B::BROADCAST_TO, &[x.clone(), target], &[wide], Options::None);
    cases.add(B::REVERSE_V2, &[x.clone(), integers(&[1])], &[x.clone()], Options::None);
    cases.add(B::CUMSUM, &[x.clone(), integers(&[1])], &[x.clone()], CumsumOptions::default());

    let mean = cases.tensor(&[1, 2]);
    for operator in [B::MEAN, B::SUM, B::REDUCE_MAX, B::REDUCE_MIN] {
        let axes = integers(&[1, 2]);
        cases.add(operator, &[x.clone(), axes], &[mean.clone()], ReducerOptions::default());
    }
    let best = Tensor::new(TensorType::INT32, &[1, 4, 3]);
    let options = ArgMaxOptions { output_type: TensorType::INT32 };
    cases.add(B::ARG_MAX, &[x, integers(&[3])], &[best], options);
}

fn spatial(cases: &mut Cases) {
    let x = cases.tensor(&SHAPE);
    let conv = Conv2dOptions { stride_w: 1, stride_h: 2, ..Conv2dOptions::default() };
    let inputs = [x.clone(), cases.filter(&[3, 3, 3, 2], 0), cases.bias(3)];
    let output = cases.tensor(&[1, 2, 3, 3]);
    cases.add(B::CONV_2D, &inputs, &[output.clone()], conv);
    let relu = ActivationFunction::RELU;
    cases.add(
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
    let inputs = [x.clone(), cases.filter(&[1, 3, 3, 4], 3), cases.bias(4)];
    let output = cases.tensor(&[1, 4, 3, 4]);
    cases.add(B::DEPTHWISE_CONV_2D, &inputs, &[output], depthwise);
    let transpose =
        TransposeConvOptions { stride_w: 2, stride_h: 2, ..TransposeConvOptions::default() };
    let filter = cases.filter(&[3, 2, 2, 2], 0);
    let inputs = [integers(&[1, 8, 6, 3]), filter, x.clone(), cases.bias(3)];
    let output = cases.tensor(&[1, 8, 6, 3]);
    cases.add(B::TRANSPOSE_CONV, &inputs, &[output], transpose);
    let pool = Pool2dOptions {
        stride_w: 1,
        stride_h: 2,
        filter_width: 2,
        filter_height: 2,
        ..Pool2dOptions::default()
    };
    for operator in [B::AVERAGE_POOL_2D, B::MAX_POOL_2D, B::L2_POOL_2D] {
        let output = cases.tensor(&[1, 2, 3, 2]);
        cases.add(operator, &[x.clone()], &[output], pool);
    }
    let (size, large) = (integers(&[7, 5]), cases.tensor(&[1, 7, 5, 2]));
    let inputs = [x.clone(), size];
    cases.add(B::RESIZE_BILINEAR, &inputs, &[large.clone()], ResizeBilinearOptions::default());
    let nearest = ResizeNearestNeighborOptions::default();
    cases.add(B::RESIZE_NEAREST_NEIGHBOR, &inputs, &[large], nearest);
    let (square, deep) = (cases.tensor(&[1, 4, 4, 1]), cases.tensor(&[1, 2, 2, 4]));
    let block = SpaceToDepthOptions { block_size: 2 };
    cases.add(B::SPACE_TO_DEPTH, &[square.clone()], &[deep.clone()], block);
    let block = DepthToSpaceOptions { block_size: 2 };
    cases.add(B::DEPTH_TO_SPACE, &[deep], &[square.clone()], block);
    let pairs = Tensor::new(TensorType::INT32, &[2, 2]).filled(&[0; 4]);
    let batch = cases.tensor(&[4, 2, 2, 1]);
    let inputs = [square.clone(), integers(&[2, 2]), pairs.clone()];
    cases.add(B::SPACE_TO_BATCH_ND, &inputs, &[batch.clone()], Options::None);
    let inputs = [batch, integers(&[2, 2]), pairs];
    cases.add(B::BATCH_TO_SPACE_ND, &inputs, &[square], Options::None);
}

fn dense(cases: &mut Cases) {
    let (x, y) = (cases.tensor(&[2, 6]), cases.tensor(&[2, 3]));
    let inputs = [x.clone(), cases.filter(&[3, 6], 0), cases.bias(3)];
    cases.add(B::FULLY_CONNECTED, &inputs, &[y.clone()], FullyConnectedOptions::default());
    let inputs = [x.clone(), cases.constant(&[6, 3])];
    cases.add(B::BATCH_MATMUL, &inputs, &[y], BatchMatmulOptions::default());
    let state = Tensor { variable: true, ..cases.tensor(&[2, 16]) };
    let inputs = [x, cases.filter(&[4, 6], 0), cases.constant(&[4, 4]), cases.bias(4), state];
    let output = cases.tensor(&[2, 4]);
    let svdf = SvdfOptions { rank: 1, ..SvdfOptions::default() };
    cases.add(B::SVDF, &inputs, &[output], svdf);
}
