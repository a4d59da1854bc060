//! Interpreters that start from an image: as good as those that prepare for themselves, and worth
//! nothing to trust.

use bantam_arena::ArenaBytes;
use bantam_interp::host::{self, Effort, Isa, Prepared, Search, operators, prepare, seal};
use bantam_interp::{
    Cause, Error, EvalError, Extra, Failed, ImageFault, Interpreter, Io, Op, Operator, Prepare,
    PrepareError as E, Sharing, Slot, ops,
};
use bantam_schema::options::DepthwiseConv2dOptions;
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as B, Model, Options, TensorType};
use proptest::prelude::*;

/// Adds its input to a variable, which is its output, and counts its runs in a state, which it adds
/// to every element.
struct Accumulate;

impl Operator for Accumulate {
    type Data = Extra;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Extra, Failed> {
        node.require_operands(2..=2, 1)?;
        node.state(4)
    }

    fn eval(runs: &Extra, io: &mut Io<'_>) -> Result<(), EvalError> {
        let slots = [Slot::Output(0), Slot::Variable(1), Slot::Extra(*runs)];
        let ([output, sums, runs], reader) = io.split(slots)?;
        let runs = runs.first_mut().ok_or(EvalError::Memory)?;
        *runs = runs.wrapping_add(1);
        for ((out, sum), &x) in output.iter_mut().zip(sums).zip(reader.input::<u8>(0)?) {
            *sum = sum.wrapping_add(x);
            *out = sum.wrapping_add(*runs);
        }
        Ok(())
    }
}

static OPS: &[Op] = &[ops::RELU, Op::custom::<Accumulate>("Accumulate")];

fn prepared_ops() -> Vec<Op> {
    OPS.iter().copied().map(Op::prepared).collect()
}

/// RELU, then [`Accumulate`] into a variable whose zero point is 3.
fn stateful() -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let mut tensor =
        |name| graph.tensor(TensorSpec::new(name, TensorType::INT8, &[1, 5]).quantized(0.1, 3));
    let [x, relu, y] = ["x", "relu", "y"].map(&mut tensor);
    let state = TensorSpec::new("state", TensorType::INT8, &[1, 5]).quantized(0.1, 3).variable();
    let state = graph.tensor(state);
    graph.operator(B::RELU, &[x], &[relu], Options::None);
    graph.custom("Accumulate", &[relu, state], &[y], &[]);
    graph.inputs(&[x]).outputs(&[y]);
    builder.finish()
}

/// One operator on so many elements of a type.
fn relu(tensor_type: TensorType, len: i32) -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let mut tensor =
        |name| graph.tensor(TensorSpec::new(name, tensor_type, &[len]).quantized(0.1, 0));
    let [x, y] = ["x", "y"].map(&mut tensor);
    graph.operator(B::RELU, &[x], &[y], Options::None);
    graph.inputs(&[x]).outputs(&[y]);
    builder.finish()
}

fn prepare_with(file: &[u8], ops: &[Op]) -> Prepared {
    let effort = Effort::Exact(Search { nodes: 10_000, threads: 1 });
    let model = Model::parse(file).unwrap();
    prepare(&model, ops, Sharing::default(), effort, &mut |_| {}).unwrap()
}

/// Image bytes at a multiple of 16.
fn aligned(image: &[u8]) -> Box<ArenaBytes<2048>> {
    let mut bytes = Box::new(ArenaBytes::new());
    bytes.0[..image.len()].copy_from_slice(image);
    bytes
}

/// What the image of [`stateful`] with these changes gives.
fn started(change: impl FnOnce(&mut Vec<u8>)) -> Result<(), Error> {
    let file = stateful();
    let model = Model::parse(&file).unwrap();
    let mut image = prepare_with(&file, OPS).image;
    change(&mut image);
    let (memory, ops) = (aligned(&image), prepared_ops());
    let mut arena = ArenaBytes::<4096>::new();
    Interpreter::from_prepared(&model, &memory.0[..image.len()], &ops, &mut arena.0).map(|_| ())
}

