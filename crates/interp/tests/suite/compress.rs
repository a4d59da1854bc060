//! Models whose weights take fewer bytes.

use bantam_interp::host::{
    CompressError, Compressed, Compression, Decoder, LutFault, arena_bytes, compress, operators,
    simplify,
};
use bantam_interp::{Interpreter, Options, ops};
use bantam_kernels::decode::header::Header;
use bantam_kernels::decode::lut::LutParams;
use bantam_schema::options::{Conv2dOptions, DepthwiseConv2dOptions, FullyConnectedOptions};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as B, LutTensor, Model, TensorType as T};
use bantam_testkit::{Memory, noise};

/// Rows and columns of a dense layer.
const UNITS: i32 = 96;
const WEIGHTS: usize = (UNITS * UNITS) as usize;

/// Bytes without a pattern.
fn bytes(len: usize, seed: u32) -> Vec<u8> {
    noise::bytes(T::INT8, len, seed)
}

/// As many weights as a dense layer has, from a list.
fn of_list(list: &[i8], seed: u32) -> Vec<i8> {
    bytes(WEIGHTS, seed).iter().map(|&byte| list[usize::from(byte) % list.len()]).collect()
}

/// Small weights often, large ones rarely.
fn peaked(seed: u32) -> Vec<i8> {
    let shift = |byte: u8| u32::from(byte % 7) + 1;
    let pairs = bytes(WEIGHTS, seed).into_iter().zip(bytes(WEIGHTS, seed + 1));
    pairs.map(|(byte, other)| (byte as i8) >> shift(other).min(7)).collect()
}

/// Nine of ten weights are 0.
fn sparse(seed: u32) -> Vec<i8> {
    let pairs = bytes(WEIGHTS, seed).into_iter().zip(bytes(WEIGHTS, seed + 1));
    pairs.map(|(byte, other)| if other < 26 { byte as i8 } else { 0 }).collect()
}

/// Dense layers with these weights.
fn dense(layers: &[Vec<i8>]) -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let activation = |name: &str| TensorSpec::new(name, T::INT8, &[1, UNITS]).quantized(0.05, 3);
    let first = graph.tensor(activation("x"));
    let mut last = first;
    for weights in layers {
        let filter = TensorSpec::new("w", T::INT8, &[UNITS, UNITS]).quantized(0.02, 0);
        let filter = graph.tensor(filter.data_i8(weights));
        let next = graph.tensor(activation("y"));
        let options = FullyConnectedOptions::default();
        graph.operator(B::FULLY_CONNECTED, &[last, filter, -1], &[next], options);
        last = next;
    }
    graph.inputs(&[first]).outputs(&[last]);
    // A plan that leaves everything to the planner.
    let tensors = 1 + 2 * layers.len();
    let head = [1, 0, tensors as i32];
    let words = head.into_iter().chain(std::iter::repeat_n(-1, tensors));
    let plan: Vec<u8> = words.flat_map(i32::to_le_bytes).collect();
    builder.metadata("OfflineMemoryAllocation", &plan).finish()
}

/// A convolution whose channels have four weights each, and a depthwise one whose channels share
/// eight.
fn convolutions() -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let image = |channels| TensorSpec::new("x", T::INT8, &[1, 4, 4, channels]).quantized(0.1, -2);
    let [x, y, z] = [16, 32, 32].map(|channels| graph.tensor(image(channels)));
    let scales: Vec<f32> = (1..=32).map(|channel| 0.001 * channel as f32).collect();
    let mut filter = |shape: &[i32], axis, data: &[i8]| {
        let filter = TensorSpec::new("w", T::INT8, shape);
        graph.tensor(filter.quantized_per_channel(&scales, &[0; 32], axis).data_i8(data))
    };
    let pick = bytes(32 * 9 * 16, 5);
    let four = |(at, byte): (usize, &u8)| (at / 144 * 4) as i8 + (byte & 3) as i8 - 64;
    let conv: Vec<i8> = pick.iter().enumerate().map(four).collect();
    let eight: Vec<i8> = bytes(25 * 32, 6).iter().map(|byte| (byte & 7) as i8 * 9 - 30).collect();
    let conv = filter(&[32, 3, 3, 16], 0, &conv);
    let depthwise = filter(&[1, 5, 5, 32], 3, &eight);
    let (first, second) = (Conv2dOptions::default(), DepthwiseConv2dOptions::default());
    let first = Conv2dOptions { stride_h: 1, stride_w: 1, ..first };
    let second = DepthwiseConv2dOptions { stride_h: 1, stride_w: 1, depth_multiplier: 1, ..second };
    graph.operator(B::CONV_2D, &[x, conv, -1], &[y], first);
    graph.operator(B::DEPTHWISE_CONV_2D, &[y, depthwise, -1], &[z], second);
    graph.inputs(&[x]).outputs(&[z]);
    builder.finish()
}

