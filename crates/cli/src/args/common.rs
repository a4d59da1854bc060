//! The arguments of all commands that take a model.

use std::path::PathBuf;

use clap::Args;

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
