//! The operators through the interpreter: state, the whole chain, and what is refused. That their
//! results are TFLM's is tested with all others, in `bantam-interp`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use bantam_interp::host::{Effort, Search, operators_of, prepare, seal};
use bantam_interp::{Cause, Error, EvalError, Interpreter, Op, Sharing};
use bantam_schema::write::{ModelBuilder, OperatorSpec, TensorSpec};
use bantam_schema::{Model, TensorType};
use bantam_signal::spectral_subtraction::SpectralSubtraction;
use bantam_signal::tables::{self, Mel, MelTables};
use bantam_signal::{auto_scale, energy, fft, filter_bank, pcan, window};
use bantam_signal_ops::{EVERY, LISTS};
use bantam_testkit::{Case, Memory, cases, flex_map};
use proptest::prelude::*;

const ARENA_BYTES: usize = 64 << 10;

fn signal_cases() -> impl Iterator<Item = Case> {
    cases().into_iter().filter(|case| case.family == "signal")
}

/// The outputs of all steps.
fn outputs(interpreter: &mut Interpreter<'_>, case: &Case) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for inputs in case.feeds() {
        for (index, bytes) in inputs.iter().enumerate() {
            interpreter.input_bytes(index).unwrap().copy_from_slice(bytes);
        }
        interpreter.invoke().unwrap();
        for index in 0..interpreter.output_len() {
            all.push(interpreter.output_bytes(index).unwrap().to_vec());
        }
    }
    all
}

/// The image of a model, with the operators that link the least.
fn image(model: &Model<'_>) -> (Vec<u8>, Vec<Op>) {
    let choices = operators_of(model, &LISTS).unwrap();
    let ops: Vec<Op> = choices.iter().map(|choice| choice.op).collect();
    let effort = Effort::Exact(Search { nodes: 1000, threads: 1 });
    let prepared = prepare(model, &ops, Sharing::Overlap, effort, &mut |_| {}).unwrap();
    (prepared.image, ops.into_iter().map(Op::prepared).collect())
}

fn aligned(bytes: &[u8]) -> Memory {
    let mut memory = Memory::new(bytes.len());
    memory.bytes().copy_from_slice(bytes);
    memory
}

