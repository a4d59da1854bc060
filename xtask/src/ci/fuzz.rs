//! The fuzz targets, each for a while, from seeds that the project makes itself.

use std::env;
use std::process::Command;

use super::context::{Context, Done};
use crate::{outcome::Outcome, process};

pub(super) const MANIFEST: &str = "fuzz/Cargo.toml";

/// Seconds for each target; more finds more.
const SECONDS_VARIABLE: &str = "BANTAM_FUZZ_SECONDS";
const DEFAULT_SECONDS: u32 = 20;

pub(super) fn run(context: &Context) -> Outcome<Done> {
    if !process::works("cargo", &["fuzz", "--version"]) {
        return context.missing("no cargo-fuzz: `cargo install --locked cargo-fuzz`");
    }
    let seconds = match env::var(SECONDS_VARIABLE) {
        Ok(value) => value.parse::<u32>().map_err(|_| format!("{SECONDS_VARIABLE}={value}"))?,
        Err(_) => DEFAULT_SECONDS,
    };
    process::run(process::cargo().args(["run", "--quiet", "--manifest-path", MANIFEST]).args([
        "--example",
        "seeds",
        "--",
        "fuzz/corpus",
    ]))?;
    process::run(fuzz(context).arg("build").args(OPTIONS))?;
    let targets = process::output(fuzz(context).arg("list"))?;
    let run = |target: &str| {
        process::run_captured(fuzz(context).arg("run").args(OPTIONS).arg(target).args([
            "--",
            &format!("-max_total_time={seconds}"),
            "-max_len=16384",
            // One input must not take longer, nor more memory (MiB): nothing may hang or blow up.
            "-timeout=10",
            "-rss_limit_mb=1024",
            "-print_final_stats=1",
        ]))
    };
    // Each takes one core.
    for pair in targets.split_whitespace().collect::<Vec<_>>().chunks(2) {
        let (first, second) =
            process::together(|| pair.first().map(|t| run(t)), || pair.get(1).map(|t| run(t)));
        first.into_iter().chain(second).collect::<Outcome>()?;
    }
    Ok(Done::Passed)
}

/// The code under test forbids `unsafe`, `bantam-c` aside, which the step `c` runs with sanitizers:
/// the fuzzer looks for panics, overflows (debug assertions are on) and hangs. A sanitizer would
/// only slow that down and need nightly.
const OPTIONS: &[&str] = &["--sanitizer", "none"];

fn fuzz(context: &Context) -> Command {
    let mut cargo = process::cargo();
    cargo.arg("fuzz").env("CARGO_TARGET_DIR", context.workspace.target.join("fuzz"));
    cargo
}
