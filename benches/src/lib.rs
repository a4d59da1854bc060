//! Benchmarks of Bantam's crates: `cargo bench -p bantam-benches`.
//!
//! There is one file in `benches/` for each subject. Operators are measured in models of one node,
//! which `bantam-testkit` lists.

#![allow(clippy::expect_used, clippy::panic, reason = "a benchmark may fail")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bantam_interp::{Error, Interpreter};
use bantam_schema::Model;
use bantam_signal_ops::EVERY;
use bantam_testkit::noise;

/// The int8 and float models of MLPerf Tiny, by their names in the conformance corpus.
pub const MLPERF_TINY: &str = include_str!("../models.txt");

/// The file of the model that comes with the repository.
pub fn digits() -> PathBuf {
    root().join("examples/digits/digits.tflite")
}

/// The file of a model of the conformance corpus, which need not be there.
pub fn corpus_model(name: &str) -> PathBuf {
    let place = std::env::var_os("BANTAM_CONFORMANCE").map(PathBuf::from);
    let place = place.unwrap_or_else(|| root().join("../shared/conformance"));
    place.join("public/models").join(name).join("model.tflite")
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// As much aligned memory as the model needs for its arena.
///
/// # Panics
///
/// If no arena makes the model run.
pub fn memory(model: &Model<'_>) -> Vec<u128> {
    let mut memory = Vec::new();
    loop {
        let len = match Interpreter::new(model, EVERY, bytemuck::cast_slice_mut(&mut memory)) {
            Ok(_) => return memory,
            Err(Error::OutOfMemory { needed, .. }) => needed.div_ceil(size_of::<u128>()),
            Err(error) => panic!("{error}"),
        };
        assert!(len > memory.len(), "the size that is enough is not");
        memory.resize(len, 0);
    }
}

/// An interpreter that has run once, and what it is fed.
#[derive(Debug)]
pub struct Runner<'a> {
    interpreter: Interpreter<'a>,
    inputs: Vec<Vec<u8>>,
}

impl<'a> Runner<'a> {
    /// Prepares the model for inputs of noise, in as much [`memory`] as it needs.
    ///
    /// # Panics
    ///
    /// If the model does not run.
    pub fn new(model: &Model<'a>, memory: &'a mut [u128]) -> Self {
        let graph = model.subgraph(0).expect("a graph");
        let noise = |(seed, index): (u32, i32)| {
            let tensor = graph.tensor(index.unsigned_abs()).expect("an input");
            let elements: i32 = tensor.shape().iter().product();
            let bytes = tensor.tensor_type().size_bytes().expect("whole bytes");
            noise::bytes(tensor.tensor_type(), elements as usize * bytes as usize, seed)
        };
        let inputs = (0..).zip(graph.inputs().iter()).map(noise).collect();
        Self::with_inputs(model, memory, inputs)
    }

    /// Prepares the model for these inputs, in as much [`memory`] as it needs.
    ///
    /// # Panics
    ///
    /// If the model does not run.
    pub fn with_inputs(model: &Model<'a>, memory: &'a mut [u128], inputs: Vec<Vec<u8>>) -> Self {
        let arena = bytemuck::cast_slice_mut(memory);
        let interpreter = Interpreter::new(model, EVERY, arena).expect("enough memory");
        let mut runner = Self { interpreter, inputs };
        runner.run(1);
        runner
    }

    /// How long so many inferences take. Each gets the same inputs, which may have been overwritten
    /// by the one before; the time to feed them does not count.
    ///
    /// # Panics
    ///
    /// If an inference fails.
    pub fn run(&mut self, inferences: u64) -> Duration {
        let mut time = Duration::ZERO;
        for _ in 0..inferences {
            for (index, input) in self.inputs.iter().enumerate() {
                self.interpreter.input_bytes(index).expect("an input").copy_from_slice(input);
            }
            let start = Instant::now();
            let outcome = self.interpreter.invoke();
            time += start.elapsed();
            outcome.expect("the model runs");
        }
        time
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bantam_interp::Category;
    use bantam_schema::BuiltinOperator as Op;
    use bantam_testkit::benchmarks;

    fn keeps_state(runner: &Runner<'_>) -> bool {
        runner.interpreter.usage().category(Category::Variables) > 0
    }

    #[test]
    fn every_case_runs_and_does_something() {
        for case in benchmarks() {
            let file = case.file();
            let model = Model::parse(&file).expect("a model");
            let mut memory = memory(&model);
            let mut runner = Runner::with_inputs(&model, &mut memory, case.noise());
            if keeps_state(&runner) {
                runner.run(8); // such as a delay, whose first outputs are zeros
            }
            let output = runner.interpreter.output_bytes(0).expect("an output");
            // Zeros are equal, two floats of noise never, one of many truth values is false, and
            // noise is below 1.
            if [Op::ZEROS_LIKE, Op::EQUAL, Op::NOT_EQUAL, Op::REDUCE_ALL, Op::CAST]
                .contains(&case.operator)
            {
                continue;
            }
            let varies = output.windows(2).any(|pair| pair[0] != pair[1]);
            assert!(varies, "{}: all bytes are equal", case.name);
        }
    }

    #[test]
    fn every_inference_gets_the_same_inputs() {
        for case in benchmarks() {
            let file = case.file();
            let model = Model::parse(&file).expect("a model");
            let mut memory = memory(&model);
            let mut runner = Runner::with_inputs(&model, &mut memory, case.noise());
            let output = runner.interpreter.output_bytes(0).expect("an output").to_vec();
            if keeps_state(&runner) {
                runner.interpreter.reset().expect("states can be reset");
                runner.run(1);
            } else {
                runner.run(2);
            }
            let again = runner.interpreter.output_bytes(0).expect("an output");
            assert!(output == again, "{}", case.name);
        }
    }

    #[test]
    fn shipped_model_is_where_it_is_looked_for() {
        assert!(digits().is_file());
    }
}
