//! The input of a firmware: a model, sets of inputs, and the expected outputs.

use std::fs;
use std::path::{Path, PathBuf};

use bantam::schema::TensorType;
use bantam::{Interpreter, Model, Op, Sharing};
use bantam_interp::host::{self, Effort, Search};
use bantam_interp::plan::Greedy;
use bantam_signal_ops::LISTS;

use super::board::Mode;
use crate::outcome::Outcome;

/// A model with its test data, in files that a build takes in.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) model: PathBuf,
    pub(crate) inputs: PathBuf,
    pub(crate) expected: PathBuf,
    /// Bytes of these three.
    pub(crate) flash: u64,
    /// The figures of this machine, in the order of [`Mode::ALL`].
    hosts: [Host; Mode::ALL.len()],
}

/// The figures of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) arena_bytes: u64,
    pub(crate) overlay_bytes: u64,
    /// Of the whole arena after the last inference: activations, and, if it is not prepared, the
    /// records with their offsets.
    pub(crate) arena_hash: u64,
    pub(crate) output_hash: u64,
}

/// The examples of the repository: folder, and file of inputs.
const EXAMPLES: &[(&str, &str)] = &[
    ("digits", "test_images.bin"),
    ("sine", "test_inputs.bin"),
    ("shapes", "test_inputs.bin"),
    ("wake", "test_inputs.bin"),
];

impl Case {
    /// Returns the cases of the repository.
    pub(crate) fn examples(root: &Path) -> Outcome<Vec<Self>> {
        let here = |name: &str| root.join("examples").join(name).join(format!("{name}.tflite"));
        let there = EXAMPLES.iter().filter(|(name, _)| here(name).is_file());
        there
            .map(|(name, inputs)| {
                let folder = root.join("examples").join(name);
                let [inputs, expected] = [*inputs, "expected.bin"].map(|file| folder.join(file));
                Self::new(name, here(name), inputs, expected)
            })
            .collect()
    }

    /// Returns a case of any model: one set of inputs, the same that `bantam bench` takes, and the
    /// outputs that this machine computes.
    pub(crate) fn sampled(name: &str, model: PathBuf, folder: &Path) -> Outcome<Self> {
        let bytes = fs::read(&model)?;
        let parsed = Model::parse(&bytes)?;
        let ops = used(&parsed)?;
        let mut memory = Memory::exact(Mode::Interpreted, &parsed, &ops)?;
        let mut interpreter = Interpreter::new(&parsed, &ops, memory.bytes())?;
        let mut inputs = Vec::new();
        for index in 0..interpreter.input_len() {
            let kind = interpreter.input_tensor(index).map(|tensor| tensor.tensor_type());
            let input = interpreter.input_bytes(index)?;
            sample(input, kind, u32::try_from(index)?);
            inputs.extend_from_slice(input);
        }
        interpreter.invoke()?;
        let mut expected = Vec::new();
        for index in 0..interpreter.output_len() {
            expected.extend_from_slice(interpreter.output_bytes(index)?);
        }
        fs::create_dir_all(folder)?;
        let [inputs_file, expected_file] =
            ["inputs", "expected"].map(|what| folder.join(format!("{name}.{what}.bin")));
        keep(&inputs_file, &inputs)?;
        keep(&expected_file, &expected)?;
        Self::new(name, model, inputs_file, expected_file)
    }

    fn new(name: &str, model: PathBuf, inputs: PathBuf, expected: PathBuf) -> Outcome<Self> {
        let mut flash = 0;
        for file in [&model, &inputs, &expected] {
            flash += fs::metadata(file).map_err(|e| format!("{}: {e}", file.display()))?.len();
        }
        let data = [fs::read(&model)?, fs::read(&inputs)?, fs::read(&expected)?];
        let [file, sets, outputs] = data.each_ref().map(Vec::as_slice);
        let host = |mode| {
            run(mode, file, sets, outputs).map_err(|error| format!("{name} on the host: {error}"))
        };
        let [interpreted, unchecked, prepared] = Mode::ALL.map(host);
        let hosts = [interpreted?, unchecked?, prepared?];
        Ok(Self { name: name.to_owned(), model, inputs, expected, flash, hosts })
    }