fn steps(interpreter: &mut Interpreter<'_>) -> Vec<Vec<i8>> {
    let step = |step: i8| {
        interpreter.input::<i8>(0).unwrap().copy_from_slice(&[step, 10, -10, 5, 3]);
        interpreter.invoke().unwrap();
        interpreter.output::<i8>(0).unwrap().to_vec()
    };
    (0..3).map(step).collect()
}

#[test]
fn constants_for_some_cores_change_nothing_on_others() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/shapes/shapes.tflite");
    let file = std::fs::read(path).unwrap();
    let model = Model::parse(&file).unwrap();
    let effort = Effort::Exact(Search { nodes: 10_000, threads: 1 });
    let run = |isa| {
        let sharing = Sharing::default();
        let prepared =
            host::prepare_for(&model, ops::ALL, sharing, effort, isa, &mut |_| {}).unwrap();
        let mut image = vec![0_u128; prepared.image.len().div_ceil(16)];
        let image: &mut [u8] = bytemuck::cast_slice_mut(&mut image);
        let image = &mut image[..prepared.image.len()];
        image.copy_from_slice(&prepared.image);
        let mut arena = vec![0_u128; (prepared.arena_bytes() as usize).div_ceil(16)];
        let arena = bytemuck::cast_slice_mut(&mut arena);
        let mut interpreter = Interpreter::from_prepared(&model, image, ops::ALL, arena).unwrap();
        let bytes = (0..=u8::MAX).cycle();
        interpreter.input_bytes(0).unwrap().iter_mut().zip(bytes).for_each(|(x, byte)| *x = byte);
        interpreter.invoke().unwrap();
        (prepared.image.len(), interpreter.output_bytes(0).unwrap().to_vec())
    };
    let ((any_len, any), (dsp_len, dsp)) = (run(Isa::Any), run(Isa::Dsp));
    assert_eq!(any, dsp);
    // Six words for each channel.
    let more = dsp_len - any_len;
    assert!(more > 0 && more.is_multiple_of(24), "{more}");
}

#[test]
fn state_begins_and_is_reset_as_without_an_image() {
    let file = stateful();
    let model = Model::parse(&file).unwrap();
    let mut arena = ArenaBytes::<2048>::new();
    let mut usual = Interpreter::new(&model, OPS, &mut arena.0).unwrap();
    let expected = steps(&mut usual);
    // The first sum begins with the zero point, and the runs count.
    assert_eq!(expected[0], [3 + 3 + 1, 3 + 10 + 1, 3 + 3 + 1, 3 + 5 + 1, 3 + 3 + 1]);
    assert_eq!(expected[2][1], 3 + 30 + 3);

    let prepared = prepare_with(&file, OPS);
    let (memory, ops) = (aligned(&prepared.image), prepared_ops());
    let image = &memory.0[..prepared.image.len()];
    let mut arena = ArenaBytes::<2048>([0xA5; 2048]);
    let mut interpreter = Interpreter::from_prepared(&model, image, &ops, &mut arena.0).unwrap();
    assert_eq!(steps(&mut interpreter), expected);
    assert_ne!(steps(&mut interpreter), expected);
    interpreter.reset().unwrap();
    assert_eq!(steps(&mut interpreter), expected);

    let bytes = prepared.overlay_bytes + prepared.variable_bytes;
    assert_eq!(interpreter.arena_used_bytes(), bytes as usize);
    assert_eq!(prepared.variable_bytes, 32);
    assert_eq!(interpreter.overlay_bytes(), usual.overlay_bytes());
    assert!(interpreter.arena_used_bytes() < usual.arena_used_bytes());
}

