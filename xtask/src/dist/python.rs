//! The Python package `bantam_tflite`, built by maturin.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::folder::folder;
use crate::outcome::Outcome;
use crate::process;
use crate::workspace::Workspace;

/// The crate of the package.
pub(crate) const CRATE: &str = "crates/python";
/// Bytes that a wheel may have.
const MAX_BYTES: u64 = 3 << 20;

/// Builds the wheel; gives its path.
pub(crate) fn run(workspace: &Workspace) -> Outcome<PathBuf> {
    let out = folder(workspace, "python", None)?;
    let tools = environment(workspace, "python-tools", &["maturin>=1.9,<2"])?;
    let mut maturin = Command::new(tools.join("maturin"));
    maturin.args(["build", "--release", "--locked", "--interpreter"]).arg(tools.join("python"));
    maturin
        .arg("--out")
        .arg(&out)
        .arg("--manifest-path")
        .arg(workspace.root.join(CRATE).join("Cargo.toml"));
    // A workspace of its own, in the folder of this one: crates.io's crates are built once.
    process::run(maturin.env("CARGO_TARGET_DIR", &workspace.target))?;
    let wheel = wheel(&out)?;
    let bytes = fs::metadata(&wheel)?.len();
    if bytes > MAX_BYTES {
        return Err(format!("a wheel of {bytes} bytes; {MAX_BYTES} are allowed").into());
    }
    Ok(wheel)
}

/// Makes an environment with these packages of PyPI, or completes it; gives the folder of its
/// programs.
pub(crate) fn environment(
    workspace: &Workspace,
    name: &str,
    packages: &[&str],
) -> Outcome<PathBuf> {
    let folder = workspace.target.join(name);
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    if !process::works(programs.join("python"), &["--version"]) {
        process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    }
    process::run(pip(&programs).args(packages))?;
    Ok(programs)
}

/// Returns `pip install` of an environment.
pub(crate) fn pip(programs: &Path) -> Command {
    let mut pip = Command::new(programs.join("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip
}

/// Returns the one wheel in a folder.
fn wheel(folder: &Path) -> Outcome<PathBuf> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "whl") {
            return Ok(path);
        }
    }
    Err(format!("maturin wrote no wheel into {}", folder.display()).into())
}
