//! `cargo xtask sizes`: writes `docs/size.md`, the flash and the RAM of programs on a Cortex-M4,
//! and says where they have grown.

mod operators;

use std::fmt::Write as _;
use std::fs;

use self::operators::{BOARD, NO_OPS, NOTHING, PAGE, PEER_REST, line};
use crate::ci::bare;
use crate::firmware::board::{self, Board, Mode, Profile};
use crate::firmware::case::Case;
use crate::firmware::program::Footprint;
use crate::firmware::runner::{MODEL_OPS, Runner};
use crate::outcome::Outcome;
use crate::process;
use crate::workspace::Workspace;

/// The growth of a figure in per cent that needs no new page.
const TOLERANCE_PER_CENT: u64 = 2;

/// A list of operators, and the example that is run with it.
struct Set {
    name: &'static str,
    /// The value of `BANTAM_FIRMWARE_OPS`.
    ops: &'static str,
    model: &'static str,
}

/// How the program without an interpreter makes that.
const NO_MODE: &str = "-";
/// What stands in for its arena.
const NOTHING_ARENA_BYTES: u64 = 16;
const REST: &str = "nothing: start-up and printing alone";
const PERSON_DETECT: &str = "CONV_2D,DEPTHWISE_CONV_2D,AVERAGE_POOL_2D,RESHAPE,SOFTMAX";

const FULLY_CONNECTED_INT8: &str = "FULLY_CONNECTED, int8";
const PERSON_DETECT_INT8: &str = "person_detect's, int8";

const SETS: &[Set] = &[
    Set { name: "none: the framework alone", ops: NO_OPS, model: "sine" },
    Set { name: FULLY_CONNECTED_INT8, ops: MODEL_OPS, model: "sine" },
    Set { name: "FULLY_CONNECTED", ops: "FULLY_CONNECTED", model: "sine" },
    Set { name: PERSON_DETECT_INT8, ops: MODEL_OPS, model: "shapes" },
    Set { name: "person_detect's", ops: PERSON_DETECT, model: "shapes" },
    Set { name: "all", ops: "all", model: "digits" },
];

/// Optimised for size, and for speed.
const PROFILES: [Profile; 2] = [Profile::Small, Profile::Fast];

const PREAMBLE: &str = "\
# Size

<!-- Written by `cargo xtask sizes`: the text around the figures is in xtask/src/sizes.rs. -->

The table has the bytes that a program takes on a Cortex-M4. `cargo xtask sizes` builds each program
for the emulated board `mps2-an386`, runs it, and writes this page. CI builds them again
(`cargo xtask sizes --check`) and fails if a figure has grown by more than 2 %.

* **flash**: vector table (1 KB), code, constants and first values of statics. It includes start-up
  and the printing of figures (the first line has both alone), but not the model and the test data.
  Programs have fat link-time optimisation and `panic = \"abort\"`; `s` and `3` are levels of
  optimisation.
* **model**: what the flash holds besides. Of a prepared model that is its image, and what that
  leaves of the file.
* **RAM**: arena, deepest stack and statics; there is nothing else. The arena holds the activations,
  and persistent data unless the model is prepared. The stack is the deepest of starting and
  running.
* **operators**: those of one type (`bantam::ops::int8`), or of all types.
* **mode**: *interpreted*, the device checks the file, prepares the model and searches for a plan
  (`Interpreter::new`). *Unchecked*, it does the same work as TFLM: it does not check the file
  (`Model::unchecked`, which is safe for any file, but does not report faults) and plans greedily
  (`plan::Greedy`). [*Prepared*](prepared.md), a host has done this work beforehand.
";

const MODELS: &str = "\
The models are examples of this repository: `sine` (the size of TFLM's hello_world) with
FULLY_CONNECTED; `shapes` (the size and the operators of person_detect: CONV_2D, DEPTHWISE_CONV_2D,
AVERAGE_POOL_2D, RESHAPE, SOFTMAX); `digits` with all operators. The framework alone has nothing to
run. Compiler: ";

