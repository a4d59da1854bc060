//! Models of one node.

use bantam_schema::options::{
    ConcatenationOptions, Conv2dOptions, DepthwiseConv2dOptions, FullyConnectedOptions,
    Pool2dOptions, SplitOptions, SplitVOptions, TransposeConvOptions,
};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator, Options, Padding, TensorType};

use crate::noise;

/// A model of one node, to be measured.
#[derive(Clone, Debug)]
pub struct Case {
    /// What the node runs.
    pub operator: BuiltinOperator,
    /// Type and shapes, as in `i8/25x5x64_3x3`; unique for the operator.
    pub name: String,
    /// Multiply-accumulates where there are weights, elements of the larger of input and output
    /// elsewhere.
    pub work: u64,
    /// The file.
    pub model: Vec<u8>,
}

/// A node of which everything is known but its type.
pub(crate) struct Node<'a> {
    pub(crate) operator: BuiltinOperator,
    /// What follows the type in the name.
    pub(crate) name: String,
    pub(crate) work: u64,
    pub(crate) options: Options<'a>,
}

/// An input of a node.
pub(crate) enum Operand {
    /// It is fed.
    Fed(TensorSpec),
    /// It is part of the model.
    Constant(TensorSpec),
}

impl Node<'_> {
    /// The model: `inputs` are fed, `constants` are the operands behind them.
    pub(crate) fn case(
        self,
        inputs: Vec<TensorSpec>,
        constants: Vec<TensorSpec>,
        output: TensorSpec,
        tensor_type: TensorType,
    ) -> Case {
        let inputs = inputs.into_iter().map(Operand::Fed);
        let operands = inputs.chain(constants.into_iter().map(Operand::Constant));
        self.case_of(operands, [output], tensor_type)
    }

    /// The model, with any order of operands and any number of outputs.
    pub(crate) fn case_of(
        self,
        operands: impl IntoIterator<Item = Operand>,
        outputs: impl IntoIterator<Item = TensorSpec>,
        tensor_type: TensorType,
    ) -> Case {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let mut fed = Vec::new();
        let operands = operands.into_iter().map(|operand| match operand {
            Operand::Fed(spec) => {
                fed.push(graph.tensor(spec));
                fed[fed.len() - 1]
            }
            Operand::Constant(spec) => graph.tensor(spec),
        });
        let operands: Vec<i32> = operands.collect();
        let outputs: Vec<i32> = outputs.into_iter().map(|spec| graph.tensor(spec)).collect();
        graph.operator(self.operator, &operands, &outputs, self.options);
        graph.inputs(&fed).outputs(&outputs);
        let name = format!("{}/{}", type_name(tensor_type), self.name);
        Case { operator: self.operator, name, work: self.work, model: builder.finish() }
    }
}

fn type_name(tensor_type: TensorType) -> &'static str {
    match tensor_type {
        TensorType::INT8 => "i8",
        TensorType::INT16 => "i16",
        TensorType::INT32 => "i32",
        TensorType::FLOAT32 => "f32",
        _ => "other",
    }
}

/// `[1, 2, 3]` as `1x2x3`.
pub(crate) fn join(shape: &[i32]) -> String {
    shape.iter().map(i32::to_string).collect::<Vec<_>>().join("x")
}

pub(crate) fn len(shape: &[i32]) -> u64 {
    shape.iter().map(|&dim| u64::from(dim.unsigned_abs())).product()
}

/// What makes a tensor of a type and a shape.
pub(crate) type Make = fn(TensorType, &[i32]) -> TensorSpec;

/// An activation around zero.
pub(crate) fn activation(tensor_type: TensorType, shape: &[i32]) -> TensorSpec {
    let spec = TensorSpec::new("activation", tensor_type, shape);
    match tensor_type {
        TensorType::INT8 => spec.quantized(1.0 / 16.0, -5),
        TensorType::INT16 => spec.quantized(1.0 / 4096.0, 0),
        _ => spec,
    }
}

/// An activation in 0..1, quantized as SOFTMAX and LOGISTIC want it.
pub(crate) fn fraction(tensor_type: TensorType, shape: &[i32]) -> TensorSpec {
    let spec = TensorSpec::new("fraction", tensor_type, shape);
    match tensor_type {
        TensorType::INT8 => spec.quantized(1.0 / 256.0, -128),
        TensorType::INT16 => spec.quantized(1.0 / 32768.0, 0),
        _ => spec,
    }
}