#[test]
fn a_reset_equals_a_fresh_interpreter() {
    for case in signal_cases() {
        let file = case.file();
        let model = Model::parse(&file).unwrap();
        let mut memory = Memory::new(ARENA_BYTES);
        let mut interpreter = Interpreter::new(&model, EVERY, memory.bytes()).unwrap();
        let first = outputs(&mut interpreter, &case);
        interpreter.reset().unwrap();
        assert_eq!(outputs(&mut interpreter, &case), first, "{}", case.name);

        let (bytes, ops) = image(&model);
        let mut place = aligned(&bytes);
        let mut memory = Memory::new(ARENA_BYTES);
        let place = place.bytes();
        let mut interpreter =
            Interpreter::from_prepared(&model, place, &ops, memory.bytes()).unwrap();
        for _ in 0..2 {
            assert_eq!(outputs(&mut interpreter, &case), first, "{}: prepared", case.name);
            interpreter.reset().unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]
    /// The records of a prepared image may hold any bytes.
    #[test]
    fn no_image_is_dangerous(
        case in prop::sample::select(signal_cases().collect::<Vec<_>>()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let file = case.file();
        let model = Model::parse(&file).unwrap();
        let (mut bytes, ops) = image(&model);
        for (index, byte) in changes {
            // Behind the version, without which nothing is read.
            let len = bytes.len() - 12;
            bytes[12 + index.index(len)] = byte;
        }
        seal(&mut bytes);
        let (mut place, mut memory) = (aligned(&bytes), Memory::new(ARENA_BYTES));
        let made = Interpreter::from_prepared(&model, place.bytes(), &ops, memory.bytes());
        if let Ok(mut interpreter) = made {
            let _ = interpreter.invoke();
            let _ = interpreter.reset();
        }
    }
}

/// The whole chain without an interpreter, as `docs/signal.md` has it.
struct FrontEnd {
    hann: [i16; 480],
    gains: [i16; pcan::LUT_LEN],
    mel: MelTables<41, 316>,
    factors: [[i16; 2]; fft::table_len(512)],
    noise: [u32; 40],
}

impl FrontEnd {
    fn new() -> Self {
        let (mut hann, mut gains) = ([0; 480], [0; pcan::LUT_LEN]);
        tables::hann(12, &mut hann);
        tables::gains(0.95, 80.0, 7, 21, &mut gains);
        let mel = MelTables::new(&Mel::MICRO_SPEECH).unwrap();
        let mut factors = [[0; 2]; fft::table_len(512)];
        fft::Rfft::new(512, &mut factors).unwrap();
        Self { hann, gains, mel, factors, noise: [0; 40] }
    }

    fn features(&mut self, samples: &[i16]) -> Result<[i16; 40], bantam_signal::Error> {
        let (mut frame, mut scaled) = ([0; 480], [0; 480]);
        window::window(samples, &self.hann, 12, &mut frame)?;
        let bits = auto_scale::auto_scale(&frame, &mut scaled)?;
        let mut spectrum = [[0; 2]; 257];
        let rfft = fft::Rfft::with_table(fft::FftLength::new(512)?, &self.factors)?;
        rfft.run(&scaled, &mut spectrum)?;
        let (mut energies, mut sums) = ([0; 257], [0; 40]);
        energy::energy(&spectrum, self.mel.bins(), &mut energies)?;
        self.mel.bank().sum(&energies, &mut sums)?;
        let (mut channels, mut clean, mut level) = ([0; 40], [0; 40], [0; 40]);
        filter_bank::square_root(&sums, bits, &mut channels)?;
        SpectralSubtraction::MICRO_SPEECH.run(&channels, &mut self.noise, &mut clean)?;
        pcan::pcan(&clean, &self.noise, &self.gains, 6, &mut level)?;
        let mut features = [0; 40];
        filter_bank::log(&level, 64, 3, &mut features)?;
        Ok(features)
    }
}

/// Some tones that come and go, in noise.
fn sound(frame: usize) -> Vec<i16> {
    let mut state = 1 + frame as u32;
    let sample = |t: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let time = (320 * frame + t) as f64 / 16_000.0;
        let hertz = 200.0 * 1.1_f64.powi(frame as i32 % 30);
        let loud = 6000.0 * (frame % 7) as f64;
        let tone = loud * (2.0 * std::f64::consts::PI * hertz * time).sin();
        (tone + f64::from(state >> 20) - 2048.0).clamp(-32_768.0, 32_767.0) as i16
    };
    (0..480).map(sample).collect()
}

#[test]
fn the_chain_without_an_interpreter_is_that_of_the_model() {
    let Some(root) = bantam_testkit::conformance() else { return };
    let file = std::fs::read(root.join("models/audio_preprocessor_int8/model.tflite")).unwrap();
    let model = Model::parse(&file).unwrap();
    let mut memory = Memory::new(ARENA_BYTES);
    let mut interpreter = Interpreter::new(&model, EVERY, memory.bytes()).unwrap();
    let mut front_end = FrontEnd::new();
    for run in 0..2 {
        let mut seen = std::collections::BTreeSet::new();
        for frame in 0..60 {
            let samples = sound(frame);
            interpreter.input::<i16>(0).unwrap().copy_from_slice(&samples);
            interpreter.invoke().unwrap();
            let features = front_end.features(&samples).unwrap();
            // As the model ends: see TFLM's `audio_preprocessor.py`.
            let quantized = features.map(|feature| {
                let scaled = (i32::from(feature) * 256 + 333) / 666 - 128;
                scaled.clamp(-128, 127) as i8
            });
            assert_eq!(interpreter.output::<i8>(0).unwrap(), quantized, "run {run}, {frame}");
            seen.extend(quantized);
        }
        assert!(seen.len() > 50, "{seen:?}");
        interpreter.reset().unwrap();
        front_end.noise.fill(0);
    }
}

/// The tables that the model has.
#[test]
fn constants_are_those_of_the_model() {
    let Some(root) = bantam_testkit::conformance() else { return };
    let file = std::fs::read(root.join("models/audio_preprocessor_int8/model.tflite")).unwrap();
    let model = Model::parse(&file).unwrap();
    let graph = model.subgraph(0).unwrap();
    let constant = |operator: &str, input: usize| -> Vec<i16> {
        let mut nodes = graph.operators();
        let node = nodes.find(|node| node.code().custom == Some(operator)).unwrap();
        let data = graph.tensor(node.input(input).unwrap() as u32).unwrap().data().unwrap();
        data.as_chunks().0.iter().map(|&bytes| i16::from_le_bytes(bytes)).collect()
    };
    let front_end = FrontEnd::new();
    assert_eq!(constant("SignalWindow", 1), front_end.hann);
    assert_eq!(constant("SignalPCAN", 2), front_end.gains);
    let bank = front_end.mel.bank();
    let tables =
        [bank.weights, bank.unweights, bank.frequency_starts, bank.weight_starts, bank.widths];
    for (input, table) in (1..).zip(tables) {
        assert_eq!(constant("SignalFilterBank", input), table, "input {input}");
    }
}

/// A model of one node.
fn node(
    name: &str,
    options: &[(&str, i32)],
    inputs: &[(TensorType, &[i32])],
    outputs: &[(TensorType, &[i32])],
) -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let mut tensors = |ports: &[(TensorType, &[i32])]| -> Vec<i32> {
        ports.iter().map(|&(kind, shape)| graph.tensor(TensorSpec::new("t", kind, shape))).collect()
    };
    let (inputs, outputs) = (tensors(inputs), tensors(outputs));
    let options = flex_map(options);
    graph.add(OperatorSpec::custom(name, &inputs, &outputs).custom_options(&options));
    graph.inputs(&inputs).outputs(&outputs);
    builder.finish()
}

