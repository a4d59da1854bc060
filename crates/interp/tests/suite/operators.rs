//! Models of one node that the conformance corpus does not have: what operators refuse, and what
//! they can do beyond it.

use bantam_interp::{Cause, Error, EvalError, Interpreter, InvokeError, MAX_SLOTS, ops};
use bantam_kernels::{IndexError, Operand, ParamsError};
use bantam_schema::options::{
    Conv2dOptions, FullyConnectedOptions, GatherOptions, Pool2dOptions, ResizeBilinearOptions,
    SoftmaxOptions, SqueezeOptions, TransposeConvOptions,
};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as Op, Model, Options, TensorType};

/// One node: what is neither constant nor an output is fed.
struct Node<'a> {
    operator: Op,
    inputs: Vec<TensorSpec>,
    /// How many of the inputs, from this one on, are fed; the others are constants.
    fed: core::ops::Range<usize>,
    outputs: Vec<TensorSpec>,
    options: Options<'a>,
}

impl Node<'_> {
    fn file(self) -> Vec<u8> {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let inputs: Vec<i32> = self.inputs.into_iter().map(|spec| graph.tensor(spec)).collect();
        let outputs: Vec<i32> = self.outputs.into_iter().map(|spec| graph.tensor(spec)).collect();
        graph.operator(self.operator, &inputs, &outputs, self.options);
        graph.inputs(&inputs[self.fed]).outputs(&outputs);
        builder.finish()
    }
}

/// The outputs for `feed`, or why there are none.
fn run(node: Node<'_>, feed: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
    let file = node.file();
    let model = Model::parse(&file).unwrap();
    let mut memory = vec![0_u128; 1 << 12];
    let mut interpreter =
        Interpreter::new(&model, ops::ALL, bytemuck::cast_slice_mut(&mut memory))?;
    interpreter.input_bytes(0).unwrap().copy_from_slice(feed);
    interpreter.invoke().unwrap();
    let outputs = 0..interpreter.output_len();
    Ok(outputs.map(|i| interpreter.output_bytes(i).unwrap().to_vec()).collect())
}

fn cause(result: Result<Vec<Vec<u8>>, Error>) -> Cause {
    match result {
        Err(Error::Prepare { error, .. }) => error.cause,
        other => panic!("{other:?}"),
    }
}

fn bytes(shape: &[i32]) -> TensorSpec {
    TensorSpec::new("", TensorType::INT8, shape).quantized(0.5, 3)
}

fn integers(values: &[i32]) -> TensorSpec {
    TensorSpec::new("", TensorType::INT32, &[values.len() as i32]).data_i32(values)
}

#[test]
fn expand_dims_wants_one_axis_and_the_shape_it_gives() {
    let expand = |axis: TensorSpec, fed, output: &[i32]| Node {
        operator: Op::EXPAND_DIMS,
        inputs: vec![bytes(&[2, 3]), axis],
        fed: 0..fed,
        outputs: vec![bytes(output)],
        options: Options::None,
    };
    let feed = [1, 2, 3, 4, 5, 6];
    let result = run(expand(integers(&[-2]), 1, &[2, 1, 3]), &feed);
    assert_eq!(result, Ok(vec![feed.to_vec()]));
    let mismatch =
        |expected, actual| Cause::Params(ParamsError::ShapeMismatch { expected, actual });
    assert_eq!(cause(run(expand(integers(&[0]), 1, &[2, 1, 3]), &feed)), mismatch(1, 2));
    let column = TensorSpec::new("", TensorType::INT32, &[1, 1]).data_i32(&[0]);
    let rank = Cause::Params(ParamsError::Rank { actual: 2 });
    assert_eq!(cause(run(expand(column, 1, &[1, 2, 3]), &feed)), rank);
    let fed = TensorSpec::new("", TensorType::INT32, &[1]);
    assert_eq!(cause(run(expand(fed, 2, &[1, 2, 3]), &feed)), Cause::NotConstant);
    let long = TensorSpec::new("", TensorType::INT64, &[1]).data_i64(&[0]);
    let kind = Cause::TensorType(TensorType::INT64);
    assert_eq!(cause(run(expand(long, 1, &[1, 2, 3]), &feed)), kind);
}

