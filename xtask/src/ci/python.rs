//! The Python package: its wheel in environments of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::conformance;
use super::context::{Context, Done};
use crate::dist::python::{self, environment, pip};
use crate::outcome::Outcome;
use crate::process;
use crate::workspace::Workspace;

pub(super) const MANIFEST: &str = "crates/python/Cargo.toml";

/// The packages that the tests need beside the wheel, with their versions.
const REQUIREMENTS: &str = "crates/python/tests/requirements.txt";
/// Runs the Python blocks of pages.
const PAGES: &str = "crates/python/tests/pages.py";
const CONFORMANCE: &str = "crates/python/tests/conformance.py";

pub(super) fn run(context: &Context) -> Outcome<Done> {
    let workspace = &context.workspace;
    if !process::works("python3", &["-c", "import venv, sys; assert sys.version_info >= (3, 11)"]) {
        return context.missing("no python3 of version 3.11 or newer, with venv");
    }
    clippy(workspace)?;
    let wheel = python::run(workspace)?;
    empty(workspace, &wheel)?;

    let root = &workspace.root;
    let requirements = root.join(REQUIREMENTS);
    let programs =
        environment(workspace, "python-tests", &["-r", &requirements.to_string_lossy()])?;
    install(&programs, &wheel)?;
    let mut pytest = Command::new(programs.join("python"));
    process::run(
        pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).arg(root.join(python::CRATE)),
    )?;
    let Some(corpus) = conformance::corpus(root) else {
        return Ok(Done::Incomplete(vec!["equality with TFLM's wheel: no corpus".to_owned()]));
    };
    let mut script = Command::new(programs.join("python"));
    process::run(script.arg(root.join(CONFORMANCE)).arg(corpus.join("public")))?;
    Ok(Done::Passed)
}

fn clippy(workspace: &Workspace) -> Outcome {
    let mut clippy = process::cargo();
    clippy.args(["clippy", "--quiet", "--locked", "--manifest-path", MANIFEST]);
    clippy.args(["--", "-D", "warnings"]);
    process::run(clippy.env("CARGO_TARGET_DIR", &workspace.target))
}

/// Runs the lines of the README in an environment with the wheel and its dependencies alone.
fn empty(workspace: &Workspace, wheel: &Path) -> Outcome {
    let folder = workspace.target.join("python-empty");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let programs = environment(workspace, "python-empty", &[&wheel.to_string_lossy()])?;
    let mut lines = Command::new(programs.join("python"));
    process::run(lines.current_dir(&workspace.root).arg(PAGES).arg("crates/python/README.md"))
}

/// Installs a wheel in place of one of the same version.
fn install(programs: &Path, wheel: &Path) -> Outcome {
    process::run(pip(programs).args(["--force-reinstall", "--no-deps"]).arg(wheel))
}
