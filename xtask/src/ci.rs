//! `cargo xtask ci`: the steps of CI, on any machine.

pub(crate) mod bare;
mod c;
mod circles;
mod columns;
pub(crate) mod conformance;
mod context;
mod deny;
mod examples;
mod firmware;
mod fuzz;
mod graph;
mod inlining;
mod layers;
mod listen;
mod loops;
mod no_panic;
mod package;
mod paths;
mod promises;
mod python;
mod stack;
mod tflm;

pub(crate) use self::conformance::corpus;

use std::env;
use std::process::Command;
use std::time::{Duration, Instant};

use self::context::{Context, Done};
use crate::outcome::Outcome;
use crate::process;
use crate::workspace::{self, Workspace};

/// One step of CI.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    run: fn(&Context) -> Outcome<Done>,
}

/// All steps, the fast ones first.
pub(crate) const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        about: "rustfmt finds nothing to change, comments are at most 100 columns wide",
        run: fmt,
    },
    Step { name: "lint", about: "clippy has no warning", run: lint },
    Step {
        name: "layers",
        about: "dependency arrows, circles of files, attributes, file sizes, tests of promises, paths in pages",
        run: layers::run,
    },
    Step {
        name: "operators",
        about: "the tables of docs/operators.md and docs/memory.md are up to date",
        run: operators,
    },
    Step { name: "test", about: "cargo test --workspace", run: test },
    Step {
        name: "compact",
        about: "the kernels' way for small processors passes the same tests",
        run: compact,
    },
    Step { name: "pictures", about: "the pictures of the docs are up to date", run: pictures },
    Step { name: "doc", about: "rustdoc has no warning", run: doc },
    Step {
        name: "conformance",
        about: "equal results on the conformance corpus",
        run: conformance::run,
    },
    Step {
        name: "tflm",
        about: "memory plans for TensorFlow Lite Micro, run by it",
        run: tflm::run,
    },
    Step { name: "golden", about: "TFLM computes what the golden files have", run: golden },
    Step {
        name: "msrv",
        about: "dependencies and crates take the compiler that is declared, as far as clippy knows",
        run: msrv,
    },
    Step {
        name: "deny",
        about: "licences, sources, duplicates of dependencies are those that deny.toml permits",
        run: deny::run,
    },
    Step {
        name: "package",
        about: "the packed crates are complete, build and pass their tests without the repository",
        run: package::run,
    },
    Step {
        name: "python",
        about: "the wheel passes its tests in an empty environment, and equals TFLM's wheel",
        run: python::run,
    },
    Step { name: "bench-build", about: "the benchmarks compile and run once", run: bench_build },
    Step {
        name: "targets",
        about: "device crates compile for bare metal, bantam-report for browsers",
        run: bare::run,
    },
    Step {
        name: "firmware",
        about: "firmware runs on every emulated board, with the host's figures",
        run: firmware::run,
    },
    Step { name: "sizes", about: "flash and RAM are those of docs/size.md", run: sizes },
    Step {
        name: "c",
        about: "the C library, its header and its example: gcc, sanitizers, symbols, flash",
        run: c::run,
    },
    Step {
        name: "no-panic",
        about: "a program that runs models links without a panic",
        run: no_panic::run,
    },
    Step { name: "fuzz", about: "each fuzz target runs for a while", run: fuzz::run },
];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let steps = select(arguments)?;
    let strict = env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false");
    let names = STEPS.iter().map(|step| step.name).collect();
    let context = Context { workspace: Workspace::load()?, steps: names, strict };
    env::set_current_dir(&context.workspace.root)?;

    let mut report = Vec::new();
    for step in steps {
        println!("\n== {}: {}", step.name, step.about);
        let start = Instant::now();
        let done = (step.run)(&context);
        let time = start.elapsed();
        match done {
            Ok(done) => report.push(line(step, time, &done)),
            Err(error) => {
                summary(&report);
                println!("  {:<12} {:>7.1} s  FAILED", step.name, time.as_secs_f32());
                return Err(format!("step `{}` failed: {error}", step.name).into());
            }
        }
    }
    summary(&report);
    Ok(())
}

fn select(names: &[String]) -> Outcome<Vec<&'static Step>> {
    if names.is_empty() {
        return Ok(STEPS.iter().collect());
    }
    names
        .iter()
        .map(|name| {
            STEPS
                .iter()
                .find(|step| step.name == name)
                .ok_or_else(|| format!("no step `{name}`; `cargo xtask help` lists them").into())
        })
        .collect()
}