#[test]
fn squeeze_drops_what_its_options_name() {
    let squeeze = |axes: &'static [u8], output: &[i32]| {
        let squeeze_dims = bantam_schema::Vector::new(axes, 0, axes.len() as u32 / 4).unwrap();
        Node {
            operator: Op::SQUEEZE,
            inputs: vec![bytes(&[1, 3, 1])],
            fed: 0..1,
            outputs: vec![bytes(output)],
            options: SqueezeOptions { squeeze_dims }.into(),
        }
    };
    let feed = [1, 2, 3];
    assert_eq!(run(squeeze(&[0, 0, 0, 0], &[3, 1]), &feed), Ok(vec![feed.to_vec()]));
    let mismatch =
        |expected, actual| Cause::Params(ParamsError::ShapeMismatch { expected, actual });
    assert_eq!(cause(run(squeeze(&[2, 0, 0, 0], &[3, 1]), &feed)), mismatch(1, 3));
    assert_eq!(cause(run(squeeze(&[1, 0, 0, 0], &[1, 3]), &feed)), mismatch(1, 3));
    assert_eq!(cause(run(squeeze(&[], &[1, 1, 4]), &feed)), Cause::Shape);
}

/// SPLIT of `shape` along `axis`, and SPLIT_V, which gives the same.
fn splits(shape: &[i32], axis: i32, parts: &[&[i32]]) -> [Node<'static>; 2] {
    let outputs: Vec<TensorSpec> = parts.iter().map(|part| bytes(part)).collect();
    let (sizes, axis) = (integers(&[7]), integers(&[axis]));
    let node = |operator, inputs, fed| Node {
        operator,
        inputs,
        fed,
        outputs: outputs.clone(),
        options: Options::None,
    };
    [
        node(Op::SPLIT, vec![axis.clone(), bytes(shape)], 1..2),
        node(Op::SPLIT_V, vec![bytes(shape), sizes, axis], 0..1),
    ]
}

#[test]
fn splits_have_any_number_of_outputs() {
    let count = 3 * MAX_SLOTS;
    let feed: Vec<u8> = (0..2 * count).map(|i| i as u8).collect();
    let want: Vec<Vec<u8>> = (0..count).map(|i| vec![i as u8, (count + i) as u8]).collect();
    for node in splits(&[2, count as i32], -1, &vec![&[2, 1][..]; count]) {
        assert_eq!(run(node, &feed).as_ref(), Ok(&want));
    }
}

#[test]
fn splits_refuse_parts_that_do_not_add_up() {
    let mismatch =
        |expected, actual| Cause::Params(ParamsError::ShapeMismatch { expected, actual });
    for (axis, parts, expected) in [
        (0, [&[2, 3][..], &[1, 3]], mismatch(4, 3)),
        (0, [&[2, 3], &[2, 2]], mismatch(3, 2)),
        (-3, [&[2, 3], &[2, 3]], Cause::Params(ParamsError::Axis { axis: -3 })),
        (0, [&[2, 3], &[6]], Cause::Params(ParamsError::Rank { actual: 1 })),
    ] {
        let [split, split_v] = splits(&[4, 3], axis, &parts);
        let unequal = parts[0] != parts[1];
        let equal = if unequal { Cause::Shape } else { expected };
        assert_eq!(cause(run(split, &[0; 12])), equal);
        assert_eq!(cause(run(split_v, &[0; 12])), expected);
    }
    // What SPLIT_V can do and SPLIT cannot.
    let [split, split_v] = splits(&[4, 3], 0, &[&[1, 3], &[3, 3]]);
    assert_eq!(cause(run(split, &[0; 12])), Cause::Shape);
    assert_eq!(run(split_v, &[9; 12]), Ok(vec![vec![9; 3], vec![9; 9]]));
    let [split, split_v] = splits(&[4, 3], 0, &[]);
    assert_eq!(cause(run(split, &[0; 12])), Cause::OutputCount(0));
    assert_eq!(cause(run(split_v, &[0; 12])), mismatch(4, 0));
}

#[test]
fn resize_bilinear_wants_the_size_of_its_output_and_one_option() {
    let resize = |size: TensorSpec, align_corners| Node {
        operator: Op::RESIZE_BILINEAR,
        inputs: vec![bytes(&[1, 1, 2, 1]), size],
        fed: 0..1,
        outputs: vec![bytes(&[1, 1, 3, 1])],
        options: ResizeBilinearOptions { align_corners, half_pixel_centers: true }.into(),
    };
    assert_eq!(run(resize(integers(&[1, 3]), false), &[10, 20]), Ok(vec![vec![10, 15, 20]]));
    assert_eq!(cause(run(resize(integers(&[1, 3]), true), &[10, 20])), Cause::Options);
    for size in [&[1, 4][..], &[1], &[1, 3, 1]] {
        assert_eq!(cause(run(resize(integers(size), false), &[10, 20])), Cause::Shape);
    }
}

