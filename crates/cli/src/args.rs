//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Runs, inspects, measures and sizes `.tflite` models as a microcontroller would run them.
#[derive(Debug, Parser)]
#[command(
    name = "bantam",
    version,
    after_help = "Errors are one line on standard error. Exit codes: 0 done, 1 failed, 2 wrong usage.\n\
                  Colour is used on terminals only and never if NO_COLOR is set."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a model: tensors from files in, tensors to files out
    #[command(after_help = RUN_HELP)]
    Run(RunArgs),
    /// Show a model: graph, tensors, operators, quantization, metadata
    #[command(after_help = INSPECT_HELP)]
    Inspect(InspectArgs),
    /// Say how large an arena a model needs, to the byte
    #[command(after_help = SIZE_HELP)]
    Size(SizeArgs),
    /// Measure the time of an inference, in total and by operator
    #[command(after_help = BENCH_HELP)]
    Bench(BenchArgs),
    /// Place buffers in as little memory as possible
    #[command(after_help = PLAN_HELP)]
    Plan(PlanArgs),
}

/// The model, and how to print.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The model, a .tflite file
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `bantam run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Raw little-endian tensor, once for each input in the model's order; without any: zeros
    #[arg(short, long = "input", value_name = "FILE")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Write output_0.bin, output_1.bin … to this folder, which is made if missing
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// How often to run; each file holds this many tensors, one after another, and the model's
    /// state is kept from one step to the next
    #[arg(short, long, value_name = "N", default_value = "1")]
    pub(crate) steps: NonZeroUsize,
    /// Size of the arena; without it, exactly what the model needs
    #[arg(short, long, value_name = "BYTES")]
    pub(crate) arena: Option<usize>,
}

/// `bantam inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `bantam size`.
#[derive(Debug, Args)]
pub(crate) struct SizeArgs {
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `bantam bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// How long to measure
    #[arg(short, long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(crate) seconds: f64,
}

/// `bantam plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Buffers in MiniMalloc's format: id,lower,upper,size with upper exclusive
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: PathBuf,
    /// Write the buffers with their offsets to this file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// What all offsets are multiples of, a power of two
    #[arg(long, value_name = "BYTES", default_value = "1")]
    pub(crate) alignment: u32,
    /// Find any plan of at most so many bytes instead of the smallest; if there is none, that is
    /// an error
    #[arg(long, value_name = "BYTES")]
    pub(crate) capacity: Option<u64>,
    /// How many buffers the search may place until it gives the best that it has found
    #[arg(long, value_name = "N", default_value = "20000000")]
    pub(crate) nodes: u64,
    /// How many threads search; the result is the same
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) threads: NonZeroUsize,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (0.0..=3600.0).contains(&value) => Ok(value),
        _ => Err("expected a number from 0 to 3600".to_owned()),
    }
}

const RUN_HELP: &str = "\
Examples:
  bantam run digits.tflite
  bantam run digits.tflite --input image.bin --output-dir out
  bantam run stream.tflite --input frames.bin --steps 49 --output-dir out
  bantam run digits.tflite --arena 4096

Keys of --json:
  model            path of the model
  steps            number of invokes
  inputs           array of {name, type, shape, bytes, file}; file is null for zeros
  outputs          the same and values: the elements after the last step, as stored
  incomplete_steps steps in which a streaming operator waited for more input
  invoke_us        median time of an invoke in microseconds
  arena_bytes      size of the arena that was used
  arena_used_bytes the part of it that the model needs";

const INSPECT_HELP: &str = "\
Examples:
  bantam inspect digits.tflite
  bantam inspect digits.tflite --json | jq '.subgraphs[0].operators[].operator'

Keys of --json:
  model, file_bytes, schema_version, description
  operator_codes   array of {operator, version, nodes}
  subgraphs        array of {name, inputs, outputs, tensors, operators}; inputs and outputs are
                   indices of tensors
  .tensors         array of {index, name, type, shape, shape_signature, bytes, buffer,
                   constant_bytes, variable, quantization}
  .quantization    null or {scales, zero_points, dimension}; dimension is null for one scale
  .operators       array of {index, operator, version, inputs, outputs, intermediates, options};
                   an absent input is null, intermediates are there if not empty
  buffers          how many there are
  buffer_bytes     the bytes of all buffers
  metadata         array of {name, bytes}
  signatures       array of {key, subgraph, inputs, outputs}: names with tensor indices";

const SIZE_HELP: &str = "\
The figure is exact, and the same on every processor: an arena of so many bytes, aligned to 16,
is enough, and one byte less is not.

Examples:
  bantam size digits.tflite
  bantam size digits.tflite --json | jq .arena_bytes

Keys of --json:
  model            path of the model
  arena_bytes      size of the arena that the model needs
  overlay_bytes    activations and scratch, which share memory over time
  persistent_bytes what the interpreter keeps between inferences
  temporary_bytes  what more is needed while preparing, and rounding up to 16; these three add
                   up to arena_bytes
  persistent       object: bytes by category";

const BENCH_HELP: &str = "\
Inputs are pseudo-random, the same in every run. The time includes writing them, and is the CPU
time of the one thread that runs the model, where the system can say.

Examples:
  bantam bench digits.tflite
  bantam bench digits.tflite --seconds 5 --json | jq .invoke_us

Keys of --json:
  model            path of the model
  invoke_us        median time of an inference in microseconds
  invoke_min_us    the fastest sample
  samples, batch   how many samples, and how many inferences one sample is the mean of
  clock            \"thread\" (CPU time) or \"wall\"
  arena_bytes      size of the arena
  output_hash      FNV-1a-64 of all outputs after the first inference, 16 hex digits
  operators        array of {index, operator, us, share}: median time of each node, measured
                   apart from the rest";

const PLAN_HELP: &str = "\
A line #relax,out_row,in_row,below,above in the file permits the buffer in row out_row to overlap
the one in row in_row (rows count from 0), which dies where the other is born: it may lie so far
below it or above it, offset to offset.

Examples:
  bantam plan --csv buffers.csv
  bantam plan --csv buffers.csv --output offsets.csv --json | jq .peak_bytes
  bantam plan --csv buffers.csv --capacity 1048576

Keys of --json:
  file              path of the file
  buffers           how many there are
  peak_bytes        the highest end of a buffer
  lower_bound_bytes no plan needs less
  proven            whether the plan is optimal
  nodes             how many buffers the search placed
  seconds           how long it took
With --capacity, in place of lower_bound_bytes and proven:
  capacity_bytes    what was asked for
  fits              whether a plan exists; null if the nodes ran out before that was known
and peak_bytes is null unless one was found.";

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn run_takes_many_inputs() {
        let words = ["bantam", "run", "m", "-i", "a", "--input", "b", "--steps", "3"];
        let Command::Run(run) = Cli::try_parse_from(words).unwrap().command else {
            panic!("not run");
        };
        assert_eq!((run.inputs.len(), run.steps.get()), (2, 3));
    }

    #[test]
    fn impossible_numbers_are_refused() {
        for wrong in [
            &["bantam", "run", "m", "--steps", "0"][..],
            &["bantam", "run", "m", "--arena", "-1"],
            &["bantam", "bench", "m", "--seconds", "nan"],
            &["bantam", "bench", "m", "--seconds=-1"],
            &["bantam", "run"],
        ] {
            assert!(Cli::try_parse_from(wrong).is_err(), "{wrong:?}");
        }
    }
}