fn line(step: &Step, time: Duration, done: &Done) -> String {
    let end = match done {
        Done::Passed => "passed".to_owned(),
        Done::Incomplete(tests) => {
            format!("passed, {} tests skipped:\n    {}", tests.len(), tests.join("\n    "))
        }
        Done::Skipped(reason) => format!("skipped: {reason}"),
    };
    let line = format!("  {:<12} {:>7.1} s  {end}", step.name, time.as_secs_f32());
    println!("{line}");
    line
}

fn summary(report: &[String]) {
    println!("\n== summary");
    for line in report {
        println!("{line}");
    }
}

/// Runs cargo with these arguments.
fn cargo(arguments: &[&str]) -> Outcome<Done> {
    process::run(process::cargo().args(arguments))?;
    Ok(Done::Passed)
}

fn fmt(context: &Context) -> Outcome<Done> {
    cargo(&["fmt", "--all", "--check"])?;
    // Macros declare these modules, so rustfmt does not find them by itself.
    let root = &context.workspace.root;
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--check", "--config-path"]).arg(root.join("rustfmt.toml"));
    for pattern in ["crates/interp/src/ops/*.rs", "crates/kernels/src/backend/portable/lanes/*.rs"]
    {
        let files = workspace::files(root, pattern)?;
        rustfmt.args(files.iter().map(|file| root.join(file)).filter(|file| file.is_file()));
    }
    process::run(&mut rustfmt)?;
    // Workspaces of their own, which `--all` does not reach.
    for manifest in [fuzz::MANIFEST, firmware::MANIFEST, python::MANIFEST] {
        cargo(&["fmt", "--all", "--check", "--manifest-path", manifest])?;
    }
    columns::check(root)?;
    Ok(Done::Passed)
}

fn lint(_: &Context) -> Outcome<Done> {
    cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])
}

/// Checks dependencies, then the crates: that they use nothing newer of the standard library is
/// clippy's `incompatible_msrv`, one of the lints of the step `lint`. After that step, nothing is
/// compiled again.
fn msrv(context: &Context) -> Outcome<Done> {
    package::msrv(context)?;
    lint(context)
}

/// Runs the tests with the kernels of devices without vector registers: see decision 8.
fn compact(context: &Context) -> Outcome<Done> {
    for tests in [
        &["-p", "bantam-kernels", "--all-features"][..],
        &["-p", "bantam-interp", "--test", "suite", "--", "conformance", "golden", "overlap"],
    ] {
        let mut cargo = process::cargo();
        cargo.args(["test", "--quiet", "--target-dir"]);
        cargo.arg(context.workspace.target.join("compact")).args(tests);
        process::run(cargo.env("RUSTFLAGS", "--cfg bantam_compact"))?;
    }
    Ok(Done::Passed)
}

fn sizes(context: &Context) -> Outcome<Done> {
    if let Some(missing) = crate::firmware::tools::missing_tool() {
        return context.missing(format!("no {missing}: `.ci/bare-metal.sh` installs it"));
    }
    crate::sizes::check(&context.workspace).map(|()| Done::Passed)
}

fn operators(context: &Context) -> Outcome<Done> {
    crate::operators::check(&context.workspace.root)?;
    Ok(Done::Passed)
}

fn golden(context: &Context) -> Outcome<Done> {
    match crate::golden::set_up(&context.workspace) {
        Err(error) => context.missing(format!("no TensorFlow Lite Micro to run: {error}")),
        Ok(()) => crate::golden::run(&["--check".into()]).map(|()| Done::Passed),
    }
}

fn pictures(context: &Context) -> Outcome<Done> {
    crate::pictures::check(&context.workspace)?;
    Ok(Done::Passed)
}

/// Tests without their data say so; under CI they fail.
fn test(context: &Context) -> Outcome<Done> {
    let mut skipped = Vec::new();
    process::run_reading(process::cargo().args(["test", "--workspace"]), |line| {
        skipped.extend(line.strip_prefix(bantam_testkit::SKIPPED).map(str::to_owned));
    })?;
    match skipped.as_slice() {
        [] => Ok(Done::Passed),
        skipped if context.strict => Err(skipped.join("\n").into()),
        _ => Ok(Done::Incomplete(skipped)),
    }
}

fn doc(_: &Context) -> Outcome<Done> {
    process::run(process::cargo().env("RUSTDOCFLAGS", "-D warnings").args([
        "doc",
        "--workspace",
        "--all-features",
        "--no-deps",
    ]))?;
    Ok(Done::Passed)
}

fn bench_build(_: &Context) -> Outcome<Done> {
    // The tests' profile uses the tests' build again, and runs each benchmark once.
    cargo(&["test", "--workspace", "--bench", "*"])
}
