//! The flash that each operator adds to a prepared program: a table of `docs/size.md`.

use std::fs;

use bantam::schema::TensorType;
use bantam_interp::ops::ALL;
use bantam_interp::{Code, Op};
use bantam_signal_ops::EVERY;
use bantam_testkit::table;

use crate::firmware::board::{self, Mode, Profile};
use crate::firmware::case::Case;
use crate::firmware::runner::Runner;
use crate::outcome::Outcome;
use crate::process;
use crate::workspace::Workspace;

pub(super) const PAGE: &str = "docs/size.md";
pub(super) const BOARD: &str = "mps2-an386";
/// The value of `BANTAM_FIRMWARE_OPS` for no operator.
pub(super) const NO_OPS: &str = "none";
/// The name of the program without an interpreter.
pub(super) const NOTHING: &str = "nothing";
/// The flash of a TFLM program that does nothing.
pub(super) const PEER_REST: u64 = 1000;

/// The example whose image the programs carry.
const MODEL: &str = "sine";

/// The example with which many operators are linked.
const MODEL_OF_MANY: &str = "digits";

/// The operators that keep state or call subgraphs.
const STATEFUL: [&str; 9] = [
    "ASSIGN_VARIABLE",
    "CALL_ONCE",
    "CIRCULAR_BUFFER",
    "IF",
    "READ_VARIABLE",
    "SVDF",
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
    "VAR_HANDLE",
    "WHILE",
];

/// The flash of a TFLM program with all others, as in the table of TFLM; measured once.
const TFLM_STATELESS: u64 = 183_089;

const HEADING: &str = "\n## Operators\n";

const MANY_TEXT: &str = "
The first table has the flash of framework and operators, optimised for size, as the last table
above has it: of a prepared program with all operators that keep no state and call no subgraph.
TFLM's program has the same operators, and its kernels are for all types.

| operators | TFLM | Bantam, int8 | int8 and f32 | all types |
|---|--:|--:|--:|--:|
";

const TEXT: &str = "
The second table has the flash that one operator adds to a prepared program without operators,
optimised for size. Operators share code, so several take less than the sum. `int8` is the operator
of `bantam::ops::int8`. `cargo xtask sizes --operators` measures the figures of both tables (it
takes some minutes); CI checks only that every operator has a row.

| operator | int8 | all types |
|---|--:|--:|
";

/// Returns a line of a table.
pub(super) fn line(name: &str, cells: &[String]) -> String {
    format!("| {name} | {} |\n", cells.join(" | "))
}

/// Splits the page into the part before this table, and the table.
pub(super) fn split(page: &str) -> (&str, &str) {
    page.split_at(page.find(HEADING).unwrap_or(page.len()))
}

/// Writes the table anew, and leaves the rest of the page.
pub(super) fn write(workspace: &Workspace) -> Outcome {
    let path = workspace.root.join(PAGE);
    let page = fs::read_to_string(&path)?;
    let (many, rows) = (many(workspace)?, rows(workspace)?);
    let text = format!("{}{HEADING}{MANY_TEXT}{many}{TEXT}{rows}", split(&page).0);
    Ok(fs::write(path, text)?)
}

/// Measures programs with all operators that keep no state.
fn many(workspace: &Workspace) -> Outcome<String> {
    let cases = Case::examples(&workspace.root)?;
    let case = cases.iter().find(|case| case.name == MODEL_OF_MANY);
    let case = case.ok_or("no example to measure with")?;
    let names: Vec<String> =
        ALL.iter().map(name).filter(|name| !STATEFUL.contains(&name.as_str())).collect();
    let list = |module: &str| {
        let paths: Vec<String> = names.iter().map(|name| format!("{module}{name}")).collect();
        paths.join(",")
    };
    let (int8, float32) = (list("int8::"), list("float32::"));
    let flash = |ops: &str, mode: &str| -> Outcome<u64> {
        let board = board::find(BOARD)?;
        let runner = Runner::new(workspace).with(Profile::Small, ops);
        let arena_bytes = case.host(Mode::Prepared).arena_bytes;
        Ok(runner.footprint(board, case, mode, arena_bytes)?.flash)
    };
    let rest = flash(NO_OPS, NOTHING)?;
    let mut cells = vec![(TFLM_STATELESS - PEER_REST).to_string()];
    for ops in [int8.clone(), format!("{int8},{float32}"), list("")] {
        cells.push((flash(&ops, Mode::Prepared.name())? - rest).to_string());
    }
    Ok(line(&format!("the {} without state", names.len()), &cells))
}

fn rows(workspace: &Workspace) -> Outcome<String> {
    let cases = Case::examples(&workspace.root)?;
    let case = cases.iter().find(|case| case.name == MODEL).ok_or("no example to measure with")?;
    let names: Vec<String> = EVERY.iter().map(name).collect();
    let measure = |names: &[String], beside: bool| -> Outcome<String> {
        let mode = Mode::Prepared;
        let flash = |ops: &str| -> Outcome<u64> {
            let arena_bytes = case.host(mode).arena_bytes;
            let board = board::find(BOARD)?;
            let runner = Runner::new(workspace).with(Profile::Small, ops);
            let runner = if beside { runner.beside() } else { runner };
            Ok(runner.footprint(board, case, mode.name(), arena_bytes)?.flash)
        };
        let rest = flash(NO_OPS)?;
        let mut rows = String::new();
        for name in names {
            let added = |path: &str| -> Outcome<u64> { Ok(flash(&format!("only:{path}"))? - rest) };
            let int8 = if takes_int8(name) {
                added(&format!("int8::{name}"))?.to_string()
            } else {
                "-".to_owned()
            };
            rows += &line(name, &[int8, added(name)?.to_string()]);
        }
        Ok(rows)
    };
    let (first, second) = names.split_at(names.len() / 2);
    let (first, second) = process::together(|| measure(first, false), || measure(second, true));
    Ok(first? + &second?)
}

/// Returns whether there are tests of the operator with `i8`.
fn takes_int8(name: &str) -> bool {
    let of_it = |builtin: Option<&str>| builtin == Some(name);
    table()
        .iter()
        .any(|entry| of_it(entry.operator.name()) && entry.types.contains(&TensorType::INT8))
}

fn name(op: &Op) -> String {
    match op.code() {
        Code::Builtin(builtin) => builtin.to_string(),
        Code::Custom(name) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_has_a_row() {
        let page = include_str!("../../../docs/size.md");
        let (_, operators) = split(page);
        for name in EVERY.iter().map(name) {
            let row = format!("\n| {name} | ");
            assert!(operators.contains(&row), "no {name}: `cargo xtask sizes --operators`");
        }
    }

    #[test]
    fn the_page_is_split_before_the_heading() {
        let page = format!("text\n{HEADING}{MANY_TEXT}{TEXT}| A | 1 | 2 |\n");
        assert_eq!(split(&page), ("text\n", &page[5..]));
        assert_eq!(split("text\n"), ("text\n", ""));
    }
}