/// Figures of TFLM, measured once, not in CI: text and rodata (kernels for size), the same (kernels
/// for speed), arena (`arena_used_bytes`), stack, data and bss, and the sum of the last three.
struct Peer {
    operators: &'static str,
    /// The sets that do the same.
    sets: [&'static str; 2],
    figures: [u64; 6],
}

const PEERS: [Peer; 2] = [
    Peer {
        operators: "FULLY_CONNECTED",
        sets: [FULLY_CONNECTED_INT8, "FULLY_CONNECTED"],
        figures: [20144, 21200, 676, 416, 1432, 2524],
    },
    Peer {
        operators: "person_detect's",
        sets: [PERSON_DETECT_INT8, "person_detect's"],
        figures: [33152, 39104, 82292, 688, 1580, 84560],
    },
];

const TFLM: &str = "
## TensorFlow Lite Micro

These are the same figures of TFLM 90b983c2b, with hello_world_int8 and person_detect: reference
kernels for all types, error strings stripped, arm-none-eabi-gcc 12.2.1 with `-Os` (kernels `-Os`,
or `-O3`), on the same emulated core. They were measured once; `xtask/src/sizes.rs` keeps them.
TFLM's programs print nothing, and a start-up without anything takes 1,000 bytes.

| operators | flash, Os | flash, kernels O3 | arena | stack | statics | RAM |
|---|--:|--:|--:|--:|--:|--:|
";

const COMPARISON: &str = "
This table has the flash of framework and operators alone, optimised for size: without the 1,000
bytes of TFLM's start-up, and without the first line of Bantam's table:

| operators | TFLM | Bantam, interpreted | unchecked | prepared |
|---|--:|--:|--:|--:|
";

/// The columns of figures.
const FIGURES: [&str; 9] = [
    "flash, s", "flash, 3", "model", "arena", "stack, s", "stack, 3", "statics", "RAM, s", "RAM, 3",
];

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    operators: String,
    mode: String,
    figures: [Option<u64>; FIGURES.len()],
}

/// Writes the page; with `--check`, only says where it is out of date; with `--operators`, writes
/// the table of operators.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let workspace = Workspace::load()?;
    match arguments {
        [] => {
            let rows = measure(&workspace)?;
            let path = workspace.root.join(PAGE);
            let old = fs::read_to_string(&path)?;
            Ok(fs::write(path, page(&rows)? + operators::split(&old).1)?)
        }
        [flag] if flag == "--operators" => operators::write(&workspace),
        [flag] if flag == "--check" => check(&workspace),
        _ => Err("`sizes` takes nothing but `--check` or `--operators`".into()),
    }
}

/// Returns an error if any figure has grown.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let text = fs::read_to_string(workspace.root.join(PAGE))?;
    let rows = measure(workspace)?;
    print!("{}", table(&rows));
    let faults = faults(&read(&text), &rows);
    if faults.is_empty() {
        return Ok(());
    }
    let compiler = compiler()?;
    let other = if text.contains(&compiler) { "" } else { " (by another compiler)" };
    Err(format!(
        "{PAGE} is not up to date{other}; `cargo xtask sizes` writes it:\n  {}",
        faults.join("\n  ")
    )
    .into())
}

/// Returns a fault for each figure that is larger than on the page, or not on it.
fn faults(known: &[Row], found: &[Row]) -> Vec<String> {
    let mut faults = Vec::new();
    for row in found {
        let name = format!("{}, {}", row.operators, row.mode);
        let same = |other: &&Row| (&other.operators, &other.mode) == (&row.operators, &row.mode);
        let Some(known) = known.iter().find(same) else {
            faults.push(format!("{name}: not on the page"));
            continue;
        };
        for ((column, before), now) in FIGURES.iter().zip(known.figures).zip(row.figures) {
            match (before, now) {
                (Some(before), Some(now)) if 100 * now > (100 + TOLERANCE_PER_CENT) * before => {
                    faults.push(format!("{name}: {column} has grown from {before} to {now}"));
                }
                (None, Some(_)) | (Some(_), None) => {
                    faults.push(format!("{name}: {column} is not on the page"));
                }
                _ => {}
            }
        }
    }
    faults
}