/// An activation in −1..1, quantized as TANH wants it.
pub(crate) fn signed_fraction(tensor_type: TensorType, shape: &[i32]) -> TensorSpec {
    let spec = TensorSpec::new("fraction", tensor_type, shape);
    match tensor_type {
        TensorType::INT8 => spec.quantized(1.0 / 128.0, 0),
        TensorType::INT16 => spec.quantized(1.0 / 32768.0, 0),
        _ => spec,
    }
}

/// A constant operand of integers, such as axes.
pub(crate) fn integers(values: &[i32], shape: &[i32]) -> TensorSpec {
    TensorSpec::new("integers", TensorType::INT32, shape).data_i32(values)
}

/// Filter and bias; a filter of integers has a scale for each index of `dimension`.
fn weights(activations: TensorType, shape: &[i32], dimension: usize) -> [TensorSpec; 2] {
    let (filter_type, bias_type) = match activations {
        TensorType::FLOAT32 => (TensorType::FLOAT32, TensorType::FLOAT32),
        TensorType::INT16 => (TensorType::INT8, TensorType::INT64),
        _ => (TensorType::INT8, TensorType::INT32),
    };
    let channels = shape[dimension];
    let noisy = |name, tensor_type: TensorType, shape: &[i32]| {
        let element_bytes = u64::from(tensor_type.size_bytes().unwrap_or(1));
        let bytes = noise::bytes(tensor_type, (len(shape) * element_bytes) as usize, 100);
        TensorSpec::new(name, tensor_type, shape).data(&bytes)
    };
    let mut filter = noisy("filter", filter_type, shape);
    if filter_type == TensorType::INT8 {
        let scales: Vec<f32> = (0..channels).map(|i| (1 + i % 7) as f32 / 4096.0).collect();
        let zero_points = vec![0; scales.len()];
        filter = filter.quantized_per_channel(&scales, &zero_points, dimension as i32);
    }
    [filter, noisy("bias", bias_type, &[channels])]
}

/// Height, width and channels behind a batch of one.
fn image(shape: [i32; 3]) -> [i32; 4] {
    let [height, width, channels] = shape;
    [1, height, width, channels]
}

/// CONV_2D with SAME padding: input, height and width of the filter, output channels, stride.
pub(crate) fn conv_2d(
    types: &[TensorType],
    input: [i32; 3],
    filter: [i32; 2],
    channels: i32,
    stride: i32,
) -> Vec<Case> {
    let [height, width, depth] = input;
    let output = [height.unsigned_abs(), width.unsigned_abs()]
        .map(|dim| dim.div_ceil(stride.unsigned_abs()).cast_signed());
    let output = image([output[0], output[1], channels]);
    let filter_shape = [channels, filter[0], filter[1], depth];
    let case = |&t: &TensorType| {
        let node = Node {
            operator: BuiltinOperator::CONV_2D,
            name: format!("{}_{}x{channels}_s{stride}", join(&input), join(&filter)),
            work: len(&output) * len(&filter) * len(&[depth]),
            options: Conv2dOptions {
                stride_w: stride,
                stride_h: stride,
                ..Conv2dOptions::default()
            }
            .into(),
        };
        node.case(
            vec![activation(t, &image(input))],
            weights(t, &filter_shape, 0).into(),
            activation(t, &output),
            t,
        )
    };
    types.iter().map(case).collect()
}

/// DEPTHWISE_CONV_2D with SAME padding, a stride of 1 and a multiplier of 1: input, height and
/// width of the filter.
pub(crate) fn depthwise_conv_2d(
    types: &[TensorType],
    input: [i32; 3],
    filter: [i32; 2],
) -> Vec<Case> {
    let shape = image(input);
    let filter_shape = [1, filter[0], filter[1], input[2]];
    let case = |&t: &TensorType| {
        let node = Node {
            operator: BuiltinOperator::DEPTHWISE_CONV_2D,
            name: format!("{}_{}", join(&input), join(&filter)),
            work: len(&input) * len(&filter),
            options: DepthwiseConv2dOptions {
                stride_w: 1,
                stride_h: 1,
                depth_multiplier: 1,
                ..DepthwiseConv2dOptions::default()
            }
            .into(),
        };
        let weights = weights(t, &filter_shape, 3).into();
        node.case(vec![activation(t, &shape)], weights, activation(t, &shape), t)
    };
    types.iter().map(case).collect()
}

