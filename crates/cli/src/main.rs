//! The `bantam` command: checks, runs, inspects, compares, measures, sizes, plans and prepares
//! `.tflite` models.
//!
//! Each command is a module: it collects a report, and [`report::print`] shows it as text or JSON.

mod args;
mod bench;
mod check;
mod clock;
mod codegen;
mod compare;
mod compress;
mod dump;
mod failure;
mod feeds;
mod files;
mod inspect;
mod model_file;
mod npy;
mod ops;
mod plan;
mod prepare;
mod progress;
mod report;
mod run;
mod simplify;
mod size;

use std::process::ExitCode;

use args::{Cli, Command};
use failure::Result;

fn main() -> ExitCode {
    match dispatch(&Cli::of_process().command) {
        Ok(true) => ExitCode::SUCCESS,
        // The report has said why.
        Ok(false) => ExitCode::FAILURE,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            anstream::eprintln!("{}: {failure}", report::styled(report::ERROR, "error"));
            ExitCode::FAILURE
        }
    }
}

/// Runs a command; gives whether what it found is good.
fn dispatch(command: &Command) -> Result<bool> {
    match command {
        Command::Check(args) => return check::run(args),
        Command::Compare(args) => return compare::run(args),
        Command::Run(args) => run::run(args),
        Command::Inspect(args) => inspect::run(args),
        Command::Size(args) => size::run(args),
        Command::Ops(args) => ops::run(args),
        Command::Bench(args) => bench::run(args),
        Command::Plan(args) => plan::run(args),
        Command::Prepare(args) => prepare::run(args),
        Command::Simplify(args) => simplify::run(args),
        Command::Compress(args) => compress::run(args),
        Command::Codegen(args) => codegen::run(args),
    }?;
    Ok(true)
}