    /// Returns the figures of this machine.
    pub(crate) fn host(&self, mode: Mode) -> &Host {
        let [interpreted, unchecked, prepared] = &self.hosts;
        match mode {
            Mode::Interpreted => interpreted,
            Mode::Unchecked => unchecked,
            Mode::Prepared => prepared,
        }
    }
}

/// Writes a file unless it has these contents: a newer file would be built again.
fn keep(path: &Path, contents: &[u8]) -> Outcome {
    if fs::read(path).is_ok_and(|old| old == contents) {
        return Ok(());
    }
    Ok(fs::write(path, contents)?)
}

/// Returns the operators of the model, as a firmware lists them.
fn used(model: &Model<'_>) -> Outcome<Vec<Op>> {
    Ok(host::operators_of(model, &LISTS)?.iter().map(|choice| choice.op).collect())
}

/// Runs all sets on this machine.
fn run(mode: Mode, model: &[u8], inputs: &[u8], expected: &[u8]) -> Outcome<Host> {
    let model = Model::parse(model)?;
    let ops = used(&model)?;
    match mode {
        Mode::Interpreted | Mode::Unchecked => {
            let mut memory = Memory::exact(mode, &model, &ops)?;
            let interpreter = make(mode, &model, &ops, memory.bytes())?;
            let host = run_sets(interpreter, inputs, expected)?;
            Ok(Host { arena_hash: fnv1a(FNV_OFFSET, memory.bytes()), ..host })
        }
        Mode::Prepared => {
            let effort = Effort::Exact(Search { nodes: 2_000_000, threads: 1 });
            let prepared = host::prepare(&model, &ops, Sharing::default(), effort, &mut |_| {})?;
            let mut image = Memory::new(prepared.image.len());
            image.bytes().copy_from_slice(&prepared.image);
            let mut memory = Memory::new(prepared.arena_bytes() as usize);
            let interpreter =
                Interpreter::from_prepared(&model, image.bytes(), &ops, memory.bytes())?;
            let host = run_sets(interpreter, inputs, expected)?;
            Ok(Host { arena_hash: fnv1a(FNV_OFFSET, memory.bytes()), ..host })
        }
    }
}

/// Makes it as the firmware does that prepares the model.
fn make<'a>(
    mode: Mode,
    model: &Model<'a>,
    ops: &'a [Op],
    arena: &'a mut [u8],
) -> Result<Interpreter<'a>, bantam::interp::Error> {
    if mode == Mode::Unchecked {
        Interpreter::with_planner(model, ops, arena, Sharing::default(), &mut Greedy)
    } else {
        Interpreter::new(model, ops, arena)
    }
}

/// Returns all figures but the hash of the arena.
fn run_sets(
    mut interpreter: Interpreter<'_>,
    mut inputs: &[u8],
    mut expected: &[u8],
) -> Outcome<Host> {
    let mut output_hash = FNV_OFFSET;
    while !inputs.is_empty() {
        for index in 0..interpreter.input_len() {
            let input = interpreter.input_bytes(index)?;
            let (values, rest) = inputs.split_at_checked(input.len()).ok_or("a set is cut off")?;
            input.copy_from_slice(values);
            inputs = rest;
        }
        interpreter.invoke()?;
        for index in 0..interpreter.output_len() {
            let output = interpreter.output_bytes(index)?;
            output_hash = fnv1a(output_hash, output);
            expected = expected.strip_prefix(output).ok_or("an output is not the one expected")?;
        }
    }
    if !expected.is_empty() {
        return Err("there are more outputs than inputs".into());
    }
    let arena_bytes = interpreter.arena_used_bytes() as u64;
    let overlay_bytes = interpreter.overlay_bytes() as u64;
    Ok(Host { arena_bytes, overlay_bytes, arena_hash: 0, output_hash })
}