/// A convolution of three `i16` pixels with a filter of one weight, 2, and a bias; all scales are
/// 1.
fn pointwise(operator: Op, zero_points: [i64; 2], bias: TensorSpec) -> Node<'static> {
    let pixels = |zero_point| {
        TensorSpec::new("", TensorType::INT16, &[1, 1, 3, 1]).quantized(1.0, zero_point)
    };
    let filter = TensorSpec::new("", TensorType::INT8, &[1, 1, 1, 1]).quantized(1.0, 0);
    let [input, output] = zero_points.map(pixels);
    let (filter, bias) = (filter.data_i8(&[2]), bias.quantized(1.0, 0));
    let shape = integers(&[1, 1, 3, 1]);
    let strided = Conv2dOptions { stride_h: 1, stride_w: 1, ..Conv2dOptions::default() };
    let spread =
        TransposeConvOptions { stride_h: 1, stride_w: 1, ..TransposeConvOptions::default() };
    let (inputs, fed, options) = if operator == Op::CONV_2D {
        (vec![input, filter, bias], 0..1, strided.into())
    } else {
        (vec![shape, filter, input, bias], 2..3, spread.into())
    };
    Node { operator, inputs, fed, outputs: vec![output], options }
}

#[test]
fn convolutions_of_i16_do_not_read_zero_points() {
    let bytes = |values: [i16; 3]| values.map(i16::to_le_bytes).concat();
    for operator in [Op::CONV_2D, Op::TRANSPOSE_CONV] {
        let bias = TensorSpec::new("", TensorType::INT64, &[1]).data_i64(&[10]);
        let result = run(pointwise(operator, [100, -50], bias), &bytes([0, 30, -100]));
        assert_eq!(result, Ok(vec![bytes([10, 70, -190])]));
    }
}

#[test]
fn transpose_conv_has_a_bias_of_16_or_64_bits() {
    let run = |bias| run(pointwise(Op::TRANSPOSE_CONV, [0, 0], bias), &[1, 0, 2, 0, 3, 0]);
    let narrow = TensorSpec::new("", TensorType::INT16, &[1]).data(&[9, 0]);
    assert_eq!(run(narrow), Ok(vec![vec![11, 0, 13, 0, 15, 0]]));
    let wide = TensorSpec::new("", TensorType::INT64, &[1]).data_i64(&[-1]);
    assert_eq!(run(wide), Ok(vec![vec![1, 0, 3, 0, 5, 0]]));
    let other = TensorSpec::new("", TensorType::INT32, &[1]).data_i32(&[9]);
    assert_eq!(cause(run(other)), Cause::TensorType(TensorType::INT32));
}

#[test]
fn shapes_beyond_a_kernels_are_refused_with_their_tensor() {
    let refusal = |operator, inputs, output: &[i32], options, feed: &[u8]| {
        let node = Node { operator, inputs, fed: 0..1, outputs: vec![bytes(output)], options };
        match run(node, feed) {
            Err(Error::Prepare { error, .. }) => (error.tensor, error.cause),
            other => panic!("{other:?}"),
        }
    };
    let rank = |actual| Cause::Params(ParamsError::Rank { actual });
    let pool = Pool2dOptions {
        stride_w: 1,
        stride_h: 1,
        filter_width: 1,
        filter_height: 1,
        ..Default::default()
    };
    let pooled = |input: &[i32], output: &[i32]| {
        let feed = vec![0; input.iter().product::<i32>() as usize];
        refusal(Op::MAX_POOL_2D, vec![bytes(input)], output, pool.into(), &feed)
    };
    assert_eq!(pooled(&[2, 2, 1], &[2, 2, 1]), (Some(0), rank(3)));
    assert_eq!(pooled(&[1, 2, 2, 1], &[2, 2, 1]), (Some(1), rank(3)));
    let value = 65536;
    let dimension = Cause::Params(ParamsError::Dimension { value });
    assert_eq!(pooled(&[1, value, 1, 1], &[1, 1, 1, 1]), (Some(0), dimension));
    assert_eq!(
        pooled(&[1, 1, 1, 1], &[1, 0, 1, 1]).1,
        Cause::Params(ParamsError::Dimension { value: 0 })
    );

    let filter = bytes(&[4]).data_i8(&[1; 4]);
    let dense = FullyConnectedOptions::default().into();
    let refused =
        refusal(Op::FULLY_CONNECTED, vec![bytes(&[1, 4]), filter], &[1, 1], dense, &[0; 4]);
    assert_eq!(refused, (Some(2), rank(1)));
    let softmax = SoftmaxOptions { beta: 1.0 }.into();
    assert_eq!(refusal(Op::SOFTMAX, vec![bytes(&[])], &[], softmax, &[0]), (Some(0), rank(0)));
}

