//! Links a program for each target that can do nothing but run a model: if that can panic, it does
//! not link.

use std::process::Stdio;

use super::bare::{self, HELP, TARGETS};
use super::context::{Context, Done};
use super::firmware::MANIFEST;
use crate::outcome::Outcome;

/// The function that the panic handler calls, and nobody defines.
const NOWHERE: &str = "undefined symbol: bantam_can_panic";

pub(super) fn run(context: &Context) -> Outcome<Done> {
    for target in TARGETS {
        let Some(mut cargo) = bare::cargo_for(target) else {
            return context.missing(format!("{target}: {HELP}"));
        };
        cargo.args(["build", "--quiet", "--release", "--locked", "--manifest-path", MANIFEST]);
        cargo.args(["-p", "no-panic", "--target", target, "--target-dir"]);
        cargo.arg(bare::target_dir(&context.workspace));
        let done = cargo.stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&done.stderr);
        match (done.status.success(), said.contains(NOWHERE)) {
            (true, _) => println!("{target}: running a model cannot panic"),
            (false, true) => return Err(format!("{target}: running a model can panic").into()),
            (false, false) => return Err(format!("{target}: {said}").into()),
        }
    }
    Ok(Done::Passed)
}
