//! `cargo xtask dist PACKAGE`: makes a package in `target/dist/PACKAGE`; installs what it needs.

mod archive;
mod command;
mod packages;

use std::fs;
use std::path::{Path, PathBuf};

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

/// Returns the folder of a package, empty.
fn folder(workspace: &Workspace, name: &str, chosen: Option<&Path>) -> Outcome<PathBuf> {
    let folder = chosen.map_or_else(|| workspace.target.join("dist").join(name), Path::to_path_buf);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Returns the version of the workspace's packages.
fn version(workspace: &Workspace) -> Outcome<String> {
    let bantam = workspace.packages.iter().find(|package| package["name"] == "bantam");
    let version = bantam.and_then(|package| package["version"].as_str());
    Ok(version.ok_or("the package bantam has no version")?.to_owned())
}