/// With the product of the scales rounded to single precision, the sum would be one less: it lies
/// close to a half.
#[test]
fn fully_connected_combines_scales_in_double_precision() {
    let scales = [0x3A9B_2FBA, 0x3908_2EBB, 0x3425_1B5D, 0x388C_CD5A].map(f32::from_bits);
    let types = [TensorType::INT16, TensorType::INT8, TensorType::INT32, TensorType::INT16];
    let shapes = [&[1, 1][..], &[1, 1], &[1], &[1, 1]];
    let spec = |i: usize| TensorSpec::new("", types[i], shapes[i]).quantized(scales[i], 0);
    let node = Node {
        operator: Op::FULLY_CONNECTED,
        inputs: vec![spec(0), spec(1).data_i8(&[1]), spec(2).data_i32(&[9_698_654])],
        fed: 0..1,
        outputs: vec![spec(3)],
        options: FullyConnectedOptions::default().into(),
    };
    assert_eq!(run(node, &[0, 0]), Ok(vec![22_213_i16.to_le_bytes().to_vec()]));
}

/// Indices are fed: only an inference can tell whether they are in range.
#[test]
fn an_index_out_of_range_is_named_and_the_next_inference_runs() {
    let table = bytes(&[3, 2]).data_i8(&[1, 2, 3, 4, 5, 6]);
    let indices = TensorSpec::new("", TensorType::INT32, &[2]);
    let node = Node {
        operator: Op::GATHER,
        inputs: vec![table, indices],
        fed: 1..2,
        outputs: vec![bytes(&[2, 2])],
        options: GatherOptions { axis: 0, batch_dims: 0 }.into(),
    };
    let file = node.file();
    let model = Model::parse(&file).unwrap();
    let mut memory = vec![0_u128; 1 << 6];
    let memory = bytemuck::cast_slice_mut(&mut memory);
    let mut interpreter = Interpreter::new(&model, ops::ALL, memory).unwrap();
    for value in [3, -1, i32::MIN] {
        interpreter.input::<i32>(0).unwrap().copy_from_slice(&[2, value]);
        let index = IndexError { operand: Operand::Indices, position: 1, value, limit: 3 };
        let error = InvokeError { subgraph: 0, node: 0, cause: EvalError::Index(index) };
        assert_eq!(interpreter.invoke(), Err(error));
    }
    interpreter.input::<i32>(0).unwrap().copy_from_slice(&[2, 0]);
    interpreter.invoke().unwrap();
    assert_eq!(interpreter.output::<i8>(0).unwrap(), [5, 6, 1, 2]);
}

/// Operators whose kernels read activations that are aligned.
const ALIGNED: [&str; 8] = [
    "AVERAGE_POOL_2D",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "FULLY_CONNECTED",
    "L2_POOL_2D",
    "MAX_POOL_2D",
    "RESIZE_BILINEAR",
    "TRANSPOSE_CONV",
];

/// A constant in place of the activation gives what the same values give that are fed, unless the
/// model lies at an odd address.
#[test]
fn constants_take_the_place_of_activations_where_they_are_aligned() {
    let outputs = |model: &[u8], feed: &[Vec<u8>]| {
        let model = Model::parse(model).unwrap();
        let mut memory = vec![0_u128; 1 << 12];
        let memory = bytemuck::cast_slice_mut(&mut memory);
        let mut interpreter = Interpreter::new(&model, ops::ALL, memory)?;
        for (index, data) in feed.iter().enumerate() {
            interpreter.input_bytes(index).unwrap().copy_from_slice(data);
        }
        interpreter.invoke().unwrap();
        Ok(interpreter.output_bytes(0).unwrap().to_vec())
    };
    let mut seen = std::collections::BTreeSet::new();
    for case in bantam_testkit::cases() {
        let wide = |tensor: &bantam_testkit::Tensor| tensor.tensor_type.size_bytes() != Some(1);
        if !ALIGNED.contains(&&*case.operator_name()) || !case.fed().all(wide) {
            continue;
        }
        let feed = case.noise();
        let fed = outputs(&case.file(), &feed);
        let mut constant = case.clone();
        let tensors = constant.inputs.iter_mut().filter(|tensor| tensor.is_fed());
        tensors.zip(feed).for_each(|(tensor, data)| tensor.data = Some(data));
        let file = constant.file();
        let mut memory = vec![0_u128; file.len() / 16 + 2];
        let memory: &mut [u8] = bytemuck::cast_slice_mut(&mut memory);
        for at in [0, 1] {
            let place = &mut memory[at..at + file.len()];
            place.copy_from_slice(&file);
            match outputs(place, &[]) {
                Err(Error::Prepare { error, .. }) if at == 1 => {
                    assert_eq!(error.cause, Cause::Unaligned, "{}", case.name);
                }
                result => assert!(at == 0 && result == fed, "{} at {at}: {result:?}", case.name),
            }
        }
        seen.insert(case.operator_name());
    }
    assert_eq!(seen.len(), ALIGNED.len(), "{seen:?}");
}
