//! Constants that are indices of tables: the same outputs as of the constants themselves, in an
//! arena that is not larger.

use bantam_interp::host::{Compression, Form, arena_bytes, compress, operators};
use bantam_interp::host::{Effort, Search, prepare};
use bantam_interp::{Error, Interpreter, Op, Options, Sharing, ops};
use bantam_schema::options::{ConcatenationOptions, FullyConnectedOptions, VarHandleOptions};
use bantam_schema::write::{ModelBuilder, SubgraphBuilder, TensorSpec};
use bantam_schema::{
    BuiltinOperator as B, LutTensor, Model, Operator, Options as Fields, TensorType as T,
};
use bantam_testkit::{Memory, Tables, cases, noise, takes_tables};

const ARENA_BYTES: usize = 64 << 10;

/// The filters that kernels read as they are.
fn is_filter(node: &Operator<'_>, at: usize) -> bool {
    let is_layer = ![B::CONCATENATION, B::ASSIGN_VARIABLE].contains(&node.builtin());
    takes_tables(node, at) && at == 1 && is_layer
}

fn fill(interpreter: &mut Interpreter<'_>, inputs: usize) {
    for index in 0..inputs {
        let input = interpreter.input_bytes(index).unwrap();
        let len = input.len();
        input.copy_from_slice(&noise::bytes(T::INT8, len, index as u32));
    }
}

/// The outputs of two inferences, with a reset between them.
fn outputs(mut interpreter: Interpreter<'_>, model: &Model<'_>) -> Vec<Vec<u8>> {
    let graph = model.subgraph(0).unwrap();
    let mut all = Vec::new();
    for _ in 0..2 {
        fill(&mut interpreter, graph.inputs().len());
        interpreter.invoke().unwrap();
        for index in 0..graph.outputs().len() {
            all.push(interpreter.output_bytes(index).unwrap().to_vec());
        }
        interpreter.reset().unwrap();
    }
    all
}

fn run(file: &[u8], list: &[Op]) -> Result<Vec<Vec<u8>>, Error> {
    let model = Model::parse(file).unwrap();
    let mut memory = Memory::new(ARENA_BYTES);
    Ok(outputs(Interpreter::new(&model, list, memory.bytes())?, &model))
}

/// The outputs of a prepared image, with the operators that it needs.
fn run_prepared(file: &[u8]) -> Vec<Vec<u8>> {
    let model = Model::parse(file).unwrap();
    let list: Vec<Op> = operators(&model).unwrap().iter().map(|choice| choice.op).collect();
    let effort = Effort::Exact(Search { nodes: 1_000, threads: 1 });
    let prepared = prepare(&model, &list, Sharing::Overlap, effort, &mut |_| {}).unwrap();
    let mut image = Memory::new(prepared.image.len());
    image.bytes().copy_from_slice(&prepared.image);
    let mut memory = Memory::new(ARENA_BYTES);
    let interpreter = Interpreter::from_prepared(&model, image.bytes(), &list, memory.bytes());
    outputs(interpreter.unwrap(), &model)
}

fn arena(file: &[u8]) -> usize {
    arena_bytes(&Model::parse(file).unwrap(), ops::ALL, Options::default()).unwrap()
}

#[test]
fn layers_compute_the_same_with_tables_of_any_width() {
    let mut found = [0; 2];
    for case in cases() {
        let file = case.file();
        for bits in 1..=7 {
            if let Some(Tables { plain, packed }) = Tables::of(&file, bits, takes_tables) {
                let expected = run(&plain, ops::ALL).unwrap();
                let name = format!("{} with {bits} bits", case.name);
                assert_eq!(run(&packed, ops::ALL).unwrap(), expected, "{name}");
                assert_eq!(run_prepared(&packed), expected, "{name}, prepared");
                found[0] += 1;
            }
            let Some(Tables { plain, packed }) = Tables::of(&file, bits, is_filter) else {
                continue;
            };
            let name = format!("{} with {bits} bits", case.name);
            let is_i8 = run(&plain, ops::int8::ALL).is_ok();
            let expected = run(&plain, ops::ALL).unwrap();
            match run(&packed, ops::int8_lut::ALL) {
                Ok(outputs) => assert_eq!(outputs, expected, "{name}"),
                Err(error) => assert!(!is_i8, "{name}: {error}"),
            }
            if !case.name.contains("/f32/") {
                assert_eq!(arena(&packed), arena(&plain), "{name}");
                found[1] += 1;
            }
        }
    }
    assert!(found[0] > 200 && found[1] > 150, "{found:?}");
}

/// A graph of an input and an output, with what `add` adds.
fn graph(
    tensor_type: T,
    [input, output]: [&[i32]; 2],
    add: impl Fn(&mut SubgraphBuilder<'_>, i32, i32),
) -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let x = graph.tensor(TensorSpec::new("x", tensor_type, input));
    let y = graph.tensor(TensorSpec::new("y", tensor_type, output));
    add(&mut graph, x, y);
    graph.inputs(&[x]).outputs(&[y]);
    builder.finish()
}

fn constant(graph: &mut SubgraphBuilder<'_>, tensor_type: T, shape: &[i32], seed: u32) -> i32 {
    let len = shape.iter().product::<i32>() as usize;
    let width = tensor_type.size_bytes().unwrap() as usize;
    let data = noise::bytes(tensor_type, len * width, seed);
    graph.tensor(TensorSpec::new("c", tensor_type, shape).data(&data))
}

