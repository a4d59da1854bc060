//! The firmware examples: built, run in emulators, and compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::bare;
use super::bare::HELP;
use super::context::{Context, Done};
use super::{listen, loops, stack};
use crate::corpus;
use crate::firmware::board::{BOARDS, Board, Machine, Mode, find};
use crate::firmware::runner::{Row, Runner, table};
use crate::firmware::{self, program};
use crate::workspace::Workspace;
use crate::{boards, outcome::Outcome, process};

pub(super) const MANIFEST: &str = "examples/firmware/Cargo.toml";

/// The RAM that the smallest model may take on the smallest core if it is prepared: arena, stack
/// and statics.
const SMALLEST_RAM_BYTES: u64 = 2048;
const SMALLEST: (&str, &str) = ("microbit", "sine");

/// The examples that are not boards, and the board that each runs on. They print the digits that
/// the model reads.
const PROGRAMS: &[(&str, &str)] = &[
    ("plain", "mps2-an386"),
    ("prepared", "mps2-an386"),
    ("embassy", "mps2-an386"),
    ("turns", "mps2-an386"),
    ("memories", "mps3-an547"),
];
/// The program that compares assembly with Rust, and the boards whose cores it is for.
const INSTRUCTIONS: (&str, [&str; 4]) =
    ("isa", ["mps2-an386", "mps2-an500", "mps3-an547", "microbit"]);
/// That for RISC-V, and its board.
const INSTRUCTIONS_OF_RISC_V: (&str, &str) = ("isa-riscv32", "virt-riscv32");
/// The examples that print the time of each node.
const PROFILES: [(&str, &str); 2] =
    [("profile", "mps2-an386"), ("profile-riscv32", "virt-riscv32")];
/// A target that no feature is for.
const NO_FEATURE: &str = "thumbv7m-none-eabi";
const LABELS: &str = "examples/digits/test_labels.bin";

pub(super) fn run(context: &Context) -> Outcome<Done> {
    if let Some(tool) = firmware::tools::missing_tool() {
        return context.missing(format!("no {tool}: `.ci/bare-metal.sh` installs it"));
    }
    for board in BOARDS {
        if bare::cargo_for(board.target).is_none() {
            return context.missing(format!("{}: {HELP}", board.target));
        }
    }
    lint(context)?;
    let workspace = &context.workspace;
    let (programs, profiles) = process::together(
        || {
            let runner = Runner::new(workspace);
            let (name, boards) = INSTRUCTIONS;
            for board in boards {
                // It fails if a case differs.
                print!("{name} on {board}\n{}", runner.run_program(name, find(board)?)?);
            }
            PROGRAMS
                .iter()
                .try_for_each(|(name, board)| run_program(workspace, &runner, name, find(board)?))
        },
        || {
            let runner = Runner::new(workspace).beside();
            listen::run(&runner)?;
            let (name, board) = INSTRUCTIONS_OF_RISC_V;
            print!("{name} on {board}\n{}", runner.run_program(name, find(board)?)?);
            PROFILES.iter().try_for_each(|(name, board)| run_profile(&runner, name, find(board)?))
        },
    );
    programs.and(profiles)?;
    boards::check(workspace, boards::EMULATED)?;
    let rows = firmware::examples(&context.workspace)?;
    print!("{}", table(&rows));
    check_complete(&rows)?;
    report_equal(&rows);
    check_smallest(&rows)?;
    let with = firmware::examples_with_features(workspace)?;
    for (feature, rows) in &with {
        print!("With the feature `{feature}`:\n{}", table(rows));
    }
    for (feature, is_right) in
        [("dsp", is_less as Compare), ("mve", is_less), ("thumb1", is_half), ("riscv", is_less)]
    {
        check_feature(&rows, with.get(feature).ok_or("no such rows")?, feature, is_right)?;
    }
    for row in rows.iter().chain(with.values().flatten()) {
        check_symbols(row)?;
    }
    stack::check(&rows, &with)?;
    loops::check(workspace, &rows, &with)?;
    loops::check_switched_off(workspace, &rows)?;
    Ok(Done::Passed)
}

/// Runs clippy on every package, once for each architecture: nothing is linked, so a board's
/// program may be checked for another core.
fn lint(context: &Context) -> Outcome {
    let of = |is: fn(Machine) -> bool| {
        BOARDS.iter().filter(move |board| is(board.machine)).map(|board| board.name)
    };
    let common = ["case", "harness", "no-panic"];
    let [(profile, _), (profile_of_risc_v, _)] = PROFILES;
    let others = [profile, INSTRUCTIONS.0, listen::LISTEN.0, corpus::PROGRAM.0];
    let programs = PROGRAMS.iter().map(|(name, _)| *name).chain(others);
    let arm = of(|machine| matches!(machine, Machine::Arm(_))).chain(programs).chain(common);
    clippy(context, find("mps2-an386")?.target, arm)?;
    let risc_v = find("virt-riscv32")?.target;
    let names = of(|machine| machine == Machine::RiscV).chain(common);
    clippy(context, risc_v, names.chain([profile_of_risc_v, INSTRUCTIONS_OF_RISC_V.0]))?;
    let wasm = of(|machine| machine == Machine::Wasm);
    clippy(context, find("wasm")?.target, wasm.chain(["case", "no-panic"]))
}

fn clippy<'n>(context: &Context, target: &str, names: impl Iterator<Item = &'n str>) -> Outcome {
    let Some(mut clippy) = bare::clippy_for(target) else {
        let what = format!("no clippy for {target}: `.ci/bare-metal.sh` installs it");
        if context.strict {
            return Err(what.into());
        }
        println!("{what}");
        return Ok(());
    };
    // In the profile of the programs, for what is compiled for the host.
    clippy.args(["--quiet", "--release", "--locked", "--manifest-path", MANIFEST]);
    clippy.arg("--target-dir").arg(bare::target_dir(&context.workspace));
    for name in names {
        clippy.args(["-p", name]);
    }
    process::run(clippy.args(["--", "-D", "warnings"]))
}