#[test]
fn an_arena_may_lie_anywhere() {
    for (tensor_type, alignment) in
        [(TensorType::INT8, 1), (TensorType::INT16, 2), (TensorType::FLOAT32, 4)]
    {
        let file = relu(tensor_type, 6);
        let model = Model::parse(&file).unwrap();
        let ops = [ops::RELU.prepared()];
        let prepared = prepare_with(&file, &[ops::RELU]);
        assert_eq!(prepared.alignment, alignment);
        let memory = aligned(&prepared.image);
        let image = &memory.0[..prepared.image.len()];
        for at in 0..16 {
            let mut arena = ArenaBytes::<256>::new();
            let mut start = |len: u32| {
                let arena = &mut arena.0[at..at + len as usize];
                Interpreter::from_prepared(&model, image, &ops, arena).map(|mut interpreter| {
                    interpreter.invoke().unwrap();
                })
            };
            assert_eq!(start(prepared.unaligned_arena_bytes()), Ok(()), "at {at}");
            let lost = (at as u32).wrapping_neg() % alignment;
            assert_eq!(start(prepared.arena_bytes() + lost), Ok(()), "at {at}");
            let needed = (prepared.arena_bytes() + lost) as usize;
            let error = Error::OutOfMemory { needed, available: needed - 1 };
            assert_eq!(start(needed as u32 - 1), Err(error), "at {at}");
        }
    }
    // What an operator asks for may be of any type.
    assert_eq!(prepare_with(&stateful(), OPS).alignment, 16);
}

#[test]
fn what_does_not_fit_is_said() {
    assert_eq!(started(|_| ()), Ok(()));
    let fault = |change: fn(&mut Vec<u8>)| match started(change) {
        Err(Error::InvalidImage(fault)) => Some(fault),
        _ => None,
    };
    assert_eq!(fault(|image| image.truncate(67)), Some(ImageFault::Truncated));
    assert_eq!(fault(|image| image.clear()), Some(ImageFault::Truncated));
    assert_eq!(fault(|image| image[0] ^= 1), Some(ImageFault::Magic));
    assert_eq!(fault(|image| image[4] = 77), Some(ImageFault::Version(77)));
    assert_eq!(fault(|image| image[6] = 9), Some(ImageFault::Isa(9)));
    let needed = "made for processors of kind 9 (0: any, 1: with the DSP extension";
    assert!(ImageFault::Isa(9).to_string().starts_with(needed));
    assert_eq!(fault(|image| image[8] ^= 1), Some(ImageFault::Checksum));
    assert_eq!(fault(|image| *image.last_mut().unwrap() ^= 1), Some(ImageFault::Checksum));
    assert_eq!(fault(|image| image.truncate(image.len() - 4)), Some(ImageFault::Checksum));
}

#[test]
fn model_operators_and_place_are_checked() {
    let file = stateful();
    let prepared = prepare_with(&file, OPS);
    let memory = aligned(&prepared.image);
    let image = &memory.0[..prepared.image.len()];
    let ops = prepared_ops();
    let start = |file: &[u8], image: &[u8], ops: &[Op]| {
        let model = Model::parse(file).unwrap();
        let mut arena = ArenaBytes::<256>::new();
        Interpreter::from_prepared(&model, image, ops, &mut arena.0).map(|_| ())
    };
    assert_eq!(start(&file, image, &ops), Ok(()));
    assert_eq!(start(&file, image, &[&ops[..], &ops[..]].concat()), Ok(()));

    let other = start(&relu(TensorType::INT8, 5), image, &ops);
    assert_eq!(other, Err(Error::InvalidImage(ImageFault::Model)));
    let mut changed = file.clone();
    let name = changed.windows(5).position(|word| word == b"state").unwrap();
    changed[name] = b'S';
    assert_eq!(start(&changed, image, &ops), Err(Error::InvalidImage(ImageFault::Model)));

    let operator =
        |index, builtin| Err(Error::InvalidImage(ImageFault::Operator { index, builtin }));
    assert_eq!(start(&file, image, &ops[..1]), operator(1, B::CUSTOM));
    assert_eq!(start(&file, image, &[ops[1], ops[0]]), operator(0, B::RELU));
    let renamed = [ops[0], Op::custom::<Accumulate>("Other")];
    assert_eq!(start(&file, image, &renamed), operator(1, B::CUSTOM));

    let mut shifted = aligned(&[]);
    shifted.0[2..2 + image.len()].copy_from_slice(image);
    let shifted = start(&file, &shifted.0[2..2 + image.len()], &ops);
    assert_eq!(shifted, Err(Error::InvalidImage(ImageFault::Misaligned)));
}