#[test]
fn joined_and_assigned_constants_are_decoded() {
    for tensor_type in [T::INT8, T::INT16, T::INT32, T::INT64, T::FLOAT32] {
        let join = |graph: &mut SubgraphBuilder<'_>, x, y| {
            let [a, b] = [1, 2].map(|seed| constant(graph, tensor_type, &[3, 5], seed));
            let options = ConcatenationOptions { axis: 1, ..Default::default() };
            graph.operator(B::CONCATENATION, &[a, x, b], &[y], options);
        };
        let assign = |graph: &mut SubgraphBuilder<'_>, x, y| {
            let c = constant(graph, tensor_type, &[3, 4], 3);
            let z = graph.tensor(TensorSpec::new("z", tensor_type, &[3, 4]));
            let handle = graph.tensor(TensorSpec::new("handle", T::RESOURCE, &[1]));
            let options = VarHandleOptions { container: Some(""), shared_name: Some("v") };
            graph.operator(B::VAR_HANDLE, &[], &[handle], options);
            graph.operator(B::ASSIGN_VARIABLE, &[handle, c], &[], Fields::None);
            graph.operator(B::READ_VARIABLE, &[handle], &[z], Fields::None);
            let options = ConcatenationOptions { axis: 1, ..Default::default() };
            graph.operator(B::CONCATENATION, &[x, z], &[y], options);
        };
        let models = [
            graph(tensor_type, [&[3, 2], &[3, 12]], join),
            graph(tensor_type, [&[3, 2], &[3, 6]], assign),
        ];
        for (file, bits) in models.iter().zip([2, 5]) {
            let Tables { plain, packed } = Tables::of(file, bits, takes_tables).unwrap();
            assert_eq!(run(&packed, ops::ALL).unwrap(), run(&plain, ops::ALL).unwrap());
            assert_eq!(run(&packed, ops::int8_lut::ALL), run(&plain, ops::ALL));
            assert_eq!(run_prepared(&packed), run(&plain, ops::ALL).unwrap());
        }
    }
}

/// A dense layer of four units, with weights of two bits.
fn dense() -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let tensor = |name: &str, size| TensorSpec::new(name, T::INT8, &[1, size]).quantized(0.1, 3);
    let [x, y] = [("x", 8), ("y", 4)].map(|(name, size)| graph.tensor(tensor(name, size)));
    let filter = TensorSpec::new("w", T::INT8, &[4, 8]).quantized(0.02, 0);
    let filter = graph.tensor(filter.data(&noise::bytes(T::INT8, 32, 4)));
    let options = FullyConnectedOptions::default();
    graph.operator(B::FULLY_CONNECTED, &[x, filter, -1], &[y], options);
    graph.inputs(&[x]).outputs(&[y]);
    let file = builder.finish();
    Tables::of(&file, 2, takes_tables).unwrap().packed
}

#[test]
fn what_is_wrong_with_tables_is_said() {
    let file = dense();
    let model = Model::parse(&file).unwrap();
    let good = model.compression().unwrap().lut_tensors(0).next().unwrap();
    let refused = |change: &dyn Fn(&mut ModelBuilder, LutTensor) -> Vec<Vec<LutTensor>>| {
        let mut builder = ModelBuilder::from_model(&model).unwrap();
        let lists = change(&mut builder, good);
        builder.compression(&lists);
        match run(&builder.finish(), ops::ALL) {
            Err(error) => error.to_string(),
            Ok(_) => String::from("runs"),
        }
    };
    let list = |tensor: LutTensor| vec![vec![tensor]];
    assert_eq!(refused(&|_, good| list(good)), "runs");
    for index_bits in [0, 8, 255] {
        let error = refused(&|_, good| list(LutTensor { index_bits, ..good }));
        assert!(error.contains("indices of 1 to 7 bits"), "{error}");
    }
    let error = refused(&|_, good| list(LutTensor { index_bits: 3, ..good }));
    assert!(error.contains("constant has 8 bytes where its shape calls for 12"), "{error}");
    for value_buffer in [0, 99] {
        let error = refused(&|_, good| list(LutTensor { value_buffer, ..good }));
        assert!(error.contains("tables of 1 to 128 values"), "{error}");
    }
    let error = refused(&|builder, good| {
        list(LutTensor { value_buffer: builder.buffer(&[1, 2, 3]), ..good })
    });
    assert!(error.contains("an index behind the last value"), "{error}");
    let error = refused(&|_, good| list(LutTensor { tensor: 0, ..good }));
    assert!(error.contains("its shape calls for"), "{error}");
    let many = |_: &mut ModelBuilder, good| {
        let other = LutTensor { tensor: -1, ..good };
        vec![[vec![other; 3000], vec![good]].concat()]
    };
    let error = refused(&many);
    assert!(error.contains("too large") || error.contains("many nodes share"), "{error}");
}

#[test]
fn filters_become_tables_without_a_larger_arena() {
    let is_quantized = |name: &str| name.contains("/i8/") || name.contains("/i16/");
    for case in cases().into_iter().filter(|case| is_quantized(&case.name)) {
        let Some(Tables { plain, .. }) = Tables::of(&case.file(), 2, is_filter) else { continue };
        let model = Model::parse(&plain).unwrap();
        let mut options = Compression::default();
        options.form = Form::Tables;
        let made = compress(&model, ops::ALL, &options).unwrap();
        assert!(made.file.len() <= plain.len(), "{}", case.name);
        assert_eq!(arena(&made.file), arena(&plain), "{}", case.name);
        assert_eq!(run(&made.file, ops::ALL), run(&plain, ops::ALL), "{}", case.name);
        // What is a table stays one.
        let again = compress(&Model::parse(&made.file).unwrap(), ops::ALL, &options).unwrap();
        assert_eq!(again.file, made.file, "{}", case.name);
        let nodes = compress(&Model::parse(&made.file).unwrap(), ops::ALL, &Compression::default());
        assert_eq!(run(&nodes.unwrap().file, ops::ALL), run(&plain, ops::ALL), "{}", case.name);
    }
}