/// Runs an example and checks the digits that it reads.
fn run_program(workspace: &Workspace, runner: &Runner<'_>, name: &str, board: &Board) -> Outcome {
    let printed = runner.run_program(name, board)?;
    let digits: Vec<u8> = printed.lines().filter_map(|line| line.trim().parse().ok()).collect();
    let labels = fs::read(workspace.root.join(LABELS))?;
    if digits.len() < 10 || !labels.starts_with(&digits) {
        return Err(format!("{name} reads {digits:?}").into());
    }
    println!("{name} reads {digits:?}");
    Ok(())
}

/// Runs the profile and looks for a line for each node, and for all of them.
fn run_profile(runner: &Runner<'_>, name: &str, board: &Board) -> Outcome {
    let printed = runner.run_program(name, board)?;
    let shares: Vec<f32> = printed
        .lines()
        .filter_map(|line| line.strip_suffix(" %")?.rsplit(' ').next()?.parse().ok())
        .collect();
    let all = shares.iter().sum::<f32>();
    if shares.len() != 11 || !(99.0..=100.0).contains(&all) || !printed.contains("3 inferences") {
        return Err(format!("{name} prints\n{printed}").into());
    }
    println!("{name} prints the time of {} nodes", shares.len());
    Ok(())
}

/// Checks that the smallest models ran everywhere: only the data of others may be too large for a
/// board.
fn check_complete(rows: &[Row]) -> Outcome {
    let models: BTreeSet<&str> = rows.iter().map(|row| row.model.as_str()).collect();
    for model in ["digits", SMALLEST.1].into_iter().filter(|m| *m == "digits" || models.contains(m))
    {
        let ran = rows.iter().filter(|row| row.model == model).count();
        let all = BOARDS.len() * Mode::RUN.len();
        if ran != all {
            return Err(format!("{model} ran in {ran} of {all} ways").into());
        }
    }
    Ok(())
}

/// Compares instructions with a feature and without it.
type Compare = fn(u64, u64) -> bool;

fn is_less(with: u64, without: u64) -> bool {
    with < without
}

fn is_half(with: u64, without: u64) -> bool {
    2 * with <= without
}

/// Checks that a feature saves instructions of `digits` where the core has what it is for, and
/// changes none elsewhere.
fn check_feature(rows: &[Row], with: &[Row], feature: &str, is_right: Compare) -> Outcome {
    for row in with.iter().filter(|row| row.model == "digits") {
        let (found, without) = (row.instructions, find_same(rows, row));
        let compare = if row.board.target == NO_FEATURE { |a, b| a == b } else { is_right };
        if !found.zip(without).is_some_and(|(found, without)| compare(found, without)) {
            let board = row.board.name;
            let fault =
                format!("{board}, `{feature}`: {found:?} instructions, {without:?} without");
            return Err(fault.into());
        }
    }
    Ok(())
}

/// The instructions of the same program without a feature.
fn find_same(rows: &[Row], row: &Row) -> Option<u64> {
    let key = |row: &Row| (row.board.name, row.model.clone(), row.mode);
    rows.iter().find(|other| key(other) == key(row)).and_then(|other| other.instructions)
}

/// Reports the comparisons with the host that [`firmware::runner`] made, board by board.
fn report_equal(rows: &[Row]) {
    let mut boards = BTreeMap::<(&str, &str), Vec<&str>>::new();
    for row in rows {
        boards.entry((&row.model, row.mode.name())).or_default().push(row.board.core);
    }
    for ((model, mode), cores) in boards {
        println!(
            "{model}, {mode}: arena, all that lies in it, and outputs are the same on the host, {}",
            cores.join(", ")
        );
    }
}

/// Checks that the smallest model fits into its RAM.
fn check_smallest(rows: &[Row]) -> Outcome {
    let smallest = |row: &&Row| (row.board.name, row.model.as_str()) == SMALLEST;
    for row in rows.iter().filter(smallest) {
        let (Some(stack), Some(statics)) = (row.stack_bytes, row.static_ram_bytes) else {
            return Err("stack and statics of the smallest model were not measured".into());
        };
        let all = row.arena_bytes + stack + statics;
        println!(
            "{} on {}, {}: arena {} + stack {stack} + statics {statics} = {all} bytes of RAM",
            row.model,
            row.board.core,
            row.mode.name(),
            row.arena_bytes
        );
        if all >= SMALLEST_RAM_BYTES && row.mode == Mode::Prepared {
            return Err(format!("{all} bytes of RAM; {SMALLEST_RAM_BYTES} are the limit").into());
        }
    }
    Ok(())
}

/// Checks by its symbols that a program can neither allocate nor panic.
fn check_symbols(row: &Row) -> Outcome {
    let name = format!("{} with {}, {}", row.board.name, row.model, row.mode.name());
    let of = |is: fn(&str) -> bool| -> Vec<&str> {
        row.symbols.iter().map(String::as_str).filter(|symbol| is(symbol)).collect()
    };
    let (allocating, panicking) = (of(program::can_allocate), of(program::can_panic));
    if !allocating.is_empty() {
        return Err(format!("{name} can allocate:\n  {}", allocating.join("\n  ")).into());
    }
    if !panicking.is_empty() {
        return Err(format!("{name} can panic:\n  {}", panicking.join("\n  ")).into());
    }
    Ok(())
}
