//! Links a program for each target that can do nothing but run a model: if that can panic, it does
//! not link.

use std::path::Path;
use std::process::Stdio;

use super::bare::{self, HELP, TARGETS};
use super::context::{Context, Done};
use super::firmware::MANIFEST;
use crate::outcome::Outcome;
use crate::process;

/// The function that the panic handler calls, and nobody defines.
const NOWHERE: &str = "undefined symbol: bantam_can_panic";

pub(super) fn run(context: &Context) -> Outcome<Done> {
    let lacking = TARGETS.iter().find(|target| bare::cargo_for(target).is_none());
    if let Some(target) = lacking {
        return context.missing(format!("{target}: {HELP}"));
    }
    let workspace = &context.workspace;
    let (first, second) = TARGETS.split_at(TARGETS.len() / 2);
    let (first, second) = process::together(
        || link(first, &bare::target_dir(workspace)),
        || link(second, &bare::target_dir_beside(workspace)),
    );
    first.and(second).map(|()| Done::Passed)
}

/// Links the program for each target, in this folder.
fn link(targets: &[&str], folder: &Path) -> Outcome {
    for target in targets {
        let mut cargo = bare::cargo_for(target).ok_or(HELP)?;
        cargo.args(["build", "--quiet", "--release", "--locked", "--manifest-path", MANIFEST]);
        cargo.args(["-p", "no-panic", "--target", target, "--target-dir"]).arg(folder);
        let done = cargo.stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&done.stderr);
        match (done.status.success(), said.contains(NOWHERE)) {
            (true, _) => println!("{target}: running a model cannot panic"),
            (false, true) => return Err(format!("{target}: running a model can panic").into()),
            (false, false) => return Err(format!("{target}: {said}").into()),
        }
    }
    Ok(())
}