/// TRANSPOSE_CONV with SAME padding: input, height and width of the filter, output channels,
/// stride.
pub(crate) fn transpose_conv(
    types: &[TensorType],
    input: [i32; 3],
    filter: [i32; 2],
    channels: i32,
    stride: i32,
) -> Vec<Case> {
    let [height, width, depth] = input;
    let output = image([height * stride, width * stride, channels]);
    let filter_shape = [channels, filter[0], filter[1], depth];
    let case = |&t: &TensorType| {
        let node = Node {
            operator: BuiltinOperator::TRANSPOSE_CONV,
            name: format!("{}_{}x{channels}_s{stride}", join(&input), join(&filter)),
            work: len(&input) * len(&filter) * len(&[channels]),
            options: TransposeConvOptions {
                stride_w: stride,
                stride_h: stride,
                ..TransposeConvOptions::default()
            }
            .into(),
        };
        let [filter, bias] = weights(t, &filter_shape, 0);
        let operands = [
            Operand::Constant(integers(&output, &[4])),
            Operand::Constant(filter),
            Operand::Fed(activation(t, &image(input))),
            Operand::Constant(bias),
        ];
        node.case_of(operands, [activation(t, &output)], t)
    };
    types.iter().map(case).collect()
}

/// FULLY_CONNECTED on a batch of one.
pub(crate) fn fully_connected(types: &[TensorType], inputs: i32, outputs: i32) -> Vec<Case> {
    let case = |&t: &TensorType| {
        let node = Node {
            operator: BuiltinOperator::FULLY_CONNECTED,
            name: format!("{inputs}_{outputs}"),
            work: len(&[inputs, outputs]),
            options: FullyConnectedOptions::default().into(),
        };
        let weights = weights(t, &[outputs, inputs], 0).into();
        node.case(vec![activation(t, &[1, inputs])], weights, activation(t, &[1, outputs]), t)
    };
    types.iter().map(case).collect()
}

/// A pool with windows beside one another, which must fit: input, height and width of the window.
pub(crate) fn pool_2d(
    operator: BuiltinOperator,
    types: &[TensorType],
    input: [i32; 3],
    window: [i32; 2],
) -> Vec<Case> {
    let output = image([input[0] / window[0], input[1] / window[1], input[2]]);
    let case = |&t: &TensorType| {
        let node = Node {
            operator,
            name: format!("{}_{}", join(&input), join(&window)),
            work: len(&input),
            options: Pool2dOptions {
                padding: Padding::VALID,
                stride_w: window[1],
                stride_h: window[0],
                filter_width: window[1],
                filter_height: window[0],
                ..Pool2dOptions::default()
            }
            .into(),
        };
        node.case(vec![activation(t, &image(input))], vec![], activation(t, &output), t)
    };
    types.iter().map(case).collect()
}

/// One input, and an output of the same shape that `output` makes.
pub(crate) fn unary<'a>(
    operator: BuiltinOperator,
    types: &[TensorType],
    shape: &[i32],
    output: Make,
    options: impl Into<Options<'a>>,
) -> Vec<Case> {
    let options = options.into();
    let case = |&t: &TensorType| {
        let node = Node { operator, name: join(shape), work: len(shape), options };
        node.case(vec![activation(t, shape)], vec![], output(t, shape), t)
    };
    types.iter().map(case).collect()
}

/// Two inputs that broadcast to the shape of the first, which is that of the output.
pub(crate) fn binary<'a>(
    operator: BuiltinOperator,
    types: &[TensorType],
    shapes: [&[i32]; 2],
    options: impl Into<Options<'a>>,
) -> Vec<Case> {
    let options = options.into();
    let [shape, _] = shapes;
    let case = |&t: &TensorType| {
        let name = shapes.map(join).join("_");
        let node = Node { operator, name, work: len(shape), options };
        let inputs = shapes.iter().map(|shape| activation(t, shape)).collect();
        node.case(inputs, vec![], activation(t, shape), t)
    };
    types.iter().map(case).collect()
}

