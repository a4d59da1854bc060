//! `cargo xtask corpus`: every model of the conformance corpus on an emulated Cortex-M4; with
//! `--cases` the models of single operators instead; with `--dsp`, `--mve` or `--thumb1` by the
//! loops of that feature, with `--portable` besides by none of them, since they are switched off;
//! with `--board=NAME` on another core.
//!
//! One firmware runs them all. It links every operator, and finds models and data in memory, where
//! the emulator puts them.

mod cases;
mod loaded;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use bantam_interp::host::Isa;

use crate::arenas::measured;
use crate::ci::corpus;
use crate::firmware::board::{Board, Machine, find};
use crate::firmware::runner::{Runner, enlarge};
use crate::outcome::Outcome;
use crate::workspace::Workspace;
use cases::{Case, Choice, Way};
use loaded::{Batch, MOST_BYTES};

/// The package of the firmware, and the board where none is named.
pub(crate) const PROGRAM: (&str, &str) = ("corpus", "mps2-an386");

/// The boards that it runs on: the file with its memory map, and where the emulator puts models.
const MAPS: [(&str, &str, u32); 4] = [
    (PROGRAM.1, "memory.x", 0x2100_0000),
    ("microbit", "microbit.x", 0x2040_0000),
    ("mps2-an505", "mps2-an505.x", 0x8000_0000),
    ("mps3-an547", "mps3-an547.x", 0x6000_0000),
];

/// Bytes of memory of a micro:bit that has enough for `microbit.x`.
const MICROBIT_BYTES: u64 = 20 << 20;

/// The time limit of an emulator.
const TIMEOUT_SECONDS: &str = "1200";

/// Features, the board whose core has them, and the images for them.
const FEATURES: [(&str, &str, Isa); 3] = [
    ("dsp", PROGRAM.1, Isa::Dsp),
    ("mve", "mps3-an547", Isa::Any),
    ("thumb1", "microbit", Isa::Any),
];

/// The option that switches off the loops of all features.
const SWITCHED_OFF: &str = "--portable";

/// The option for models of single operators.
const CASES: &str = "--cases";

/// Runs the models that the arguments name, or all.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let workspace = Workspace::load()?;
    let corpus = corpus(&workspace.root).ok_or("no corpus")?.join("public");
    let mut runner = Runner::new(&workspace);
    let (options, names): (Vec<_>, Vec<_>) =
        arguments.iter().cloned().partition(|argument| argument.starts_with("--"));
    let mut choice = Choice { corpus, names, cases: false, isa: Isa::Any };
    let (mut board, mut named) = (PROGRAM.1, None);
    for option in &options {
        let is = |&&(name, ..): &&(&str, _, _)| option.strip_prefix("--") == Some(name);
        if let Some(name) = option.strip_prefix("--board=") {
            named = Some(name);
        } else if option == SWITCHED_OFF {
            runner = runner.switched_off();
        } else if option == CASES {
            choice.cases = true;
        } else if let Some((name, of, isa)) = FEATURES.iter().find(is) {
            board = of;
            choice.isa = *isa;
            runner = runner.with_feature(name);
        } else {
            let known = "--cases, --dsp, --mve, --thumb1, --portable and --board=NAME";
            return Err(format!("{option}: only {known} are known").into());
        }
    }
    if options.iter().any(|option| option == SWITCHED_OFF) {
        // Images for a feature may be refused where its loops are switched off.
        choice.isa = Isa::Any;
    }
    let place = Place::new(named.unwrap_or(board))?;
    let runner = runner.with_memory(place.map);
    runner.check_tools()?;
    let rows = rows(&runner, &workspace, &place, &choice)?;
    if !choice.cases {
        print!("{}", table(&rows));
    }
    let ran = rows.iter().filter(|row| row.reason.is_none()).count();
    println!("\n{ran} models are bit for bit what they are on the host, in each way");
    for Row { case, reason } in &rows {
        if let Some(reason) = reason {
            println!("{}: {reason}", case.name);
        }
    }
    if ran == 0 { Err("nothing ran".into()) } else { Ok(()) }
}

/// Where the firmware runs.
struct Place {
    board: &'static Board,
    map: &'static str,
    address: u32,
}

impl Place {
    /// That of a board.
    fn new(board: &str) -> Result<Self, String> {
        let names = || MAPS.map(|(name, ..)| name).join(", ");
        let found = MAPS.iter().find(|(name, ..)| *name == board);
        let (name, map, address) =
            found.ok_or_else(|| format!("{board}: there are maps of {}", names()))?;
        Ok(Self { board: find(name)?, map, address: *address })
    }
}

/// A model, and why it did not run, if it did not.
struct Row {
    case: Case,
    reason: Option<String>,
}

/// Runs models; an error if an output or an arena differs.
fn rows(
    runner: &Runner<'_>,
    workspace: &Workspace,
    place: &Place,
    choice: &Choice,
) -> Outcome<Vec<Row>> {
    let program = runner.program(PROGRAM.0, place.board)?;
    let (mut rows, mut batch) = (Vec::new(), Batch::default());
    for case in cases::of_corpus(choice)? {
        let case = case?;
        let reason = loaded::lack(&case);
        if reason.is_none() {
            if batch.bytes_with(&case) > MOST_BYTES {
                emulate(workspace, place, &program, &rows, &std::mem::take(&mut batch))?;
            }
            batch.add(rows.len(), &case);
        }
        rows.push(Row { case, reason });
    }
    emulate(workspace, place, &program, &rows, &batch)?;
    Ok(rows)
}

/// Runs all that a batch has, and compares what is printed with what the host knows.
fn emulate(
    workspace: &Workspace,
    place: &Place,
    program: &Path,
    rows: &[Row],
    batch: &Batch,
) -> Outcome {
    if batch.is_empty() {
        return Ok(());
    }
    let Machine::Arm(machine) = place.board.machine else { return Err("no Arm".into()) };
    let folder = workspace.target.join("firmware");
    fs::create_dir_all(&folder)?;
    let file = folder.join("corpus.bin");
    fs::write(&file, batch.bytes())?;
    let mut command = Command::new("timeout");
    command.arg(TIMEOUT_SECONDS).args(["qemu-system-arm", "-machine", machine, "-nographic"]);
    let address = place.address;
    let loader = format!("loader,file={},addr={address:#x},force-raw=on", file.display());
    command.args(["-semihosting-config", "enable=on,target=native", "-device", &loader]);
    command.arg("-kernel").arg(program).stdin(Stdio::null());
    if place.board.name == "microbit" {
        enlarge(&mut command, MICROBIT_BYTES);
    }
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
