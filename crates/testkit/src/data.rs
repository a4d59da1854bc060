//! Data that is not part of the repository, and tests that are without theirs.

use std::io::{Write as _, stderr};
use std::path::{Path, PathBuf};
use std::{env, thread};

/// How the line of a skipped test begins; `cargo xtask ci test` collects these lines.
pub const SKIPPED: &str = "skipped: ";

/// Says that the running test checks nothing, and why. Under CI that is a failure.
///
/// The line is seen even where the harness captures what a test prints: it captures what macros
/// print.
///
/// # Panics
///
/// If the environment variable `CI` is set, to anything but `false`.
pub fn skipped(why: impl std::fmt::Display) {
    let thread = thread::current();
    let line = format!("{SKIPPED}{}: {why}\n", thread.name().unwrap_or("a test"));
    let strict = env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false");
    assert!(!strict, "{line}");
    // Nobody is left to tell if this fails.
    let _ = stderr().write_all(line.as_bytes());
}

/// The folder with the manifest of the conformance corpus; without it, the running test is
/// [`skipped`].
///
/// The environment variable `BANTAM_CONFORMANCE` names the folder or the one above it; if it is not
/// set, the corpus is looked for in `../shared/conformance` beside the repository.
pub fn conformance() -> Option<PathBuf> {
    let place = place("BANTAM_CONFORMANCE", "conformance");
    let folders = [place.clone(), place.join("public")];
    let found = folders.into_iter().find(|folder| folder.join("manifest.jsonl").is_file());
    if found.is_none() {
        skipped(format_args!(
            "no conformance corpus in {} (BANTAM_CONFORMANCE names another place)",
            place.display()
        ));
    }
    found
}

/// The folder of the planning instances; without it, the running test is [`skipped`].
///
/// The environment variable `BANTAM_SHARED_PLANNER` names it; if it is not set, it is
/// `../shared/planner` beside the repository.
pub fn planning_instances() -> Option<PathBuf> {
    let place = place("BANTAM_SHARED_PLANNER", "planner");
    if !place.is_dir() {
        skipped(format_args!(
            "no planning instances in {} (BANTAM_SHARED_PLANNER names another place)",
            place.display()
        ));
        return None;
    }
    Some(place)
}

fn place(variable: &str, name: &str) -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(name);
    env::var_os(variable).map_or_else(beside, PathBuf::from)
}