fn measure(workspace: &Workspace) -> Outcome<Vec<Row>> {
    let board = board::find(BOARD)?;
    let cases = Case::examples(&workspace.root)?;
    let mut rows = vec![rest(workspace, board, &cases)?];
    for set in SETS {
        let case = cases.iter().find(|case| case.name == set.model);
        let case = case.ok_or_else(|| format!("no example {}", set.model))?;
        for mode in Mode::ALL {
            rows.push(row(workspace, board, set, case, mode)?);
        }
    }
    Ok(rows)
}

/// Returns a program that is all but an interpreter.
fn rest(workspace: &Workspace, board: &'static Board, cases: &[Case]) -> Outcome<Row> {
    let case = cases.first().ok_or("no example")?;
    let [small, fast] = both(|profile| {
        let runner = Runner::new(workspace).with(profile, MODEL_OPS);
        runner.footprint(board, case, NOTHING, NOTHING_ARENA_BYTES)
    })?;
    Ok(flash_alone(REST, NO_MODE, small, fast))
}

/// Returns the line of programs that are not run.
fn flash_alone(operators: &str, mode: &str, small: Footprint, fast: Footprint) -> Row {
    let (flash, statics) = ([small, fast].map(|f| Some(f.flash)), Some(small.static_ram));
    let figures = [flash[0], flash[1], None, None, None, None, statics, None, None];
    Row { operators: operators.to_owned(), mode: mode.to_owned(), figures }
}

/// Measures a program at both levels of optimisation, at the same time: they are built in different
/// folders.
fn both<T: Send>(measure: impl Fn(Profile) -> Outcome<T> + Sync) -> Outcome<[T; 2]> {
    let [small, fast] = PROFILES;
    let (small, fast) = process::together(|| measure(small), || measure(fast));
    Ok([small?, fast?])
}

fn row(
    workspace: &Workspace,
    board: &'static Board,
    set: &Set,
    case: &Case,
    mode: Mode,
) -> Outcome<Row> {
    let runner = |profile| Runner::new(workspace).with(profile, set.ops);
    if set.ops == NO_OPS {
        let arena_bytes = case.host(mode).arena_bytes;
        let [small, fast] =
            both(|profile| runner(profile).footprint(board, case, mode.name(), arena_bytes))?;
        return Ok(flash_alone(set.name, mode.name(), small, fast));
    }
    let [small, fast] = both(|profile| runner(profile).run(board, case, mode))?;
    let ram = |row: &crate::firmware::runner::Row| {
        Some(row.arena_bytes + row.stack_bytes? + row.static_ram_bytes?)
    };
    let figures = [
        Some(small.flash_bytes),
        Some(fast.flash_bytes),
        small.model_bytes,
        Some(small.arena_bytes),
        small.stack_bytes,
        fast.stack_bytes,
        small.static_ram_bytes,
        ram(&small),
        ram(&fast),
    ];
    Ok(Row { operators: set.name.to_owned(), mode: mode.name().to_owned(), figures })
}

fn page(rows: &[Row]) -> Outcome<String> {
    let mut text = format!("{PREAMBLE}\n{}\n{MODELS}{}.\n{TFLM}", table(rows), compiler()?);
    for peer in &PEERS {
        text += &line(peer.operators, &peer.figures.map(|figure| figure.to_string()));
    }
    text += COMPARISON;
    let flash = |operators: &str, mode: &str| {
        let row = rows
            .iter()
            .find(|row| (row.operators.as_str(), row.mode.as_str()) == (operators, mode));
        row.and_then(|row| row.figures[0]).ok_or_else(|| format!("no figure of {operators}"))
    };
    let rest = flash(REST, NO_MODE)?;
    for peer in &PEERS {
        for set in peer.sets {
            let mut cells = vec![(peer.figures[0] - PEER_REST).to_string()];
            for mode in Mode::ALL {
                cells.push((flash(set, mode.name())? - rest).to_string());
            }
            text += &line(set, &cells);
        }
    }
    Ok(text)
}