fn compressed(file: &[u8], max_error: u8) -> Compressed {
    let mut options = Compression::default();
    options.max_error = max_error;
    compress(&Model::parse(file).unwrap(), ops::ALL, &options).unwrap()
}

/// The output for an input without a pattern.
fn run(file: &[u8]) -> Vec<u8> {
    let model = Model::parse(file).unwrap();
    let mut memory = Memory::new(1 << 17);
    let mut interpreter = Interpreter::new(&model, ops::ALL, memory.bytes()).unwrap();
    let input = interpreter.input_bytes(0).unwrap();
    let len = input.len();
    input.copy_from_slice(&bytes(len, 1));
    interpreter.invoke().unwrap();
    interpreter.output_bytes(0).unwrap().to_vec()
}

/// The headers of the encoded tensors, in the order of their nodes.
fn headers(file: &[u8]) -> Vec<Header> {
    let model = Model::parse(file).unwrap();
    let graph = model.subgraph(0).unwrap();
    let nodes = graph.operators().filter(|node| node.code().custom == Some("TFLM_DECODE"));
    let header = |ancillary: i32| {
        let data = graph.tensor(ancillary as u32).unwrap().data().unwrap();
        Header::read(data).unwrap().0
    };
    nodes.map(|node| header(node.inputs().get(1).unwrap())).collect()
}

#[test]
fn every_filter_gets_the_shortest_form_and_the_model_computes_the_same() {
    let list: Vec<i8> = (-8..8).map(|i| i * 15).collect();
    let file = dense(&[of_list(&list, 1), peaked(2), sparse(4), bytes_of_all(7)]);
    let made = compressed(&file, 0);
    let found: Vec<_> =
        made.tensors.iter().map(|tensor| (tensor.decoder, tensor.max_error)).collect();
    assert_eq!(found, [(Decoder::Lut(4), 0), (Decoder::Huffman, 0), (Decoder::Prune, 0)]);
    let lut = Header::Lut(LutParams { bits: 4, stride: 16 });
    let headers = headers(&made.file);
    assert!(headers[0] == lut && matches!(headers[1], Header::Huffman(_)));
    assert_eq!(headers[2..], [Header::Prune]);
    let saved: usize =
        made.tensors.iter().map(|tensor| tensor.bytes_before - tensor.bytes_after).sum();
    assert!(file.len() - made.file.len() <= saved && made.file.len() + saved / 2 < file.len());
    assert_eq!(made.tensors[0].bytes_after, WEIGHTS / 2 + 16 + 16);
    assert_eq!(run(&made.file), run(&file));
    let model = Model::parse(&made.file).unwrap();
    assert_eq!(model.metadata_by_name("OfflineMemoryAllocation"), None);
    let list = operators(&model).unwrap();
    assert!(list.iter().any(|choice| choice.path().ends_with("TFLM_DECODE")));
    // What is decoded does not become a constant again.
    assert!(simplify(&model, ops::ALL).unwrap().is_unchanged());
}

/// Weights that nothing saves anything of.
fn bytes_of_all(seed: u32) -> Vec<i8> {
    bytes(WEIGHTS, seed).into_iter().map(|byte| byte as i8).collect()
}

#[test]
fn channels_have_tables_of_their_own_or_share_one() {
    let file = convolutions();
    let made = compressed(&file, 0);
    let lut = |bits, stride| Header::Lut(LutParams { bits, stride });
    assert_eq!(headers(&made.file), [lut(2, 4), lut(3, 0)]);
    assert_eq!(run(&made.file), run(&file));
}

#[test]
fn weights_change_by_no_more_than_they_may() {
    let file = dense(&[bytes_of_all(3)]);
    assert!(compressed(&file, 0).tensors.is_empty() && compressed(&file, 0).file == file);
    // 256 values become 86 of three, or 16 of seventeen.
    for (max_error, bits) in [(1, 7), (8, 4)] {
        let made = compressed(&file, max_error);
        assert!(made.tensors[0].bytes_after <= WEIGHTS * bits / 8 + 16 + 128, "{made:?}");
        assert_eq!(made.tensors[0].max_error, max_error);
        let (before, after) = (run(&file), run(&made.file));
        assert!(before != after && before.len() == after.len());
    }
}

#[test]
fn filters_with_several_readers_stay() {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let activation = |name: &str| TensorSpec::new(name, T::INT8, &[1, UNITS]).quantized(0.05, 3);
    let [x, y, z] = ["x", "y", "z"].map(|name| graph.tensor(activation(name)));
    let filter = TensorSpec::new("w", T::INT8, &[UNITS, UNITS]).quantized(0.02, 0);
    let filter = graph.tensor(filter.data_i8(&of_list(&[1, -1], 1)));
    for (input, output) in [(x, y), (y, z)] {
        let options = FullyConnectedOptions::default();
        graph.operator(B::FULLY_CONNECTED, &[input, filter, -1], &[output], options);
    }
    graph.inputs(&[x]).outputs(&[z]);
    let file = builder.finish();
    assert_eq!(compressed(&file, 0).file, file);
}