fn cause_of(file: &[u8]) -> Cause {
    let model = Model::parse(file).unwrap();
    match Interpreter::new(&model, EVERY, Memory::new(ARENA_BYTES).bytes()).map(drop) {
        Err(Error::Prepare { error, .. }) => error.cause,
        other => panic!("{other:?}"),
    }
}

#[test]
fn impossible_nodes_are_refused_with_the_reason() {
    const I16: TensorType = TensorType::INT16;
    const U32: TensorType = TensorType::UINT32;
    let word = |file: &[u8]| match cause_of(file) {
        Cause::Unsupported(what) => what,
        other => panic!("{other:?}"),
    };
    let rfft = |options: &[(&str, i32)], input: &[i32], output: &[i32]| {
        node("SignalRfft", options, &[(I16, input)], &[(I16, output)])
    };
    assert!(word(&rfft(&[("T", 7), ("fft_length", 14)], &[8], &[16])).contains("prime factors"));
    assert!(word(&rfft(&[("T", 7), ("fft_length", -4)], &[8], &[16])).contains("below 0"));
    let longer = rfft(&[("T", 7), ("fft_length", 8)], &[9], &[10]);
    assert_eq!(cause_of(&longer), Cause::Shape);
    let other = rfft(&[("T", 9), ("fft_length", 8)], &[8], &[10]);
    assert_eq!(cause_of(&other), Cause::TensorType(TensorType::INT8));
    assert_eq!(cause_of(&rfft(&[("fft_length", 8)], &[8], &[10])), Cause::Options);
    let window = |shift, samples: i32| {
        let inputs: [(TensorType, &[i32]); 2] = [(I16, &[samples]), (I16, &[4])];
        node("SignalWindow", &[("shift", shift)], &inputs, &[(I16, &[samples])])
    };
    assert!(word(&window(32, 8)).contains("more bits"));
    assert_eq!(cause_of(&window(12, 9)), Cause::Shape);
    let framer = |size, step, prefill| {
        let options = [("frame_size", size), ("frame_step", step), ("prefill", prefill)];
        let outputs: [(TensorType, &[i32]); 2] = [(I16, &[2, size]), (TensorType::BOOL, &[])];
        node("SignalFramer", &options, &[(I16, &[6])], &outputs)
    };
    assert!(word(&framer(2, 3, 1)).contains("beyond the frame"));
    assert_eq!(cause_of(&framer(5, 4, 0)), Cause::Shape);
    let energy = |end| {
        let options = [("end_index", end), ("start_index", 1)];
        node("SignalEnergy", &options, &[(I16, &[8])], &[(U32, &[4])])
    };
    assert_eq!(cause_of(&energy(5)), Cause::Shape);
    let overlap = |step| {
        let options = [("T", 7), ("frame_step", step)];
        node("SignalOverlapAdd", &options, &[(I16, &[2, 4])], &[(I16, &[2 * step])])
    };
    assert!(word(&overlap(5)).contains("frame_step"));
}

#[test]
fn a_shift_that_makes_no_sense_fails_the_inference() {
    let scalar: &[i32] = &[];
    let inputs: [(TensorType, &[i32]); 2] =
        [(TensorType::UINT64, &[2]), (TensorType::INT32, scalar)];
    let file = node("SignalFilterBankSquareRoot", &[], &inputs, &[(TensorType::UINT32, &[2])]);
    let model = Model::parse(&file).unwrap();
    let mut memory = Memory::new(ARENA_BYTES);
    let mut interpreter = Interpreter::new(&model, EVERY, memory.bytes()).unwrap();
    for (bits, result) in [(31, Ok(())), (32, Err(EvalError::Value)), (-1, Err(EvalError::Value))] {
        interpreter.input::<i32>(1).unwrap().fill(bits);
        assert_eq!(interpreter.invoke().map(drop).map_err(|error| error.cause), result);
    }
}
