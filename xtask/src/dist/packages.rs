//! Packages for C and C++: the same headers and libraries, laid out for each build system.

use std::fs;
use std::path::{Path, PathBuf};

use super::archive::{self, Choice, HOST};
use super::place::{folder, version};
use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// The layouts, a folder for each.
const LAYOUTS: &str = "crates/c/packages";
const HEADERS: &str = "crates/c/include";

/// Processors of Cortex-M, with soft and with hard floats.
const CORTEX_M: [&str; 6] = [
    "thumbv6m-none-eabi",
    "thumbv7m-none-eabi",
    "thumbv7em-none-eabi",
    "thumbv7em-none-eabihf",
    "thumbv8m.main-none-eabi",
    "thumbv8m.main-none-eabihf",
];

/// RISC-V processors, those of Espressif among them.
const RISC_V: [&str; 3] = [
    "riscv32imc-unknown-none-elf",
    "riscv32imac-unknown-none-elf",
    "riscv32imafc-unknown-none-elf",
];

/// Folders of Arduino's layout, and the targets of their cores.
const ARDUINO: [(&str, &str); 4] = [
    ("cortex-m0plus", "thumbv6m-none-eabi"),
    ("cortex-m3", "thumbv7m-none-eabi"),
    ("cortex-m4/fpv4-sp-d16-softfp", "thumbv7em-none-eabi"),
    ("cortex-m4/fpv4-sp-d16-hard", "thumbv7em-none-eabihf"),
];

/// What is in a package.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A target of Rust's, or "host"; once for each. Without any: all that the package is for
    #[arg(long = "target", value_name = "TARGET")]
    targets: Vec<String>,
    /// Only the operators that this source of `bantam codegen` names: less flash
    #[arg(long, value_name = "FILE")]
    operators_of: Option<PathBuf>,
    /// Instructions of the DSP extension of Cortex-M: less time, more flash
    #[arg(long)]
    dsp: bool,
    /// The folder instead of target/dist/NAME; what is in it is removed
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Args {
    fn choice(&self) -> Outcome<Choice> {
        let operators = self.operators_of.as_deref().map(fs::read_to_string).transpose()?;
        Ok(Choice { operators: operators.as_deref().map(operators_in), dsp: self.dsp })
    }

    /// Returns the targets that were named, of those that the package is for.
    fn targets<'a>(&'a self, all: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let all: Vec<&str> = all.into_iter().collect();
        if self.targets.is_empty() {
            return all;
        }
        self.targets.iter().map(String::as_str).collect()
    }
}

/// Returns the operators whose addresses a source takes.
fn operators_in(source: &str) -> Vec<String> {
    let lines = source.lines().filter_map(|line| line.trim().strip_prefix("&BANTAM_"));
    lines.filter_map(|line| line.strip_suffix(',')).map(str::to_owned).collect()
}

pub(super) fn c(workspace: &Workspace, args: &Args) -> Outcome {
    let folder = folder(workspace, "c", args.out.as_deref())?;
    copy_headers(workspace, &folder.join("include"))?;
    copy(workspace, "cmake", &folder.join("lib/cmake/bantam"))?;
    libraries(workspace, args, &folder, [HOST].into_iter().chain(CORTEX_M).chain(RISC_V))
}

pub(super) fn esp_idf(workspace: &Workspace, args: &Args) -> Outcome {
    let folder = framework(workspace, "esp-idf", args)?;
    libraries(workspace, args, &folder, RISC_V)
}

pub(super) fn zephyr(workspace: &Workspace, args: &Args) -> Outcome {
    let folder = framework(workspace, "zephyr", args)?;
    libraries(workspace, args, &folder, CORTEX_M.into_iter().chain(RISC_V))
}

pub(super) fn platformio(workspace: &Workspace, args: &Args) -> Outcome {
    let folder = framework(workspace, "platformio", args)?;
    libraries(workspace, args, &folder, CORTEX_M.into_iter().chain(RISC_V))
}

pub(super) fn arduino(workspace: &Workspace, args: &Args) -> Outcome {
    let folder = folder(workspace, "arduino", args.out.as_deref())?;
    copy(workspace, "arduino", &folder)?;
    copy_headers(workspace, &folder.join("src"))?;
    let choice = args.choice()?;
    for (core, target) in ARDUINO {
        if args.targets(ARDUINO.map(|(_, target)| target)).contains(&target) {
            let library = folder.join("src").join(core).join("libbantam.a");
            archive::build(workspace, target, &choice, &library)?;
        }
    }
    say(&folder);
    Ok(())
}

/// Returns the folder of a package whose layout and headers are there.
fn framework(workspace: &Workspace, name: &str, args: &Args) -> Outcome<PathBuf> {
    let folder = folder(workspace, name, args.out.as_deref())?;
    copy(workspace, name, &folder)?;
    copy_headers(workspace, &folder.join("include"))?;
    Ok(folder)
}

/// Builds a library for each target, in a folder of its name.
fn libraries<'a>(
    workspace: &Workspace,
    args: &'a Args,
    folder: &Path,
    all: impl IntoIterator<Item = &'a str>,
) -> Outcome {
    let choice = args.choice()?;
    for target in args.targets(all) {
        let library = folder.join("lib").join(target).join("libbantam.a");
        archive::build(workspace, target, &choice, &library)?;
    }
    say(folder);
    Ok(())
}

fn say(folder: &Path) {
    println!("{}", folder.display());
}

fn copy_headers(workspace: &Workspace, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for name in ["bantam.h", "bantam.hpp"] {
        fs::copy(workspace.root.join(HEADERS).join(name), to.join(name))?;
    }
    Ok(())
}

/// Copies a layout with its folders, and the licences; `@VERSION@` becomes the version.
fn copy(workspace: &Workspace, layout: &str, to: &Path) -> Outcome {
    let version = version(workspace)?;
    fs::create_dir_all(to)?;
    copy_folder(&workspace.root.join(LAYOUTS).join(layout), to, &version)?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(workspace.root.join(licence), to.join(licence))?;
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path, version: &str) -> Outcome {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            fs::create_dir_all(&to)?;
            copy_folder(&from, &to, version)?;
        } else {
            fs::write(to, fs::read_to_string(from)?.replace("@VERSION@", version))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_of_a_source_are_found() {
        let source = "#include \"x.h\"\n  &BANTAM_CONV_2D_INT8,\n  &BANTAM_RESHAPE_PREPARED,\n};";
        assert_eq!(operators_in(source), ["CONV_2D_INT8", "RESHAPE_PREPARED"]);
    }
}
