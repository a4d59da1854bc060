//! `cargo xtask corpus`: every model of the conformance corpus on an emulated Cortex-M4; with
//! `--dsp` or `--thumb1` by the loops of that feature, with `--portable` besides by none of them,
//! since they are switched off.
//!
//! One firmware runs them all. It links every operator, and finds models and data in memory, where
//! the emulator puts them.

mod cases;
mod loaded;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::arenas::measured;
use crate::ci::corpus;
use crate::firmware::board::{Machine, find};
use crate::firmware::runner::Runner;
use crate::outcome::Outcome;
use crate::workspace::Workspace;
use cases::{Case, Way};
use loaded::{ADDRESS, Batch, MOST_BYTES};

/// The package of the firmware, and its board.
pub(crate) const PROGRAM: (&str, &str) = ("corpus", "mps2-an386");

/// The time limit of an emulator.
const TIMEOUT_SECONDS: &str = "1200";

/// Features, and the target whose code is for them: the core executes it as well.
const FEATURES: [(&str, Option<&str>); 2] = [("dsp", None), ("thumb1", Some("thumbv6m-none-eabi"))];

/// The option that switches off the loops of all features.
const SWITCHED_OFF: &str = "--portable";

/// Runs the models that the arguments name, or all.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let workspace = Workspace::load()?;
    let corpus = corpus(&workspace.root).ok_or("no corpus")?.join("public");
    let mut runner = Runner::new(&workspace);
    let (options, names): (Vec<_>, Vec<_>) =
        arguments.iter().cloned().partition(|argument| argument.starts_with("--"));
    for option in options {
        if option == SWITCHED_OFF {
            runner = runner.switched_off();
            continue;
        }
        let is = |&&(name, _): &&(&str, _)| option.strip_prefix("--") == Some(name);
        let Some((name, target)) = FEATURES.iter().find(is) else {
            return Err(
                format!("{option}: only --dsp, --thumb1 and {SWITCHED_OFF} are known").into()
            );
        };
        runner = runner.with_feature(name).with_target(target.map(str::to_owned));
    }
    runner.check_tools()?;
    let rows = rows(&runner, &workspace, &corpus, &names)?;
    print!("{}", table(&rows));
    let ran = rows.iter().filter(|row| row.reason.is_none()).count();
    println!("\n{ran} models are bit for bit what they are on the host, in each way");
    for Row { case, reason } in &rows {
        if let Some(reason) = reason {
            println!("{}: {reason}", case.name);
        }
    }
    if ran == 0 { Err("nothing ran".into()) } else { Ok(()) }
}

/// A model, and why it did not run, if it did not.
pub(crate) struct Row {
    case: Case,
    reason: Option<String>,
}

/// Runs models; an error if an output or an arena differs.
pub(crate) fn rows(
    runner: &Runner<'_>,
    workspace: &Workspace,
    corpus: &Path,
    names: &[String],
) -> Outcome<Vec<Row>> {
    let (name, board) = PROGRAM;
    let program = runner.program(name, find(board)?)?;
    let (mut rows, mut batch) = (Vec::new(), Batch::default());
    for case in cases::of_corpus(corpus, names)? {
        let case = case?;
        let reason = loaded::lack(&case);
        if reason.is_none() {
            if batch.bytes_with(&case) > MOST_BYTES {
                emulate(workspace, &program, &rows, &std::mem::take(&mut batch))?;
            }
            batch.add(rows.len(), &case);
        }
        rows.push(Row { case, reason });
    }
    emulate(workspace, &program, &rows, &batch)?;
    Ok(rows)
}

/// Runs all that a batch has, and compares what is printed with what the host knows.
fn emulate(workspace: &Workspace, program: &Path, rows: &[Row], batch: &Batch) -> Outcome {
    if batch.is_empty() {
        return Ok(());
    }
    let Machine::Arm(machine) = find(PROGRAM.1)?.machine else { return Err("no Arm".into()) };
    let folder = workspace.target.join("firmware");
    fs::create_dir_all(&folder)?;
    let file = folder.join("corpus.bin");
    fs::write(&file, batch.bytes())?;
    let mut command = Command::new("timeout");
    command.arg(TIMEOUT_SECONDS).args(["qemu-system-arm", "-machine", machine, "-nographic"]);
    let loader = format!("loader,file={},addr={ADDRESS:#x},force-raw=on", file.display());
    command.args(["-semihosting-config", "enable=on,target=native", "-device", &loader]);
    command.arg("-kernel").arg(program).stdin(Stdio::null());
    // What it prints says more than its exit code.
    let done = command.stderr(Stdio::inherit()).output()?;
    let printed = String::from_utf8(done.stdout)?;
    let mut lines = printed.lines();
    for &(at, way) in batch.entries() {
        let case = &rows.get(at).ok_or("no such row")?.case;
        let line = lines.next().unwrap_or("nothing");
        let [_, equal, steps, arena] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            return Err(format!("{}, {}: {line}", case.name, way.name()).into());
        };
        let (wanted, needed) = (2 * case.steps, case.arena(way));
        if equal != wanted.to_string() || equal != steps || arena != needed.to_string() {
            let fault = format!(
                "{}, {}: {equal} of {steps} steps are those of the host, which makes {wanted}; an \
                 arena of {arena} bytes, on the host {needed}",
                case.name,
                way.name()
            );
            return Err(fault.into());
        }
    }
    Ok(())
}

/// The models as a table in Markdown.
fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| model | steps | interpreted | stored plan | prepared | TFLM, 32-bit |\n\
         |---|--:|--:|--:|--:|--:|\n",
    );
    for Row { case, .. } in rows.iter().filter(|row| row.reason.is_none()) {
        let [interpreted, stored, prepared] = Way::ALL.map(|way| case.arena(way));
        let tflm = measured(&case.name).map_or("-".to_owned(), |bytes| bytes.to_string());
        text += &format!(
            "| {} | {} | {interpreted} | {stored} | {prepared} | {tflm} |\n",
            case.name, case.steps
        );
    }
    text
}