/// Memory aligned to 16, which begins with zeros, as on a device.
struct Memory {
    bytes: Vec<u8>,
    len: usize,
}

impl Memory {
    fn new(len: usize) -> Self {
        Self { bytes: vec![0; len + 16], len }
    }

    /// Returns an arena of exactly the size that a model needs.
    fn exact(mode: Mode, model: &Model<'_>, ops: &[Op]) -> Outcome<Self> {
        let mut len = 0;
        loop {
            match make(mode, model, ops, Self::new(len).bytes()) {
                Ok(interpreter) if interpreter.arena_used_bytes() == len => {
                    return Ok(Self::new(len));
                }
                Ok(interpreter) => len = interpreter.arena_used_bytes(),
                Err(bantam::interp::Error::OutOfMemory { needed, .. }) if needed > len => {
                    len = needed;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn bytes(&mut self) -> &mut [u8] {
        let start = self.bytes.as_ptr().align_offset(16);
        &mut self.bytes[start..start + self.len]
    }
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// Returns the FNV-1a hash of 64 bits, as the firmware does.
fn fnv1a(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// Fills input `index` from a linear congruential generator, so that any engine can be given the
/// same numbers: see `bantam bench`.
fn sample(bytes: &mut [u8], kind: Option<TensorType>, index: u32) {
    let mut state = 12_345_u32.wrapping_add(index);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state
    };
    match kind {
        Some(TensorType::INT8 | TensorType::UINT8) => {
            bytes.fill_with(|| (next() >> 24) as u8);
        }
        Some(TensorType::INT16) => {
            for element in bytes.as_chunks_mut::<2>().0 {
                *element = ((next() >> 16) as u16).to_le_bytes();
            }
        }
        Some(TensorType::FLOAT32) => {
            for element in bytes.as_chunks_mut::<4>().0 {
                let unit = (next() >> 8) as f32 / 16_777_216.0;
                *element = (unit * 2.0 - 1.0).to_le_bytes();
            }
        }
        // What a number means there is the model's affair.
        _ => bytes.fill(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn examples_run_on_this_machine() {
        let cases = Case::examples(&root()).unwrap();
        let digits = cases.iter().find(|case| case.name == "digits").unwrap();
        let [interpreted, unchecked, prepared] = Mode::ALL.map(|mode| *digits.host(mode));
        assert_eq!(interpreted.arena_bytes % 16, 0);
        assert!(interpreted.overlay_bytes < interpreted.arena_bytes);
        assert_eq!(prepared.overlay_bytes, prepared.arena_bytes);
        assert!(unchecked.overlay_bytes >= interpreted.overlay_bytes);
        assert_eq!(prepared.output_hash, interpreted.output_hash);
        assert_eq!(unchecked.output_hash, interpreted.output_hash);
        assert_ne!(prepared.arena_hash, interpreted.arena_hash);
    }

    #[test]
    fn outputs_that_differ_are_an_error() {
        let folder = root().join("examples/digits");
        let read = |name: &str| fs::read(folder.join(name)).unwrap();
        let (model, inputs) = (read("digits.tflite"), read("test_images.bin"));
        let mut expected = read("expected.bin");
        for mode in Mode::ALL {
            let run =
                |inputs: &[u8], expected: &[u8]| run(mode, &model, inputs, expected).map(|_| ());
            assert!(run(&inputs, &expected).is_ok());
            assert!(run(&inputs[1..], &expected).is_err());
            assert!(run(&inputs, &[&expected[..], &[0]].concat()).is_err());
            expected[7] ^= 1;
            assert!(run(&inputs, &expected).is_err());
            expected[7] ^= 1;
        }
    }

    #[test]
    fn samples_are_those_of_the_benchmarks() {
        // 12345 * 1664525 + 1013904223 = 87628868 modulo 2^32, and so on.
        let mut bytes = [0; 3];
        sample(&mut bytes, Some(TensorType::INT8), 0);
        assert_eq!(bytes, [87_628_868_u32, 71_072_467, 2_332_836_374].map(|n| (n >> 24) as u8));
    }
}