#[test]
fn operators_for_images_do_not_prepare() {
    let file = stateful();
    let (model, ops) = (Model::parse(&file).unwrap(), prepared_ops());
    let mut arena = ArenaBytes::<2048>::new();
    let error = Interpreter::new(&model, &ops, &mut arena.0).err();
    assert!(matches!(
        error,
        Some(Error::Prepare { node: 0, error: E { cause: Cause::OnlyPrepared, .. }, .. })
    ));
}

#[test]
fn operators_of_a_model_are_found_and_named() {
    let file = relu(TensorType::FLOAT32, 3);
    let found = operators(&Model::parse(&file).unwrap()).unwrap();
    let paths: Vec<String> = found.iter().map(|choice| choice.path()).collect();
    assert_eq!(paths.len(), 1);
    assert!(paths[0].starts_with("ops::") && paths[0].ends_with("RELU"), "{paths:?}");
    let custom = operators(&Model::parse(&stateful()).unwrap());
    assert!(matches!(custom, Err(Error::MissingOperator { node: 1, .. })), "{custom:?}");
    // RELU does not take this type in any list.
    let wrong = operators(&Model::parse(&relu(TensorType::INT64, 3)).unwrap());
    assert!(matches!(wrong, Err(Error::Prepare { node: 0, .. })), "{wrong:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]
    #[test]
    fn no_image_is_dangerous(changes in prop::collection::vec((0_usize..2048, any::<u8>()), 1..6)) {
        let file = stateful();
        let model = Model::parse(&file).unwrap();
        let mut image = prepare_with(&file, OPS).image;
        let len = image.len();
        for (at, byte) in changes {
            // The first twelve bytes are refused when they change.
            image[12 + at % (len - 12)] = byte;
        }
        seal(&mut image);
        let (memory, ops) = (aligned(&image), prepared_ops());
        let mut arena = ArenaBytes::<4096>::new();
        if let Ok(mut interpreter) =
            Interpreter::from_prepared(&model, &memory.0[..len], &ops, &mut arena.0)
        {
            if let Ok(input) = interpreter.input_bytes(0) {
                input.fill(1);
            }
            let _ = interpreter.invoke();
            let _ = interpreter.output_bytes(0);
            let _ = interpreter.reset();
        }
    }
}

/// A depthwise convolution with a scale for each channel, as a file; and what it is prepared with.
fn with_scales() -> (Vec<u8>, [Op; 1]) {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let scales = [0.5, 0.25, 0.125];
    let tensor = |name| TensorSpec::new(name, TensorType::INT8, &[1, 2, 2, 3]).quantized(0.5, 1);
    let filter = TensorSpec::new("filter", TensorType::INT8, &[1, 1, 1, 3]).data_i8(&[3, -5, 7]);
    let filter = filter.quantized_per_channel(&scales, &[0; 3], 3);
    let x = graph.tensor(tensor("x"));
    let (filter, y) = (graph.tensor(filter), graph.tensor(tensor("y")));
    let options = DepthwiseConv2dOptions { stride_w: 1, stride_h: 1, ..Default::default() };
    graph.operator(B::DEPTHWISE_CONV_2D, &[x, filter, -1], &[y], options);
    graph.inputs(&[x]).outputs(&[y]);
    (builder.finish(), [ops::int8::DEPTHWISE_CONV_2D])
}

fn run_with_scales(file: &[u8], image: &[u8], ops: &[Op]) -> Vec<i8> {
    let memory = aligned(image);
    let model = Model::parse(file).unwrap();
    let mut arena = ArenaBytes::<64>::new();
    let made = Interpreter::from_prepared(&model, &memory.0[..image.len()], ops, &mut arena.0);
    let mut interpreter = made.unwrap();
    interpreter
        .input::<i8>(0)
        .unwrap()
        .copy_from_slice(&[9, 9, 9, 1, 1, 1, -7, 3, 5, 127, -128, 0]);
    interpreter.invoke().unwrap();
    interpreter.output::<i8>(0).unwrap().to_vec()
}

#[test]
fn an_image_has_the_factors_of_channels() {
    let (file, ops) = with_scales();
    let prepared = prepare_with(&file, &ops);
    // The quotients of scales are 0.5, 0.25 and 0.125.
    let expected = [13, -9, 8, 1, 1, 1, -11, -2, 5, 127, 127, 0];
    for ops in [ops, ops.map(Op::prepared)] {
        assert_eq!(run_with_scales(&file, &prepared.image, &ops), expected);
    }
}

#[test]
fn a_lean_file_has_what_the_device_reads() {
    let (file, ops) = with_scales();
    let model = Model::parse(&file).unwrap();
    let prepared = prepare_with(&file, &ops);
    let lean = host::lean(&model, &prepared, &ops).unwrap().unwrap();
    assert!(lean.file.len() < file.len());
    assert_eq!(lean.prepared.arena_bytes(), prepared.arena_bytes());
    let ops = ops.map(Op::prepared);
    let expected = run_with_scales(&file, &prepared.image, &ops);
    assert_eq!(run_with_scales(&lean.file, &lean.prepared.image, &ops), expected);

    // Inputs and outputs are described as before, and other tensors no more.
    let less = Model::parse(&lean.file).unwrap();
    let [before, after] = [model, less].map(|model| model.subgraph(0).unwrap());
    for at in [0, 2] {
        let tensors = [before, after].map(|graph| graph.tensor(at).unwrap());
        let [before, after] = tensors.map(|tensor| format!("{tensor:?}"));
        assert_eq!(before, after);
    }
    let filter = after.tensor(1).unwrap();
    assert_eq!((filter.name(), filter.quantization().is_some()), (None, false));

    // An image fits only one of the files.
    let image = aligned(&prepared.image);
    let image = &image.0[..prepared.image.len()];
    let mut arena = ArenaBytes::<64>::new();
    let made = Interpreter::from_prepared(&less, image, &ops, &mut arena.0).err();
    assert_eq!(made, Some(Error::InvalidImage(ImageFault::Model)));
}

#[test]
fn a_lean_file_in_pairs_is_for_its_cores_alone() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/sine/sine.tflite");
    let file = std::fs::read(path).unwrap();
    let model = Model::parse(&file).unwrap();
    let effort = Effort::Exact(Search { nodes: 10_000, threads: 1 });
    let [any, dsp] = [Isa::Any, Isa::Dsp].map(|isa| {
        let sharing = Sharing::default();
        let prepared = host::prepare_for(&model, ops::ALL, sharing, effort, isa, &mut |_| {});
        host::lean(&model, &prepared.unwrap(), ops::ALL).unwrap().unwrap()
    });
    // The same bytes of 16 x 16 weights in another order, but for those that make room for a sign.
    assert_eq!(any.file.len(), dsp.file.len());
    let changed = any.file.iter().zip(&dsp.file).filter(|(a, b)| a != b).count();
    assert!((128..=256).contains(&changed), "{changed}");
    let start = |lean: &host::Lean| {
        let model = Model::parse(&lean.file).unwrap();
        let image = aligned(&lean.prepared.image);
        let mut arena = ArenaBytes::<64>::new();
        let image = &image.0[..lean.prepared.image.len()];
        Interpreter::from_prepared(&model, image, ops::ALL, &mut arena.0).err()
    };
    assert_eq!(start(&any), None);
    assert_eq!(start(&dsp), Some(Error::InvalidImage(ImageFault::Isa(1))));
}

#[test]
fn custom_operators_keep_their_file() {
    let file = stateful();
    let model = Model::parse(&file).unwrap();
    assert!(host::lean(&model, &prepare_with(&file, OPS), OPS).unwrap().is_none());
}
