//! Models without the nodes that a device need not run.

use bantam_interp::host::{Simplified, operators, simplify, with_batch};
use bantam_interp::{Error, Interpreter, ops};
use bantam_schema::options::{PackOptions, StridedSliceOptions};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as B, Model, Options, TensorType as T};

/// The bytes of `values`.
fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Runs a model with one input and gives its outputs.
fn run(file: &[u8], input: &[f32]) -> Vec<Vec<u8>> {
    let model = Model::parse(file).unwrap();
    let mut memory = bantam_testkit::Memory::new(1 << 14);
    let mut interpreter = Interpreter::new(&model, ops::ALL, memory.bytes()).unwrap();
    interpreter.input_bytes(0).unwrap().copy_from_slice(&floats(input));
    interpreter.invoke().unwrap();
    (0..interpreter.output_len()).map(|i| interpreter.output_bytes(i).unwrap().to_vec()).collect()
}

fn simplified(file: &[u8]) -> Simplified {
    simplify(&Model::parse(file).unwrap(), ops::ALL).unwrap()
}

/// The operators that a program needs for the model.
fn needed(file: &[u8]) -> Vec<String> {
    let model = Model::parse(file).unwrap();
    let paths = operators(&model).unwrap().iter().map(|choice| choice.path()).collect::<Vec<_>>();
    paths.iter().map(|path| path.rsplit("::").next().unwrap().to_owned()).collect()
}

/// What Keras makes of Flatten without a fixed batch: the first size of the shape, packed with the
/// number of elements, is the shape of RESHAPE. Then a sum with a constant that is a product.
fn flatten() -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let mut vector = |name: &str, values: &[i32]| {
        let shape = [values.len() as i32];
        graph.tensor(TensorSpec::new(name, T::INT32, &shape).data_i32(values))
    };
    let [begin, end, stride] =
        [("begin", 0), ("end", 1), ("stride", 1)].map(|(n, v)| vector(n, &[v]));
    let x = graph.tensor(TensorSpec::new("x", T::FLOAT32, &[1, 2, 3]));
    let shape = graph.tensor(TensorSpec::new("shape", T::INT32, &[3]));
    let batch = graph.tensor(TensorSpec::new("batch", T::INT32, &[]));
    let six = graph.tensor(TensorSpec::new("six", T::INT32, &[]).data_i32(&[6]));
    let packed = graph.tensor(TensorSpec::new("packed", T::INT32, &[2]));
    let flat = graph.tensor(TensorSpec::new("flat", T::FLOAT32, &[1, 6]));
    let two = graph.tensor(TensorSpec::new("two", T::FLOAT32, &[1]).data_f32(&[2.0]));
    let half = graph.tensor(TensorSpec::new("half", T::FLOAT32, &[1]).data_f32(&[0.25]));
    let product = graph.tensor(TensorSpec::new("product", T::FLOAT32, &[1]));
    let sum = graph.tensor(TensorSpec::new("sum", T::FLOAT32, &[1, 6]));
    let unread = graph.tensor(TensorSpec::new("unread", T::FLOAT32, &[1, 2, 3]));
    let slice = StridedSliceOptions { shrink_axis_mask: 1, ..Default::default() };
    graph
        .operator(B::SHAPE, &[x], &[shape], Options::None)
        .operator(B::ABS, &[x], &[unread], Options::None)
        .operator(B::STRIDED_SLICE, &[shape, begin, end, stride], &[batch], slice)
        .operator(B::PACK, &[batch, six], &[packed], PackOptions { values_count: 2, axis: 0 })
        .operator(B::RESHAPE, &[x, packed], &[flat], Options::None)
        .operator(B::MUL, &[two, half], &[product], Options::None)
        .operator(B::ADD, &[flat, product], &[sum], Options::None)
        .inputs(&[x])
        .outputs(&[sum]);
    builder.finish()
}

#[test]
fn what_depends_on_constants_alone_is_computed() {
    let file = flatten();
    let simplified = simplified(&file);
    assert_eq!((&simplified.folded[..], &simplified.unread[..]), (&[0, 2, 3, 5][..], &[1][..]));
    assert_eq!(needed(&simplified.file), ["RESHAPE", "ADD"]);
    let input = [1.0, -2.0, 3.0, 0.5, 0.0, -0.25];
    assert_eq!(run(&file, &input), run(&simplified.file, &input));
    let model = Model::parse(&simplified.file).unwrap();
    let product = model.subgraph(0).unwrap().tensors().find(|t| t.name() == Some("product"));
    assert_eq!(product.unwrap().data(), Some(&0.5_f32.to_le_bytes()[..]));
    // Constants that nobody reads any more take no room.
    assert!(!simplified.file.windows(4).any(|word| word == 0.25_f32.to_le_bytes()));
}

#[test]
fn a_simple_model_stays_as_it_is() {
    let file = simplified(&flatten()).file;
    let again = simplified(&file);
    assert!(again.is_unchanged());
    assert_eq!(again.file, file);
}

