//! The command line.

mod codegen;
mod common;
mod device;
mod help;
mod named_region;
mod plan;

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

pub(crate) use codegen::{CodeLanguage, CodegenArgs};
pub(crate) use common::Common;
pub(crate) use device::Device;
pub(crate) use named_region::NamedRegion;
pub(crate) use plan::{PlanArgs, Runtime};

use help::{
    BENCH_HELP, CHECK_HELP, CODEGEN_HELP, COMPARE_HELP, COMPRESS_HELP, INSPECT_HELP, OPS_HELP,
    PLAN_HELP, PREPARE_HELP, RUN_HELP, SIMPLIFY_HELP, SIZE_HELP, wrapped,
};

/// Checks, runs, inspects, measures and sizes `.tflite` models as a microcontroller would run them.
#[derive(Debug, Parser)]
#[command(
    name = "bantam",
    version,
    after_help = "Errors are a line on standard error, and a line for each reason if there are\n\
                  several. Exit codes: 0 done, 1 failed, 2 wrong usage.\n\
                  Objects of --json have a version, which grows when a key goes away or means\n\
                  something else; docs/schema has their schemas.\n\
                  Colour is used on terminals only and never if NO_COLOR is set."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Returns the arguments of this process; ends it where they are wrong.
    pub(crate) fn of_process() -> Self {
        let cli = Self::parse();
        cli.check().unwrap_or_else(|error| error.exit());
        cli
    }

    /// Checks the values of arguments, as far as a definition cannot.
    fn check(&self) -> Result<(), clap::Error> {
        match &self.command {
            Command::Codegen(codegen) => {
                return match codegen.conflict() {
                    Some(message) => {
                        Err(Self::command().error(ErrorKind::ArgumentConflict, message))
                    }
                    None => refused(&codegen.device),
                };
            }
            Command::Prepare(prepare) => return refused(&prepare.device),
            _ => {}
        }
        let Command::Plan(plan) = &self.command else { return Ok(()) };
        let for_others = plan.runtime != Runtime::Bantam;
        if for_others && (plan.svg.is_some() || plan.compare) {
            let message = "--svg and --compare show the memory of Bantam: not with --for tflm";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, message));
        }
        Ok(())
    }
}

/// Refuses a feature that has no effect on the target.
fn refused(device: &Device) -> Result<(), clap::Error> {
    let refused = |error| Cli::command().error(ErrorKind::ValueValidation, error);
    device.feature().map(drop).map_err(refused)
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what keeps a model from running: every node, with its reason and what to do
    #[command(after_help = wrapped(CHECK_HELP))]
    Check(CheckArgs),
    /// Find the first node whose result differs from a reference
    #[command(after_help = wrapped(COMPARE_HELP))]
    Compare(CompareArgs),
    /// Run a model: tensors from files in, tensors to files out
    #[command(after_help = wrapped(RUN_HELP))]
    Run(RunArgs),
    /// Show a model: graph, tensors, operators, quantization, metadata
    #[command(after_help = wrapped(INSPECT_HELP))]
    Inspect(InspectArgs),
    /// Say how large an arena a model needs, to the byte
    #[command(after_help = wrapped(SIZE_HELP))]
    Size(SizeArgs),
    /// Print the list of operators that a program needs for a model, as a line of Rust
    #[command(after_help = wrapped(OPS_HELP))]
    Ops(OpsArgs),
    /// Measure the time of an inference, in total and by operator
    #[command(after_help = wrapped(BENCH_HELP))]
    Bench(BenchArgs),
    /// Place buffers in as little memory as possible
    #[command(after_help = wrapped(PLAN_HELP))]
    Plan(PlanArgs),
    /// Compute a model's prepared image, which a device reads from flash instead of preparing at
    /// start
    #[command(after_help = wrapped(PREPARE_HELP))]
    Prepare(PrepareArgs),
    /// Compute what depends on constants alone, and leave out what nobody reads
    #[command(after_help = wrapped(SIMPLIFY_HELP))]
    Simplify(SimplifyArgs),
    /// Encode weights in fewer bytes, which a device decodes while it runs
    #[command(after_help = wrapped(COMPRESS_HELP))]
    Compress(CompressArgs),
    /// Write the code that runs a model, for a program in C, C++ or Rust
    #[command(after_help = wrapped(CODEGEN_HELP))]
    Codegen(CodegenArgs),
}

/// Planning for models that do not carry a plan.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Planning {
    /// What may share bytes at the same time. A plan that the model carries is used if it holds for
    /// that
    #[arg(long, value_name = "WHAT", default_value = "overlap")]
    pub(crate) sharing: Sharing,
}

/// Values for sizes that the model's file leaves open.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Sizes {
    /// The number of samples at a time, for a model whose file leaves it open (-1)
    #[arg(long, value_name = "N")]
    pub(crate) batch: Option<NonZeroU32>,
}

/// What may share bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sharing {
    /// Outputs with inputs as far as their operators permit, and views with their bases
    Overlap,
    /// Outputs of elementwise operators exactly with their inputs
    InPlace,
    /// Nothing
    Apart,
}