/// Returns the compiler that builds the firmware, in a line.
fn compiler() -> Outcome<String> {
    let mut command = bare::compiler_for(board::find(BOARD)?.target).ok_or(bare::HELP)?;
    let version = process::output(command.arg("--version"))?;
    // What stands behind the number differs from package to package.
    let words: Vec<&str> = version.split_whitespace().take(2).collect();
    Ok(words.join(" "))
}

fn table(rows: &[Row]) -> String {
    let mut text = format!("| operators | mode | {} |\n", FIGURES.join(" | "));
    let _ = writeln!(text, "|---|---|{}", "--:|".repeat(FIGURES.len()));
    for row in rows {
        let figure = |figure: &Option<u64>| figure.map_or("-".to_owned(), |f| f.to_string());
        let figures: Vec<String> = row.figures.iter().map(figure).collect();
        let _ = writeln!(text, "| {} | {} | {} |", row.operators, row.mode, figures.join(" | "));
    }
    text
}

/// Returns the rows of a page.
fn read(page: &str) -> Vec<Row> {
    let row = |line: &str| {
        let cells: Vec<&str> =
            line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
        let [operators, mode, figures @ ..] = cells.as_slice() else { return None };
        let figures: Vec<Option<u64>> = figures.iter().map(|cell| cell.parse().ok()).collect();
        let (operators, mode) = ((*operators).to_owned(), (*mode).to_owned());
        Some(Row { operators, mode, figures: figures.try_into().ok()? })
    };
    page.lines().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(flash: u64, stack: Option<u64>) -> Row {
        let mut figures = [Some(100); FIGURES.len()];
        (figures[0], figures[4]) = (Some(flash), stack);
        Row { operators: "all".to_owned(), mode: "prepared".to_owned(), figures }
    }

    #[test]
    fn rows_are_read_as_they_are_written() {
        let rows = [row(1234, None), row(5, Some(6))];
        let text = format!("text\n{}\n| a | b |\n{TFLM}", table(&rows));
        let read: Vec<Row> = read(&text).into_iter().filter(|row| row.operators == "all").collect();
        assert_eq!(read, rows);
    }

    #[test]
    fn only_growth_beyond_the_tolerance_is_a_fault() {
        let known = [row(1000, Some(500))];
        assert!(faults(&known, &[row(1020, Some(510))]).is_empty());
        assert!(faults(&known, &[row(10, Some(5))]).is_empty());
        assert_eq!(
            faults(&known, &[row(1021, Some(511))]),
            [
                "all, prepared: flash, s has grown from 1000 to 1021",
                "all, prepared: stack, s has grown from 500 to 511"
            ]
        );
        assert_eq!(faults(&known, &[row(1000, None)]).len(), 1);
        assert_eq!(faults(&[], &[row(1000, None)]), ["all, prepared: not on the page"]);
    }

    #[test]
    fn the_page_has_every_set_in_all_modes() {
        let page = include_str!("../../docs/size.md");
        let rows = read(page);
        assert!(rows.iter().any(|row| row.operators == REST));
        for set in SETS {
            for mode in Mode::ALL {
                let is = |row: &&Row| {
                    (row.operators.as_str(), row.mode.as_str()) == (set.name, mode.name())
                };
                assert_eq!(rows.iter().filter(is).count(), 1, "{}, {}", set.name, mode.name());
            }
        }
        assert!(page.starts_with(PREAMBLE), "`cargo xtask sizes` writes the page");
    }
}