/// `operator` on a constant of one float; its result is added to the input.
fn constant(operator: B, inputs: usize, len: i32) -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let x = graph.tensor(TensorSpec::new("x", T::FLOAT32, &[1]));
    let zero = graph.tensor(TensorSpec::new("zero", T::FLOAT32, &[1]).data_f32(&[0.0]));
    let y = graph.tensor(TensorSpec::new("y", T::FLOAT32, &[len]));
    let z = graph.tensor(TensorSpec::new("z", T::FLOAT32, &[len]));
    graph
        .operator(operator, &vec![zero; inputs], &[y], Options::None)
        .operator(B::ADD, &[x, y], &[z], Options::None)
        .inputs(&[x])
        .outputs(&[z]);
    builder.finish()
}

#[test]
fn a_node_that_fails_stays() {
    assert_eq!(simplified(&constant(B::EXP, 1, 1)).folded, [0]);
    // The quotient of nothing fails while running, the other shape while preparing.
    assert!(simplified(&constant(B::FLOOR_DIV, 2, 1)).is_unchanged());
    assert!(simplified(&constant(B::EXP, 1, 2)).is_unchanged());
    let file = constant(B::EXP, 1, 1);
    let unchanged = simplify(&Model::parse(&file).unwrap(), &[ops::ADD]).unwrap();
    assert!(unchanged.is_unchanged(), "its operator is not in the list");
}

#[test]
fn nodes_that_fail_cost_the_others_nothing() {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let x = graph.tensor(TensorSpec::new("x", T::FLOAT32, &[256]));
    let one = graph.tensor(TensorSpec::new("one", T::FLOAT32, &[256]).data_f32(&[1.0; 256]));
    let zero = graph.tensor(TensorSpec::new("zero", T::FLOAT32, &[256]).data_f32(&[0.0; 256]));
    let mut sum = x;
    // The quotients fail; the budget of the results must not shrink by theirs.
    for index in 0..12 {
        let [y, z] = ["y", "z"].map(|name| graph.tensor(TensorSpec::new(name, T::FLOAT32, &[256])));
        let (operator, by) = if index < 11 { (B::FLOOR_DIV, zero) } else { (B::MUL, one) };
        graph.operator(operator, &[one, by], &[y], Options::None);
        graph.operator(B::ADD, &[sum, y], &[z], Options::None);
        sum = z;
    }
    graph.inputs(&[x]).outputs(&[sum]);
    assert_eq!(simplified(&builder.finish()).folded, [22]);
}

#[test]
fn a_result_that_is_too_large_is_left_to_the_device() {
    let fill = |len: i32| {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let x = graph.tensor(TensorSpec::new("x", T::FLOAT32, &[len]));
        let dims = graph.tensor(TensorSpec::new("dims", T::INT32, &[1]).data_i32(&[len]));
        let value = graph.tensor(TensorSpec::new("value", T::FLOAT32, &[]).data_f32(&[1.0]));
        let y = graph.tensor(TensorSpec::new("y", T::FLOAT32, &[len]));
        let z = graph.tensor(TensorSpec::new("z", T::FLOAT32, &[len]));
        graph
            .operator(B::FILL, &[dims, value], &[y], Options::None)
            .operator(B::ADD, &[x, y], &[z], Options::None)
            .inputs(&[x])
            .outputs(&[z]);
        builder.finish()
    };
    assert_eq!(simplified(&fill(100)).folded, [0]);
    assert!(simplified(&fill(1 << 20)).is_unchanged());
}

#[test]
fn a_batch_gives_open_sizes_a_value() {
    let open = |shape: &[i32], signature: &[i32]| {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let [x, y] = ["x", "y"].map(|name| {
            graph.tensor(TensorSpec::new(name, T::FLOAT32, shape).shape_signature(signature))
        });
        graph.operator(B::ABS, &[x], &[y], Options::None).inputs(&[x]).outputs(&[y]);
        builder.finish()
    };
    let shape = |file: &[u8]| -> Vec<i32> {
        let model = Model::parse(file).unwrap();
        model.subgraph(0).unwrap().tensor(0).unwrap().shape().iter().collect()
    };
    let unknown = open(&[-1, 3], &[]);
    let mut arena = [0; 1024];
    let refused = Interpreter::new(&Model::parse(&unknown).unwrap(), ops::ALL, &mut arena);
    assert!(matches!(refused, Err(Error::Prepare { .. } | Error::Port { .. })), "{refused:?}");
    let fixed = |file: &[u8], batch| with_batch(&Model::parse(file).unwrap(), batch).unwrap();
    assert_eq!(run(&fixed(&unknown, 1), &[1.0, -2.0, 3.0]), [floats(&[1.0, 2.0, 3.0])]);
    assert_eq!(shape(&fixed(&unknown, 4)), [4, 3]);
    // The shape is that of one sample.
    let sample = open(&[1, 3], &[-1, 3]);
    assert_eq!(shape(&fixed(&sample, 4)), [4, 3]);
    assert_eq!(shape(&fixed(&fixed(&sample, 4), 4)), [4, 3], "it is fixed now");
    assert_eq!(shape(&fixed(&open(&[2, 3], &[]), 4)), [2, 3]);
}
