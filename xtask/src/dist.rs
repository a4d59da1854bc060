//! `cargo xtask dist NAME`: packages for others than cargo, in `target/dist/NAME`.

mod folder;
pub(crate) mod python;

use clap::{Parser, Subcommand};

use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// A package to make.
#[derive(Parser)]
#[command(name = "cargo xtask dist", no_binary_name = true)]
struct Arguments {
    #[command(subcommand)]
    package: Package,
}

#[derive(Subcommand)]
enum Package {
    /// The wheel of `bantam_tflite`, with maturin in an environment of its own.
    Python,
}

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let arguments = Arguments::try_parse_from(arguments)?;
    let workspace = Workspace::load()?;
    let made = match arguments.package {
        Package::Python => python::run(&workspace)?,
    };
    println!("{}", made.display());
    Ok(())
}
