//! `cargo xtask dist PACKAGE`: makes a package in `target/dist/PACKAGE`; installs what it needs.

mod archive;
mod command;
mod packages;
mod place;

use clap::{Parser, Subcommand};

use crate::outcome::Outcome;
use crate::workspace::Workspace;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask dist", about = "Makes a package in target/dist")]
struct Cli {
    #[command(subcommand)]
    package: Package,
}

#[derive(Debug, Subcommand)]
enum Package {
    /// Headers and static libraries, with a package for CMake
    C(packages::Args),
    /// A component of ESP-IDF
    EspIdf(packages::Args),
    /// A module of Zephyr
    Zephyr(packages::Args),
    /// A library for the Arduino IDE
    Arduino(packages::Args),
    /// A library for PlatformIO
    Platformio(packages::Args),
    /// The command `bantam` as a static program
    Command(command::Args),
}

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let words = std::iter::once("dist".to_owned()).chain(arguments.iter().cloned());
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let workspace = Workspace::load()?;
    match &cli.package {
        Package::C(args) => packages::c(&workspace, args),
        Package::EspIdf(args) => packages::esp_idf(&workspace, args),
        Package::Zephyr(args) => packages::zephyr(&workspace, args),
        Package::Arduino(args) => packages::arduino(&workspace, args),
        Package::Platformio(args) => packages::platformio(&workspace, args),
        Package::Command(args) => command::run(&workspace, args),
    }
}
