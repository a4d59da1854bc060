//! Parts lie in the whole: CONCATENATION copies nothing where its inputs are already in place.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use bantam_interp::{Interpreter, Options as InterpreterOptions, Sharing, ops};
use bantam_schema::options::{ConcatenationOptions, Pool2dOptions};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as Op, Model, Options, TensorType};

/// Bytes of each part.
const PART: i32 = 160;

/// Two activations, made from one input and joined along `axis`; the joined one is made smaller by a pool.
///
/// `late` reads the first part once more after it has been joined; `twice` joins the second part with itself.
fn model(axis: i32, late: bool, twice: bool) -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let mut tensor = |shape: &[i32]| {
        graph.tensor(TensorSpec::new("", TensorType::INT8, shape).quantized(0.1, 0))
    };
    let part = [1, 2, PART / 2, 1];
    let mut whole = part;
    whole[axis as usize] *= 2;
    let (seed, a, b) = (tensor(&part), tensor(&part), tensor(&part));
    let (y, z) = (tensor(&whole), tensor(&[1, 1, 1, 1]));
    let extra = tensor(&part);
    graph.operator(Op::RELU, &[seed], &[a], Options::None);
    graph.operator(Op::RELU6, &[seed], &[b], Options::None);
    let first = if twice { b } else { a };
    let options = ConcatenationOptions { axis, ..ConcatenationOptions::default() };
    graph.operator(Op::CONCATENATION, &[first, b], &[y], options);
    let pool = Pool2dOptions {
        padding: bantam_schema::Padding::VALID,
        filter_height: whole[1],
        filter_width: whole[2],
        stride_h: 1,
        stride_w: 1,
        ..Pool2dOptions::default()
    };
    graph.operator(Op::MAX_POOL_2D, &[y], &[z], pool);
    if late {
        graph.operator(Op::RELU, &[a], &[extra], Options::None);
    }
    let outputs = if late { vec![z, y, extra] } else { vec![z, y] };
    graph.inputs(&[seed]).outputs(&outputs);
    builder.finish()
}

/// The overlay, and the outputs, of a run in memory full of rubbish.
fn run(file: &[u8], sharing: Sharing) -> (usize, Vec<Vec<u8>>) {
    let model = Model::parse(file).unwrap();
    let mut memory = vec![u128::from_ne_bytes([0xA5; 16]); 512];
    let mut options = InterpreterOptions::default();
    options.sharing = sharing;
    let arena = bytemuck::cast_slice_mut(&mut memory);
    let mut interpreter = Interpreter::with_options(&model, ops::ALL, arena, options).unwrap();
    let input = interpreter.input::<i8>(0).unwrap();
    input.iter_mut().zip(0_i32..).for_each(|(x, i)| *x = (i * 37 % 200 - 100) as i8);
    interpreter.invoke().unwrap();
    let outputs = (0..interpreter.output_len()).map(|i| interpreter.output_bytes(i).unwrap());
    (interpreter.overlay_bytes(), outputs.map(<[u8]>::to_vec).collect())
}

#[test]
fn parts_are_made_where_they_belong() {
    for (axis, late, twice, expected) in [
        // The input and both parts, which are the whole.
        (1, false, false, 3 * PART),
        // A part that is read later may stay where it is, since nothing writes to it; one more output.
        (1, true, false, 3 * PART + 16),
        // The rows of the parts alternate: both parts and the whole.
        (2, false, false, 4 * PART),
        // A part can only be in one place: it and the whole.
        (1, false, true, 3 * PART),
    ] {
        let file = model(axis, late, twice);
        let (bytes, outputs) = run(&file, Sharing::Overlap);
        let (apart_bytes, apart) = run(&file, Sharing::Apart);
        assert_eq!(outputs, apart, "axis {axis}, late {late}, twice {twice}");
        assert!(bytes <= apart_bytes, "{bytes} of {apart_bytes}");
        assert_eq!(bytes, expected as usize, "axis {axis}, late {late}, twice {twice}");
    }
}

/// Graph outputs outlast the last node, also as parts of something that it could overwrite.
#[test]
fn a_part_that_is_an_output_survives() {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let mut tensor = |rows: i32| {
        graph.tensor(TensorSpec::new("", TensorType::INT8, &[1, rows, 8, 1]).quantized(0.1, 0))
    };
    let (x, a, b, y, z) = (tensor(4), tensor(4), tensor(4), tensor(8), tensor(8));
    let options = ConcatenationOptions { axis: 1, ..ConcatenationOptions::default() };
    let pool = Pool2dOptions {
        padding: bantam_schema::Padding::VALID,
        filter_height: 1,
        filter_width: 1,
        stride_h: 1,
        stride_w: 1,
        ..Pool2dOptions::default()
    };
    graph.operator(Op::RELU, &[x], &[a], Options::None);
    graph.operator(Op::RELU6, &[x], &[b], Options::None);
    graph.operator(Op::CONCATENATION, &[a, b], &[y], options);
    graph.operator(Op::MAX_POOL_2D, &[y], &[z], pool);
    graph.inputs(&[x]).outputs(&[z, b]);
    let file = builder.finish();
    assert_eq!(run(&file, Sharing::Overlap).1, run(&file, Sharing::Apart).1);
}