impl From<Sharing> for bantam_interp::Sharing {
    fn from(sharing: Sharing) -> Self {
        match sharing {
            Sharing::Overlap => Self::Overlap,
            Sharing::InPlace => Self::InPlace,
            Sharing::Apart => Self::Apart,
        }
    }
}

/// `bantam run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) sizes: Sizes,
    #[command(flatten)]
    pub(crate) planning: Planning,
    /// A tensor, once for each input in the model's order: an array of NumPy (.npy), or raw and
    /// little-endian (any other name); without any: zeros. With --signature: NAME=FILE, in any
    /// order
    #[arg(short, long = "input", value_name = "FILE")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Call inputs and outputs as this signature of the model does, such as serving_default
    #[arg(long, value_name = "KEY")]
    pub(crate) signature: Option<String>,
    /// Write output_0.bin, output_1.bin … to this folder, which is made if missing
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Write every tensor of the last step as tensor_0.npy, tensor_1.npy … to this folder, which
    /// is made if missing; those of subgraphs that IF, WHILE and CALL_ONCE run as
    /// subgraph_1_tensor_0.npy …
    #[arg(long, value_name = "DIR")]
    pub(crate) dump: Option<PathBuf>,
    /// How often to run; each file holds this many tensors, one after another, and the model's
    /// state is kept from one step to the next
    #[arg(short, long, value_name = "N", default_value = "1")]
    pub(crate) steps: NonZeroUsize,
    /// Size of the arena; without it, exactly what the model needs
    #[arg(short, long, value_name = "BYTES")]
    pub(crate) arena: Option<usize>,
}

/// `bantam check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `bantam compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) planning: Planning,
    /// The folder with tensor_N.npy of each tensor that is to be compared
    #[arg(short, long, value_name = "DIR")]
    pub(crate) reference: PathBuf,
    /// As for `bantam run`; without any: those of the reference
    #[arg(short, long = "input", value_name = "FILE")]
    pub(crate) inputs: Vec<PathBuf>,
    /// The largest difference that counts as none: in steps of the scale, or of floats as it is
    #[arg(short, long, value_name = "STEPS", default_value = "0", value_parser = tolerance)]
    pub(crate) tolerance: f64,
}

/// `bantam inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Print the graph instead, for Mermaid or for dot of Graphviz
    #[arg(long, value_name = "FORMAT", conflicts_with = "json")]
    pub(crate) graph: Option<GraphFormat>,
}

/// Who draws a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// Mermaid, in Markdown and web pages
    Mermaid,
    /// Graphviz: `dot -Tsvg`
    Dot,
}

/// `bantam size`.
#[derive(Debug, Args)]
pub(crate) struct SizeArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) sizes: Sizes,
    #[command(flatten)]
    pub(crate) planning: Planning,
}

/// `bantam ops`.
#[derive(Debug, Args)]
pub(crate) struct OpsArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) sizes: Sizes,
    /// For a prepared image: operators without the code that prepares nodes
    #[arg(long)]
    pub(crate) prepared: bool,
}

/// `bantam bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) sizes: Sizes,
    #[command(flatten)]
    pub(crate) planning: Planning,
    /// How long to measure
    #[arg(short, long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(crate) seconds: f64,
}

/// `bantam prepare`.
#[derive(Debug, Args)]
pub(crate) struct PrepareArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) planning: Planning,
    /// Write the image to this file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write what a device reads of the model to this file, which takes the model's place there;
    /// the image is then for this file
    #[arg(long, value_name = "FILE")]
    pub(crate) lean: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) device: Device,
    /// How many buffers the search may place before it returns its best plan; without it, as many
    /// as take about a second
    #[arg(long, value_name = "N")]
    pub(crate) nodes: Option<u64>,
}

/// `bantam simplify`.
#[derive(Debug, Args)]
pub(crate) struct SimplifyArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) sizes: Sizes,
    /// Write the model to this file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// `bantam compress`.
#[derive(Debug, Args)]
pub(crate) struct CompressArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Steps of its scale by which a weight of i8 may change; 0: none changes, and the model
    /// computes the same
    #[arg(long, value_name = "STEPS", default_value_t = 0)]
    pub(crate) max_error: u8,
    /// List filters of i8 as indices of tables in the metadata COMPRESSION_METADATA, where kernels
    /// read them: the arena does not grow. TFLM needs a build for that
    #[arg(long)]
    pub(crate) tables: bool,
    /// Encode only as many filters as fit into an arena of so many bytes
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_arena: Option<usize>,
    /// Write the model to this file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if value >= 0.0 => Ok(value),
        _ => Err("expected a number that is not negative".to_owned()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (0.0..=3600.0).contains(&value) => Ok(value),
        _ => Err("expected a number from 0 to 3600".to_owned()),
    }
}

#[cfg(test)]
mod tests {
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
            &["bantam", "size", "m", "--sharing", "all"],
            &["bantam", "run"],
        ] {
            assert!(Cli::try_parse_from(wrong).is_err(), "{wrong:?}");
        }
    }
}