#[test]
fn the_arena_does_not_grow_beyond_its_bound() {
    let list: Vec<i8> = (-8..8).collect();
    // Of the two layers the first needs less room while its filter is decoded.
    let file = dense(&[of_list(&list, 1), of_list(&list, 2)]);
    let arena = |file: &[u8]| {
        arena_bytes(&Model::parse(file).unwrap(), ops::ALL, Options::default()).unwrap()
    };
    let all = arena(&compressed(&file, 0).file);
    let made = |max_arena| {
        let mut options = Compression::default();
        options.max_arena = Some(max_arena);
        compress(&Model::parse(&file).unwrap(), ops::ALL, &options).unwrap()
    };
    assert_eq!(made(all).tensors.len(), 2);
    let fewer = made(all - 1);
    assert!(fewer.tensors.len() == 1 && arena(&fewer.file) < all);
    assert_eq!(made(arena(&file)).file, file);
}

/// The dense layer, with a table of four values and indices of it; and the layer as it is without.
fn listed(entries: impl Fn(i32, u32) -> Vec<(i32, u32, u8)>) -> [Vec<u8>; 2] {
    let values = [-100, -3, 50, 127];
    let indices = bytes(WEIGHTS / 4, 9);
    let index = |at: usize| indices[at / 4] >> (6 - at % 4 * 2) & 3;
    let weights: Vec<i8> = (0..WEIGHTS).map(|at| values[usize::from(index(at))]).collect();
    let plain = dense(&[weights]);
    let mut builder = ModelBuilder::from_model(&Model::parse(&plain).unwrap()).unwrap();
    let buffer = builder.buffer(&values.map(|value| value as u8));
    builder.edit_subgraph(0).unwrap().set_data(1, &indices);
    let entry = |(tensor, value_buffer, index_bits)| LutTensor { tensor, value_buffer, index_bits };
    builder.compression(&[entries(1, buffer).into_iter().map(entry).collect()]);
    [builder.finish(), plain]
}

#[test]
fn tables_of_the_metadata_become_nodes() {
    let [file, plain] = listed(|tensor, buffer| vec![(tensor, buffer, 2)]);
    let model = Model::parse(&file).unwrap();
    let compression = model.compression().unwrap();
    assert!(compression.is_known() && compression.lut_tensors(1).len() == 0);
    let found = compression.lut_tensors(0).next().unwrap();
    assert_eq!((found.tensor, found.index_bits), (1, 2));
    let refused = Interpreter::new(&model, ops::int8::ALL, Memory::new(1 << 15).bytes()).err();
    assert!(refused.unwrap().to_string().contains("its shape calls for"));
    assert_eq!(run(&file), run(&plain));
    assert_eq!(simplify(&model, ops::ALL).unwrap().file, file);
    let made = compressed(&file, 0);
    assert_eq!(headers(&made.file), [Header::Lut(LutParams { bits: 2, stride: 4 })]);
    assert_eq!(run(&made.file), run(&plain));
    let model = Model::parse(&made.file).unwrap();
    assert!(model.compression().is_none() && made.tensors.is_empty());
}

#[test]
fn wrong_metadata_is_refused_with_its_fault() {
    let fault = |entries: &dyn Fn(i32, u32) -> Vec<(i32, u32, u8)>| {
        let [file, _] = listed(entries);
        let model = Model::parse(&file).unwrap();
        match compress(&model, ops::ALL, &Compression::default()) {
            Err(CompressError::LutTensor { subgraph: 0, fault, .. }) => fault,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(fault(&|_, buffer| vec![(-1, buffer, 2)]), LutFault::Tensor);
    assert_eq!(fault(&|_, buffer| vec![(99, buffer, 2)]), LutFault::Tensor);
    assert_eq!(fault(&|tensor, buffer| vec![(tensor, buffer, 2); 2]), LutFault::Twice);
    assert_eq!(fault(&|tensor, buffer| vec![(tensor, buffer, 8)]), LutFault::Bits(8));
    let (needed, actual) = (WEIGHTS / 8 * 3, WEIGHTS / 4);
    let short = LutFault::Indices { needed, actual };
    assert_eq!(fault(&|tensor, buffer| vec![(tensor, buffer, 3)]), short);
    assert_eq!(fault(&|tensor, _| vec![(tensor, 99, 2)]), LutFault::Table);
    assert_eq!(fault(&|tensor, _| vec![(tensor, 0, 2)]), LutFault::Table);
}