/// One input, constants of integers, and an output of another shape.
pub(crate) fn shaping<'a>(
    operator: BuiltinOperator,
    types: &[TensorType],
    [input, output]: [&[i32]; 2],
    constants: &[TensorSpec],
    options: impl Into<Options<'a>>,
) -> Vec<Case> {
    let options = options.into();
    let case = |&t: &TensorType| {
        let name = format!("{}_{}", join(input), join(output));
        let node = Node { operator, name, work: len(input).max(len(output)), options };
        node.case(vec![activation(t, input)], constants.to_vec(), activation(t, output), t)
    };
    types.iter().map(case).collect()
}

/// One input and an output of another type.
pub(crate) fn converting(
    operator: BuiltinOperator,
    [from, to]: [TensorType; 2],
    shape: &[i32],
) -> Vec<Case> {
    let name = format!("{}_{}", type_name(to), join(shape));
    let node = Node { operator, name, work: len(shape), options: Options::None };
    vec![node.case(vec![activation(from, shape)], vec![], activation(to, shape), from)]
}

/// So many inputs of one shape, joined along the innermost dimension.
pub(crate) fn concatenation(types: &[TensorType], shape: &[i32], inputs: i32) -> Vec<Case> {
    let mut output = shape.to_vec();
    output.iter_mut().rev().take(1).for_each(|dim| *dim *= inputs);
    let case = |&t: &TensorType| {
        let node = Node {
            operator: BuiltinOperator::CONCATENATION,
            name: format!("{inputs}_{}", join(shape)),
            work: len(&output),
            options: ConcatenationOptions { axis: -1, ..ConcatenationOptions::default() }.into(),
        };
        let inputs = (0..inputs).map(|_| activation(t, shape)).collect();
        node.case(inputs, vec![], activation(t, &output), t)
    };
    types.iter().map(case).collect()
}

/// So many equal parts of a tensor along its innermost dimension: SPLIT.
pub(crate) fn split(types: &[TensorType], shape: &[i32], parts: i32) -> Vec<Case> {
    let case = |&t: &TensorType| {
        let axis = Operand::Constant(integers(&[-1], &[1]));
        let operands = [axis, Operand::Fed(activation(t, shape))];
        let options = SplitOptions { num_splits: parts }.into();
        let part = part_of(shape, |dim| dim / parts);
        let outputs = (0..parts).map(|_| activation(t, &part));
        let name = format!("{parts}_{}", join(shape));
        let node = Node { operator: BuiltinOperator::SPLIT, name, work: len(shape), options };
        node.case_of(operands, outputs, t)
    };
    types.iter().map(case).collect()
}

/// Parts of these sizes of a tensor along its innermost dimension: SPLIT_V.
pub(crate) fn split_v(types: &[TensorType], shape: &[i32], sizes: &[i32]) -> Vec<Case> {
    let parts = sizes.len() as i32;
    let case = |&t: &TensorType| {
        let constants = [integers(sizes, &[parts]), integers(&[-1], &[1])];
        let operands = [Operand::Fed(activation(t, shape))];
        let operands = operands.into_iter().chain(constants.map(Operand::Constant));
        let options = SplitVOptions { num_splits: parts }.into();
        let outputs = sizes.iter().map(|&size| activation(t, &part_of(shape, |_| size)));
        let name = format!("{}_{}", join(sizes), join(shape));
        let node = Node { operator: BuiltinOperator::SPLIT_V, name, work: len(shape), options };
        node.case_of(operands, outputs, t)
    };
    types.iter().map(case).collect()
}

/// A node with any operands and outputs.
pub(crate) fn node<'a>(
    operator: BuiltinOperator,
    tensor_type: TensorType,
    operands: impl IntoIterator<Item = Operand>,
    outputs: impl IntoIterator<Item = TensorSpec>,
    options: impl Into<Options<'a>>,
) -> Vec<Case> {
    let node = Node { operator, name: "node".into(), work: 1, options: options.into() };
    vec![node.case_of(operands, outputs, tensor_type)]
}

/// The logarithm of a fraction, quantized as LOG_SOFTMAX wants it.
pub(crate) fn logarithm(tensor_type: TensorType, shape: &[i32]) -> TensorSpec {
    let spec = TensorSpec::new("logarithm", tensor_type, shape);
    if tensor_type == TensorType::INT8 { spec.quantized(1.0 / 16.0, 127) } else { spec }
}

/// `shape` with another innermost dimension.
fn part_of(shape: &[i32], size: impl Fn(i32) -> i32) -> Vec<i32> {
    let mut part = shape.to_vec();
    part.iter_mut().rev().take(1).for_each(|dim| *dim = size(*dim));
    part
}
