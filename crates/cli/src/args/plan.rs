//! The arguments of `bantam plan`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use bantam_interp::host::{Request, Search};
use bantam_schema::Model;
use clap::{ArgGroup, Args, ValueEnum};

use super::NamedRegion;

/// `bantam plan`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["model", "csv"]))]
pub(crate) struct PlanArgs {
    /// The model, a .tflite file
    #[arg(value_name = "MODEL")]
    pub(crate) model: Option<PathBuf>,
    /// Buffers in MiniMalloc's format: id,lower,upper,size with upper exclusive
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Write the model with its plan, or the buffers with their offsets, to this file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Who is to run the model that is written
    #[arg(long = "for", value_name = "RUNTIME", default_value = "bantam", conflicts_with = "csv")]
    pub(crate) runtime: Runtime,
    /// Draw the memory map into this file
    #[arg(long, value_name = "FILE", conflicts_with = "regions")]
    pub(crate) svg: Option<PathBuf>,
    /// Compare the techniques: the bytes that each needs
    #[arg(long, conflicts_with = "csv")]
    pub(crate) compare: bool,
    /// What all offsets are multiples of, a power of two; those of models are multiples of 16
    #[arg(long, value_name = "BYTES", default_value = "1", conflicts_with = "model")]
    pub(crate) alignment: u32,
    /// A memory, once for each in the order in which the column regions of the file counts them
    /// from 0; BYTES may be "unlimited"; COST is that of an access to a byte, else 1, 2, …
    #[arg(long = "region", value_name = "NAME=BYTES[@COST]", conflicts_with = "model")]
    pub(crate) regions: Vec<NamedRegion>,
    /// Find any plan of at most so many bytes instead of the smallest; if there is none, that is
    /// an error
    #[arg(long, value_name = "BYTES", conflicts_with_all = ["model", "regions"])]
    pub(crate) capacity: Option<u64>,
    /// How many buffers the search may place before it returns its best plan; without it, as many
    /// as take about a second for a model, and 20 million for --csv
    #[arg(long, value_name = "N")]
    pub(crate) nodes: Option<u64>,
    /// How many threads search; the result is the same
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) threads: NonZeroUsize,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

impl PlanArgs {
    /// Returns the budget of a search among the buffers of a file.
    pub(crate) fn search(&self) -> Search {
        Search { nodes: self.nodes.unwrap_or(20_000_000), threads: self.threads.get() }
    }

    /// Returns the budgets for a model.
    pub(crate) fn request(&self, model: &Model<'_>) -> Request {
        let mut request = Request::for_model(model);
        request.search.threads = self.threads.get();
        if let Some(nodes) = self.nodes {
            // Whoever asks for more has the time for other orders, too.
            request = Request::default();
            request.search = Search { nodes, threads: self.threads.get() };
        }
        request
    }
}

/// Who runs a planned model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Runtime {
    /// Bantam
    Bantam,
    /// TensorFlow Lite Micro with its reference kernels, whose outputs may overlap their inputs
    Tflm,
    /// TensorFlow Lite Micro with any kernels: nothing overlaps
    TflmDisjoint,
}
